using System.Globalization;

namespace SocketIO.Cluster.Tests;

public class RelayedPollingTests
{
    private static readonly GatewayId Owner = new(1);
    private static readonly GatewayId Edge = new(2);

    /// <summary>
    /// Steps: get, post, upgrade and abort with gateway and number; send, release, taken, complete, abandon; dead with gateway.
    /// What follows: the answers by gateway and number, and w(ritable), r(eceived), closed.
    /// </summary>
    [Theory]
    [InlineData("get:A:1 send", "w A1=Packets")]
    [InlineData("get:A:1 send get:B:1 send", "w A1=Packets w B1=Packets")]
    [InlineData("post:A:1 taken post:B:1 taken", "r A1=Ok r B1=Ok")]
    [InlineData("get:A:1 get:B:1 get:A:2", "w B1=BadRequest A1=Noop closed A2=SessionUnknown")]
    [InlineData("post:A:1 post:B:1 post:A:2", "r B1=BadRequest A1=Ok closed A2=SessionUnknown")]
    [InlineData("get:A:1 abort:A:1 get:B:1", "w closed B1=SessionUnknown")]
    [InlineData("get:A:1 send abort:A:1 get:B:1", "w A1=Packets w")]
    [InlineData("get:A:1 get:A:1 send get:A:1", "w A1=Packets")]
    [InlineData("get:A:1 dead:A get:B:1 send", "w w B1=Packets")]
    [InlineData("post:A:1 dead:A post:B:1 taken", "r r B1=Ok")]
    [InlineData("get:A:1 upgrade:B:1 release complete get:A:2 post:A:3", "w B1=Ok A1=Noop A2=Noop A3=BadRequest")]
    [InlineData("get:A:1 upgrade:B:1 complete dead:B get:A:2", "w B1=Ok A1=Noop closed A2=SessionUnknown")]
    [InlineData("upgrade:A:1 upgrade:B:1 complete upgrade:B:2", "A1=Ok B1=BadRequest B2=BadRequest")]
    [InlineData("upgrade:A:1 abandon get:A:2 send upgrade:B:1", "A1=Ok w A2=Packets B1=Ok")]
    [InlineData("upgrade:A:1 dead:A upgrade:B:1", "A1=Ok B1=Ok")]
    [InlineData("upgrade:A:1 abort:A:1 complete get:A:2", "A1=Ok w")]
    [InlineData("get:A:1 end get:A:2", "w A1=Noop A2=SessionUnknown")]
    [InlineData("get:A:1 send get:B:1 send get:C:1", "w A1=Packets w B1=Packets C1=Refused")]
    public void The_owner_serves_requests_wherever_they_arrive(string steps, string expected)
    {
        var session = new RelayedPollingSession(maxEdges: 2);
        List<PollingSessionOutput> outputs = [];
        foreach (var step in steps.Split(' '))
        {
            var parts = step.Split(':');
            var gateway = parts.Length > 1 ? new GatewayId(parts[1][0]) : default;
            var number = parts.Length > 2 ? long.Parse(parts[2], CultureInfo.InvariantCulture) : 0;
            switch (parts[0])
            {
                case "get":
                    session.OnRequest(new PollingRequest(gateway, number, PollingRequestKind.Poll, default), outputs);
                    break;
                case "post":
                    session.OnRequest(new PollingRequest(gateway, number, PollingRequestKind.Post, new byte[] { 4 }), outputs);
                    break;
                case "upgrade":
                    session.OnRequest(new PollingRequest(gateway, number, PollingRequestKind.Upgrade, default), outputs);
                    break;
                case "abort":
                    session.OnRequest(new PollingRequest(gateway, number, PollingRequestKind.Abort, default), outputs);
                    break;
                case "send":
                    session.TrySend(new byte[] { 4 }, outputs);
                    break;
                case "release":
                    session.Release(outputs);
                    break;
                case "taken":
                    session.PostTaken(outputs);
                    break;
                case "complete":
                    session.CompleteUpgrade(outputs);
                    break;
                case "abandon":
                    session.AbandonUpgrade();
                    break;
                case "end":
                    session.End(outputs);
                    break;
                case "dead":
                    session.OnGatewayDead(gateway, outputs);
                    break;
                default:
                    Assert.Fail(step);
                    break;
            }
        }

        Assert.Equal(expected, string.Join(' ', outputs.Select(output => output switch
        {
            PollingSessionOutput.Answer { Value: var answer } => $"{(char)answer.Edge.Value}{answer.Number}={answer.Kind}",
            PollingSessionOutput.Writable => "w",
            PollingSessionOutput.Received => "r",
            _ => "closed",
        })));
    }

