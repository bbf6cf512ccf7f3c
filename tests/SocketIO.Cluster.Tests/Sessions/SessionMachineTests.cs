using System.Globalization;

namespace SocketIO.Cluster.Tests;

public class SessionMachineTests
{
    private static readonly GatewayId A = new(1);
    private static readonly GatewayId B = new(2);

    private readonly SimulatedStore _store = new();
    private readonly List<SessionOutput> _outputs = [];
    private TimeSpan _now = TimeSpan.FromDays(1000);
    private long _lastRequest;

    /// <summary>
    /// Each step is a request and the outcome that it has: new gateway; claim gateway user; save generation; away generation; end generation; wait seconds.
    /// </summary>
    [Theory]
    [InlineData("claim:B:zoë=Unknown")]
    [InlineData("new:A=Done", "claim:B:zoë=Done", "save:1=Stale", "save:2=Done")]
    [InlineData("new:A=Done", "away:1=Done", "claim:B:eve=OtherPrincipal", "claim:B:=OtherPrincipal", "claim:B:zoë=Done")]
    [InlineData("new:A=Done", "away:1=Done", "wait:119", "claim:B:zoë=Done")]
    [InlineData("new:A=Done", "away:1=Done", "wait:121", "claim:B:zoë=Unknown")]
    [InlineData("new:A=Done", "wait:1000", "save:1=Done", "away:1=Done", "wait:60", "away:1=Done", "wait:61", "claim:B:zoë=Unknown")]
    [InlineData("new:A=Done", "end:1=Done", "claim:B:zoë=Unknown", "save:1=Unknown")]
    [InlineData("new:A=Done", "claim:B:zoë=Done", "end:1=Stale", "claim:A:zoë=Done", "away:2=Stale", "away:3=Done")]
    [InlineData("new:A=Done", "new:B=Stale")]
    [InlineData("new:A=Done", "end:1=Done", "new:A=Stale", "end:1=Done")]
    [InlineData("new:A=Done", "wait:100000", "claim:B:zoë=Unknown")]
    public void A_request_ends_as_the_rules_say(params string[] steps)
    {
        var session = Session();
        foreach (var step in steps)
        {
            var parts = step.Split('=')[0].Split(':');
            if (parts[0] == "wait")
            {
                _now += TimeSpan.FromSeconds(int.Parse(parts[1], CultureInfo.InvariantCulture));
                continue;
            }

            var request = ++_lastRequest;
            var gateway = parts[1] == "A" ? A : B;
            switch (parts[0])
            {
                case "new":
                    session.Create(request, request, gateway, "id", "zoë", _now, _outputs);
                    break;
                case "claim":
                    session.Claim(request, request, gateway, parts[2].Length == 0 ? null : parts[2], _now, _outputs);
                    break;
                case "end":
                    session.End(request, ulong.Parse(parts[1], CultureInfo.InvariantCulture), _now, _outputs);
                    break;
                default:
                    session.Save(request, ulong.Parse(parts[1], CultureInfo.InvariantCulture), request, ["lobby"], new byte[] { 7 }, parts[0] == "away", _now, _outputs);
                    break;
            }

            Run(session);
            Assert.Equal(step.Split('=')[1], Reply(request).Outcome.ToString());
        }
    }

    [Fact]
    public void A_claim_brings_everything_back_and_names_the_owner_before()
    {
        var session = Session();
        session.Create(1, 1, A, "id", "zoë", _now, _outputs);
        session.Save(2, 1, 1, ["id", "lobby"], new byte[] { 7 }, isAway: true, _now, _outputs);
        Run(session);

        var elsewhere = Session();
        elsewhere.Claim(5, 77, B, "zoë", _now, _outputs);
        Run(elsewhere);

        var state = Reply(5).State!;
        Assert.Equal("id", state.SocketId);
        Assert.Equal(["id", "lobby"], state.Rooms);
        Assert.Equal([7], state.Data.ToArray());
        Assert.Equal((2ul, A, B), (state.Generation, state.PreviousOwner, state.Owner));
    }

    [Fact]
    public void An_old_owner_that_knows_nothing_of_the_claim_is_refused_by_the_storage()
    {
        var old = Session();
        old.Create(1, 1, A, "id", null, _now, _outputs);
        Run(old);
        var other = Session();
        other.Claim(2, 77, B, null, _now, _outputs);
        Run(other);

        old.Save(3, 1, 1, ["ghost"], default, isAway: false, _now, _outputs);
        Run(old);

        Assert.Equal(SessionOutcome.Stale, Reply(3).Outcome);
        Assert.Empty(SessionState.Read(_store.Read(StateKey.Session("pid"))).Rooms);
    }

