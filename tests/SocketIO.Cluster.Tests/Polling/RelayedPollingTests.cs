using System.Globalization;

namespace SocketIO.Cluster.Tests;

public class RelayedPollingTests
{
    private static readonly GatewayId Owner = new(1);
    private static readonly GatewayId Edge = new(2);

    /// <summary>
    /// Steps: get, post, abort and served with gateway and number; dead with gateway. What follows: s(erve), a(bort) and w(ithdraw), and the answers, with gateway and
    /// number.
    /// </summary>
    [Theory]
    [InlineData("get:A:1 served:A:1", "s:A1 A1=Response")]
    [InlineData("get:A:1 served:A:1 served:A:1", "s:A1 A1=Response")]
    [InlineData("get:A:1 post:B:1 served:B:1 served:A:1", "s:A1 s:B1 B1=Response A1=Response")]
    [InlineData("get:A:1 get:A:1 served:A:1 get:A:1", "s:A1 A1=Response")]
    [InlineData("get:A:2 get:A:1 get:B:1", "s:A2 s:B1")]
    [InlineData("get:A:1 abort:A:1 abort:A:1 served:A:1", "s:A1 a:A1")]
    [InlineData("get:A:1 abort:B:1 abort:A:2 served:A:1 abort:A:1", "s:A1 A1=Response")]
    [InlineData("get:A:1 get:A:2 post:B:1 dead:A served:A:1 served:B:1", "s:A1 s:A2 s:B1 w:A1 w:A2 B1=Response")]
    [InlineData("get:A:1 get:A:2 get:B:1 get:B:2 served:A:1 get:B:3", "s:A1 s:A2 s:B1 B2=Refused A1=Response s:B3")]
    [InlineData("get:A:1 get:A:2 get:A:3 dead:A get:B:1", "s:A1 s:A2 s:A3 w:A1 w:A2 w:A3 s:B1")]
    [InlineData("get:A:1 get:A:2 get:A:3 abort:A:2 get:B:1", "s:A1 s:A2 s:A3 a:A2 s:B1")]
    public void The_owner_serves_each_request_once_wherever_it_arrived(string steps, string expected)
    {
        var desk = new PollingDesk(maxServing: 3);
        List<PollingDeskOutput> outputs = [];
        foreach (var step in steps.Split(' '))
        {
            var parts = step.Split(':');
            var gateway = new GatewayId(parts[1][0]);
            var number = parts.Length > 2 ? long.Parse(parts[2], CultureInfo.InvariantCulture) : 0;
            switch (parts[0])
            {
                case "get":
                    desk.OnRequest("sid", new PollingRequest(gateway, number, PollingRequestKind.Poll, default), outputs);
                    break;
                case "post":
                    desk.OnRequest("sid", new PollingRequest(gateway, number, PollingRequestKind.Post, new byte[] { 4 }), outputs);
                    break;
                case "abort":
                    desk.OnRequest("sid", new PollingRequest(gateway, number, PollingRequestKind.Abort, default), outputs);
                    break;
                case "served":
                    desk.Answer(new PollingAnswer(gateway, number, PollingAnswerKind.Response), outputs);
                    break;
                case "dead":
                    desk.OnGatewayDead(gateway, outputs);
                    break;
                default:
                    Assert.Fail(step);
                    break;
            }
        }

        Assert.Equal(expected, string.Join(' ', outputs.Select(static output => output switch
        {
            PollingDeskOutput.Serve { Request: var request } => $"s:{(char)request.Edge.Value}{request.Number}",
            PollingDeskOutput.Abort aborted => $"a:{(char)aborted.Edge.Value}{aborted.Number}",
            PollingDeskOutput.Withdraw withdrawn => $"w:{(char)withdrawn.Edge.Value}{withdrawn.Number}",
            PollingDeskOutput.Send { Answer: var answer } => $"{(char)answer.Edge.Value}{answer.Number}={answer.Kind}",
            _ => "?",
        })));
    }

    [Fact]
    public void A_request_is_answered_once_by_its_owner_alone()
    {
        var (edge, outputs) = (Table(), new List<PollingEdgeOutput>());
        var number = edge.Relay(Owner, "sid", PollingRequestKind.Poll, default, null, default, outputs);
        edge.OnAnswer(new GatewayId(9), new PollingAnswer(Edge, number, PollingAnswerKind.Response, default), outputs);
        edge.OnAnswer(Owner, new PollingAnswer(new GatewayId(9), number, PollingAnswerKind.Response, default), outputs);
        Assert.Equal(1, edge.Pending);

        edge.OnAnswer(Owner, new PollingAnswer(Edge, number, PollingAnswerKind.Response, new byte[] { 4 }), outputs);
        edge.OnAnswer(Owner, new PollingAnswer(Edge, number, PollingAnswerKind.Response, default), outputs);

        Assert.Equal([4], Assert.Single(outputs.OfType<PollingEdgeOutput.Reply>()).Answer.Body.ToArray());
        Assert.Equal(0, edge.Pending);
    }

    [Fact]
    public void When_the_owner_dies_its_sessions_are_unknown_and_nobody_elses()
    {
        var (edge, outputs) = (Table(), new List<PollingEdgeOutput>());
        var number = edge.Relay(Owner, "sid", PollingRequestKind.Poll, default, null, default, outputs);
        edge.Relay(new GatewayId(3), "other", PollingRequestKind.Poll, default, null, default, outputs);
        edge.OnGatewayDead(Owner, outputs);

        var reply = Assert.Single(outputs.OfType<PollingEdgeOutput.Reply>()).Answer;
        Assert.Equal((number, PollingAnswerKind.SessionUnknown), (reply.Number, reply.Kind));
        Assert.Equal(1, edge.Pending);
    }

    [Fact]
    public void A_client_that_has_gone_is_reported_to_the_owner_once()
    {
        var (edge, outputs) = (Table(), new List<PollingEdgeOutput>());
        var number = edge.Relay(Owner, "sid", PollingRequestKind.Poll, default, null, default, outputs);
        edge.Abort(number, outputs);
        edge.Abort(number, outputs);
        edge.OnAnswer(Owner, new PollingAnswer(Edge, number, PollingAnswerKind.Response, default), outputs);

        Assert.Equal([PollingRequestKind.Poll, PollingRequestKind.Abort], outputs.Cast<PollingEdgeOutput.Send>().Select(sent => sent.Request.Kind));
    }

    [Fact]
    public void A_silent_owner_and_a_full_table_are_answered()
    {
        var (edge, outputs) = (Table(), new List<PollingEdgeOutput>());
        for (var i = 0; i < 3; i++)
        {
            edge.Relay(Owner, "sid", PollingRequestKind.Post, default, null, default, outputs);
        }

        edge.Advance(TimeSpan.FromMinutes(1), outputs);

        Assert.Equal(
            [PollingAnswerKind.Refused, PollingAnswerKind.SessionUnknown, PollingAnswerKind.SessionUnknown],
            outputs.OfType<PollingEdgeOutput.Reply>().Select(reply => reply.Answer.Kind));
        Assert.Equal(0, edge.Pending);
    }

    private static PollingEdge Table() => new(Edge, maxPending: 2, TimeSpan.FromSeconds(50));
}
