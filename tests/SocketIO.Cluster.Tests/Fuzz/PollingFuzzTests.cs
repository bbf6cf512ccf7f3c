namespace SocketIO.Cluster.Tests;

public sealed class PollingFuzzTests
{
    [Fact]
    public void Whatever_requests_arrive_a_polling_session_answers_each_at_most_once_and_ends_once() =>
        Fuzz.Rounds(1_000, random =>
        {
            var session = new RelayedPollingSession(maxEdges: 3);
            List<PollingSessionOutput> outputs = [];
            for (var i = 0; i < 200; i++)
            {
                var gateway = new GatewayId(random.Next(4));
                switch (random.Next(12))
                {
                    case 0:
                        session.TrySend(default, outputs);
                        break;
                    case 1:
                        session.PostTaken(outputs);
                        break;
                    case 2 when random.Next(5) == 0:
                        session.CompleteUpgrade(outputs);
                        break;
                    case 3:
                        session.AbandonUpgrade();
                        break;
                    case 4:
                        session.Release(outputs);
                        break;
                    case 5 when random.Next(20) == 0:
                        session.OnGatewayDead(new GatewayId(3), outputs);
                        break;
                    case 6 when random.Next(20) == 0:
                        session.End(outputs);
                        break;
                    default:
                        session.OnRequest(new PollingRequest(gateway, i - random.Next(3), (PollingRequestKind)random.Next(5), Fuzz.Bytes(random, 5)), outputs);
                        break;
                }
            }

            // Nothing is remembered of a gateway that is dead, or beyond the bound.
            var answers = outputs.OfType<PollingSessionOutput.Answer>()
                .Select(answer => answer.Value)
                .Where(answer => answer.Edge != new GatewayId(3) && answer.Kind != PollingAnswerKind.Refused)
                .Select(answer => (answer.Edge, answer.Number))
                .ToList();
            Assert.Equal(answers.Count, answers.Distinct().Count());
            Assert.True(outputs.OfType<PollingSessionOutput.Closed>().Count() <= 1);
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
                        relayed.Add(edge.Relay(owner, "sid", (PollingRequestKind)random.Next(5), Fuzz.Bytes(random, 5), TimeSpan.FromSeconds(i), outputs));
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
                        edge.OnAnswer(owner, new PollingAnswer(random.Next(5) == 0 ? owner : self, random.NextInt64(relayed.Count + 2), (PollingAnswerKind)random.Next(7), default), outputs);
                        break;
                }

                Assert.InRange(edge.Pending, 0, 5);
            }

            edge.Advance(TimeSpan.FromDays(1), outputs);
            Assert.Equal(0, edge.Pending);
            var answers = outputs.OfType<PollingEdgeOutput.Reply>().Select(reply => reply.Number).ToList();
            Assert.Equal(answers.Count, answers.Distinct().Count());
            Assert.All(relayed, number => Assert.True(aborted.Contains(number) || answers.Contains(number)));
        });
}