    [Fact]
    public void A_request_is_answered_once_by_its_owner_alone()
    {
        var (edge, outputs) = (Table(), new List<PollingEdgeOutput>());
        var number = edge.Relay(Owner, "sid", PollingRequestKind.Poll, default, default, outputs);
        edge.OnAnswer(new GatewayId(9), new PollingAnswer(Edge, number, PollingAnswerKind.Packets, default), outputs);
        edge.OnAnswer(Owner, new PollingAnswer(new GatewayId(9), number, PollingAnswerKind.Packets, default), outputs);
        Assert.Equal(1, edge.Pending);

        edge.OnAnswer(Owner, new PollingAnswer(Edge, number, PollingAnswerKind.Packets, new byte[] { 4 }), outputs);
        edge.OnAnswer(Owner, new PollingAnswer(Edge, number, PollingAnswerKind.Packets, default), outputs);

        Assert.Equal([4], Assert.Single(outputs.OfType<PollingEdgeOutput.Reply>()).Body.ToArray());
        Assert.Equal(0, edge.Pending);
    }

    [Fact]
    public void When_the_owner_dies_its_sessions_are_unknown_and_nobody_elses()
    {
        var (edge, outputs) = (Table(), new List<PollingEdgeOutput>());
        var number = edge.Relay(Owner, "sid", PollingRequestKind.Poll, default, default, outputs);
        edge.Relay(new GatewayId(3), "other", PollingRequestKind.Poll, default, default, outputs);
        edge.OnGatewayDead(Owner, outputs);

        var reply = Assert.Single(outputs.OfType<PollingEdgeOutput.Reply>());
        Assert.Equal((number, PollingAnswerKind.SessionUnknown), (reply.Number, reply.Kind));
        Assert.Equal(1, edge.Pending);
    }

    [Fact]
    public void A_client_that_has_gone_is_reported_to_the_owner_once()
    {
        var (edge, outputs) = (Table(), new List<PollingEdgeOutput>());
        var number = edge.Relay(Owner, "sid", PollingRequestKind.Poll, default, default, outputs);
        edge.Abort(number, outputs);
        edge.Abort(number, outputs);
        edge.OnAnswer(Owner, new PollingAnswer(Edge, number, PollingAnswerKind.Packets, default), outputs);

        Assert.Equal([PollingRequestKind.Poll, PollingRequestKind.Abort], outputs.Cast<PollingEdgeOutput.Send>().Select(sent => sent.Request.Kind));
    }

    [Fact]
    public void A_silent_owner_and_a_full_table_are_answered()
    {
        var (edge, outputs) = (Table(), new List<PollingEdgeOutput>());
        for (var i = 0; i < 3; i++)
        {
            edge.Relay(Owner, "sid", PollingRequestKind.Post, default, default, outputs);
        }

        edge.Advance(TimeSpan.FromMinutes(1), outputs);

        Assert.Equal(
            [PollingAnswerKind.Refused, PollingAnswerKind.SessionUnknown, PollingAnswerKind.SessionUnknown],
            outputs.OfType<PollingEdgeOutput.Reply>().Select(reply => reply.Kind));
        Assert.Equal(0, edge.Pending);
    }

    private static PollingEdge Table() => new(Edge, maxPending: 2, TimeSpan.FromSeconds(50));
}
