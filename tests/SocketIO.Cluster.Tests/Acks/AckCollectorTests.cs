using System.Text;

namespace SocketIO.Cluster.Tests;

public class AckCollectorTests
{
    private readonly List<AckResult> _results = [];

    /// <summary>Each step: e(xpect) gateways, c(ount) gateway clients, a(nswer) gateway number, d(ead) gateway, t(ime-out).</summary>
    [Theory]
    [InlineData("e", nameof(AckOutcome.Complete), "", 0)]
    [InlineData("e:A,B c:A:1 c:B:2 a:A:0 a:B:0 a:B:1", nameof(AckOutcome.Complete), "A0 B0 B1", 0)]
    [InlineData("e:A,B c:A:0 c:B:0", nameof(AckOutcome.Complete), "", 0)]
    [InlineData("a:A:0 c:A:1 e:A", nameof(AckOutcome.Complete), "A0", 0)]
    [InlineData("c:A:1 e:A,B a:A:0 c:B:1 t", nameof(AckOutcome.TimedOut), "A0", 1)]
    [InlineData("e:A,B c:A:2 a:A:1 c:B:3 a:B:0 d:B t", nameof(AckOutcome.TimedOut), "A1 B0", 1)]
    [InlineData("e:A,B c:A:1 c:B:3 a:B:0 d:B a:B:1 a:A:0", nameof(AckOutcome.Complete), "B0 A0", 0)]
    [InlineData("d:B e:A,B c:A:1 a:A:0", nameof(AckOutcome.Complete), "A0", 0)]
    [InlineData("e:A c:A:2 a:A:0 a:A:0 a:A:0 t", nameof(AckOutcome.TimedOut), "A0", 1)]
    [InlineData("e:A c:A:1 c:A:9 a:A:7 a:A:-1 a:A:0", nameof(AckOutcome.Complete), "A0", 0)]
    [InlineData("e:A e:B c:A:0", nameof(AckOutcome.Complete), "", 0)]
    [InlineData("t", nameof(AckOutcome.TimedOut), "", 0)]
    [InlineData("e:A c:A:101", nameof(AckOutcome.TooLarge), "", 1)]
    [InlineData("e:A,B c:A:0 t", nameof(AckOutcome.TimedOut), "", 1)]
    public void Answers_are_gathered(string steps, string outcome, string answers, int missing)
    {
        var collector = Collector();
        foreach (var step in steps.Split(' '))
        {
            Assert.Empty(_results);
            var parts = step.Split(':');
            switch (parts[0])
            {
                case "e":
                    collector.Expect(1, parts.Length > 1 ? [.. parts[1].Split(',').Select(Gateway)] : [], _results);
                    break;
                case "c":
                    collector.OnCount(1, Gateway(parts[1]), int.Parse(parts[2]), _results);
                    break;
                case "a":
                    collector.OnAnswer(1, Gateway(parts[1]), int.Parse(parts[2]), Encoding.UTF8.GetBytes(parts[1] + parts[2]), _results);
                    break;
                case "d":
                    collector.OnGatewayDead(Gateway(parts[1]), _results);
                    break;
                default:
                    collector.Advance(TimeSpan.FromSeconds(5), _results);
                    break;
            }
        }

        var result = Assert.Single(_results);
        Assert.Equal(outcome, result.Outcome.ToString());
        Assert.Equal(answers, string.Join(' ', result.Answers.Select(answer => Encoding.UTF8.GetString(answer.Span))));
        Assert.Equal(missing, result.Missing);
        Assert.Equal(0, collector.Pending);
    }

    [Fact]
    public void What_arrives_after_the_end_is_ignored()
    {
        var collector = Collector();
        collector.Expect(1, [], _results);
        collector.OnCount(1, Gateway("A"), 1, _results);
        collector.OnAnswer(1, Gateway("A"), 0, default, _results);
        collector.Advance(TimeSpan.FromHours(1), _results);

        Assert.Single(_results);
    }

    [Fact]
    public void Nobody_waits_for_a_gateway_that_was_dead_before_the_request_began()
    {
        var collector = new AckCollector(new AckCollectorOptions { MaxDeadGateways = 1 });
        collector.OnGatewayDead(Gateway("B"), _results);
        collector.OnGatewayDead(Gateway("A"), _results);
        for (var request = 1; request <= 2; request++)
        {
            collector.Start(request, TimeSpan.FromSeconds(5), default, _results);
        }

        collector.Expect(1, [Gateway("A")], _results);
        collector.Expect(2, [Gateway("B")], _results);

        Assert.Equal((1, AckOutcome.Complete), _results.Select(result => (result.Request, result.Outcome)).Single());
    }

    [Fact]
    public void More_requests_than_the_bound_are_refused()
    {
        var collector = new AckCollector(new AckCollectorOptions { MaxPending = 2 });
        for (var request = 1; request <= 3; request++)
        {
            collector.Start(request, TimeSpan.FromSeconds(5), default, _results);
        }

        Assert.Equal(new { Request = 3L, Outcome = AckOutcome.Refused }, _results.Select(result => new { result.Request, result.Outcome }).Single());
    }

    [Fact]
    public void Answers_beyond_the_bound_of_bytes_end_the_request()
    {
        var collector = Collector();
        collector.OnAnswer(1, Gateway("A"), 0, new byte[1500], _results);

        Assert.Equal(AckOutcome.TooLarge, Assert.Single(_results).Outcome);
    }

    private static GatewayId Gateway(string name) => new(name[0]);

    private AckCollector Collector()
    {
        var collector = new AckCollector(new AckCollectorOptions { MaxAnswers = 100, MaxAnswerBytes = 1000 });
        collector.Start(1, TimeSpan.FromSeconds(5), default, _results);
        return collector;
    }
}
