namespace SocketIO.Cluster.Tests;

public sealed class AckFuzzTests
{
    [Fact]
    public void Whatever_gateways_report_each_request_ends_once_within_its_bounds_and_leaves_nothing_behind() =>
        Fuzz.Rounds(500, random =>
        {
            var options = new AckCollectorOptions { MaxPending = 10, MaxAnswers = 20, MaxAnswerBytes = 100 };
            var collector = new AckCollector(options);
            List<AckResult> results = [];
            HashSet<long> cancelled = [];
            var started = 0;
            for (var i = 0; i < 300; i++)
            {
                var request = random.Next(started + 2);
                var gateway = new GatewayId(random.Next(3));
                switch (random.Next(8))
                {
                    case 0:
                        collector.Start(++started, TimeSpan.FromTicks(random.NextInt64()), TimeSpan.FromSeconds(i), results);
                        break;
                    case 1:
                        collector.Expect(request, [gateway, new GatewayId(0)], results);
                        break;
                    case 2:
                        collector.OnCount(request, gateway, random.Next(8) == 0 ? random.Next(int.MinValue, int.MaxValue) : random.Next(-1, 25), results);
                        break;
                    case 3 when random.Next(10) == 0:
                        collector.OnGatewayDead(gateway, results);
                        break;
                    case 4:
                        collector.Advance(TimeSpan.FromSeconds(i), results);
                        break;
                    case 5 when random.Next(5) == 0:
                        collector.Cancel(request);
                        cancelled.Add(request);
                        break;
                    default:
                        collector.OnAnswer(request, gateway, random.Next(8) == 0 ? random.Next(int.MinValue, int.MaxValue) : random.Next(-1, 25), new byte[random.Next(20)], results);
                        break;
                }

                Assert.InRange(collector.Pending, 0, options.MaxPending);
            }

            collector.Advance(TimeSpan.MaxValue, results);
            Assert.Equal(0, collector.Pending);
            Assert.Equal(results.Count, results.Select(result => result.Request).Distinct().Count());
            Assert.All(Enumerable.Range(1, started), request => Assert.True(cancelled.Contains(request) || results.Exists(result => result.Request == request)));
            Assert.All(results, result =>
            {
                Assert.InRange(result.Answers.Count, 0, options.MaxAnswers);
                Assert.InRange(result.Answers.Sum(answer => answer.Length), 0, options.MaxAnswerBytes);
                Assert.True(result.Missing >= 0);
            });
        });
}
