namespace SocketIO.Cluster.Tests;

public sealed class PollingFuzzTests
{
    [Fact]
    public void Whatever_requests_arrive_each_is_served_and_answered_at_most_once() =>
        Fuzz.Rounds(1_000, random =>
        {
            var desk = new PollingDesk(maxServing: 5);
            List<PollingDeskOutput> outputs = [];
            for (var i = 0; i < 200; i++)
            {
                var gateway = new GatewayId(random.Next(4));
                switch (random.Next(4))
                {
                    case 0:
                        desk.Answer(new PollingAnswer(gateway, i - random.Next(10), PollingAnswerKind.Response), outputs);
                        break;
                    case 1 when random.Next(20) == 0:
                        desk.OnGatewayDead(new GatewayId(3), outputs);
                        break;
                    default:
                        desk.OnRequest("sid", new PollingRequest(gateway, i - random.Next(3), (PollingRequestKind)random.Next(5), Fuzz.Bytes(random, 5)), outputs);
                        break;
                }

                Assert.InRange(desk.Serving, 0, 5);
            }

            // Nothing is remembered of a gateway that is dead.
            var living = outputs.Where(output => output is not (PollingDeskOutput.Serve { Request.Edge.Value: 3 } or PollingDeskOutput.Send { Answer.Edge.Value: 3 })).ToList();
            var served = living.OfType<PollingDeskOutput.Serve>().Select(output => (output.Request.Edge, output.Request.Number)).ToList();
            var answers = living.OfType<PollingDeskOutput.Send>().Select(output => (output.Answer.Edge, output.Answer.Number)).ToList();
            Assert.Equal(served.Count, served.Distinct().Count());
            Assert.Equal(answers.Count, answers.Distinct().Count());
        });

    [Fact]
    public void Whatever_owners_answer_each_relayed_request_is_answered_once_or_was_given_up_by_its_client() =>
        Fuzz.Rounds(1_000, random =>
        {
            var self = new GatewayId(9);
            var edge = new PollingEdge(self, maxPending: 5, TimeSpan.FromSeconds(20));
            List<PollingEdgeOutput> outputs = [];
            HashSet<long> relayed = [];
            HashSet<long> aborted = [];
            for (var i = 0; i < 200; i++)
            {
                var owner = new GatewayId(random.Next(3));
                switch (random.Next(6))
                {
                    case 0 or 1:
                        relayed.Add(edge.Relay(owner, "sid", (PollingRequestKind)random.Next(5), Fuzz.Bytes(random, 5), null, TimeSpan.FromSeconds(i), outputs));
                        break;
                    case 2:
                        var gone = random.NextInt64(relayed.Count + 2);
                        edge.Abort(gone, outputs);
                        aborted.Add(gone);
                        break;
                    case 3 when random.Next(10) == 0:
                        edge.OnGatewayDead(owner, outputs);
                        break;
                    case 4:
                        edge.Advance(TimeSpan.FromSeconds(i), outputs);
                        break;
                    default:
                        edge.OnAnswer(owner, new PollingAnswer(random.Next(5) == 0 ? owner : self, random.NextInt64(relayed.Count + 2), (PollingAnswerKind)random.Next(6)), outputs);
                        break;
                }

                Assert.InRange(edge.Pending, 0, 5);
            }

            edge.Advance(TimeSpan.FromDays(1), outputs);
            Assert.Equal(0, edge.Pending);
            var answers = outputs.OfType<PollingEdgeOutput.Reply>().Select(reply => reply.Answer.Number).ToList();
            Assert.Equal(answers.Count, answers.Distinct().Count());
            Assert.All(relayed, number => Assert.True(aborted.Contains(number) || answers.Contains(number)));
        });
}