    [Fact]
    public void A_save_that_arrives_after_a_later_one_changes_nothing()
    {
        var session = Session();
        session.Create(1, 1, A, "id", null, _now, _outputs);
        session.Save(2, 1, 2, ["lobby"], new byte[] { 2 }, isAway: true, _now, _outputs);
        session.Save(4, 1, 1, [], new byte[] { 1 }, isAway: false, _now, _outputs);
        Run(session);

        Assert.Equal(SessionOutcome.Done, Reply(4).Outcome);
        var state = SessionState.Read(_store.Read(StateKey.Session("pid")));
        Assert.Equal([2], state.Data.ToArray());
        Assert.NotNull(state.AwaySince);
    }

    [Fact]
    public void A_late_write_of_the_beginning_does_not_bring_back_a_session_that_was_ended()
    {
        var session = Session();
        session.Create(1, 1, A, "id", null, _now, _outputs);
        session.OnStorage(_store.Apply(Take()), _now, _outputs);
        var late = Take();
        session.OnStorage(new StorageResult(late.Id, StorageOutcome.Unknown), _now, _outputs);
        session.Advance(_now += TimeSpan.FromSeconds(1), _outputs);
        session.End(2, 1, _now, _outputs);
        Run(session);
        _store.Apply(late);
        session.Claim(3, 3, B, null, _now, _outputs);
        Run(session);

        Assert.Equal(SessionOutcome.Unknown, Reply(3).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_claim_of_unknown_outcome_is_made_once_and_names_the_owner_before(bool tookEffect)
    {
        var session = Session();
        session.Create(1, 1, A, "id", null, _now, _outputs);
        Run(session);
        session.Claim(2, 77, B, null, _now, _outputs);
        var storage = Take();
        if (tookEffect)
        {
            _store.Apply(storage);
        }

        session.OnStorage(new StorageResult(storage.Id, StorageOutcome.Unknown), _now, _outputs);
        _now += TimeSpan.FromSeconds(1);
        session.Advance(_now, _outputs);
        Run(session);

        Assert.Equal((2ul, A), (Reply(2).State!.Generation, Reply(2).State!.PreviousOwner));
    }

    [Fact]
    public void A_session_past_its_time_is_removed_from_the_storage()
    {
        var session = Session();
        session.Create(1, 1, A, "id", null, _now, _outputs);
        session.Save(2, 1, 1, [], default, isAway: true, _now, _outputs);
        Run(session);

        _now += TimeSpan.FromMinutes(3);
        session.Advance(_now, _outputs);
        Run(session);

        Assert.Equal(0, _store.Count);
    }

    [Fact]
    public void Requests_are_bounded_and_end_in_time()
    {
        var session = Session();
        for (var request = 1; request <= 6; request++)
        {
            session.End(request, 1, _now, _outputs);
        }

        Assert.Equal(SessionOutcome.Unavailable, Reply(6).Outcome);
        session.Advance(_now + TimeSpan.FromMinutes(1), _outputs);

        Assert.Equal(6, _outputs.OfType<SessionOutput.Reply>().Count());
        Assert.Equal(0, session.Pending);
    }

    [Fact]
    public void Bytes_that_cannot_be_read_are_never_written_over()
    {
        _store.Write(StateKey.Session("pid"), [(byte)'S', 77]);
        var session = Session();
        session.Claim(1, 1, B, "zoë", _now, _outputs);
        Run(session);

        Assert.Equal(SessionOutcome.Unavailable, Reply(1).Outcome);
        Assert.Equal(StateKey.Session("pid"), Assert.Single(_outputs.OfType<SessionOutput.Unreadable>()).State.Key);
        Assert.Equal([(byte)'S', 77], _store.Read(StateKey.Session("pid"))!);
    }

    [Fact]
    public void Too_much_data_is_refused()
    {
        Session().Save(1, 1, 1, ["lobby"], new byte[1000], isAway: false, _now, _outputs);

        Assert.Equal(SessionOutcome.TooLarge, Reply(1).Outcome);
    }

    private static SessionMachine Session() => new("pid", new SessionOptions { MaxStateBytes = 500, MaxPending = 5 });

    private SessionOutput.Reply Reply(long request) => Assert.Single(_outputs.OfType<SessionOutput.Reply>(), reply => reply.Request == request);

    private StorageRequest Take()
    {
        var storage = Assert.Single(_outputs.OfType<SessionOutput.Storage>());
        _outputs.Remove(storage);
        return storage.Request;
    }

    private void Run(SessionMachine session)
    {
        while (_outputs.OfType<SessionOutput.Storage>().FirstOrDefault() is { } storage)
        {
            _outputs.Remove(storage);
            session.OnStorage(_store.Apply(storage.Request), _now, _outputs);
        }
    }
}
