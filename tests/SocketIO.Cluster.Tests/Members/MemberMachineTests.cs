namespace SocketIO.Cluster.Tests;

public class MemberMachineTests
{
    private readonly SimulatedStore _store = new();
    private readonly List<MemberOutput> _outputs = [];
    private TimeSpan _now = TimeSpan.FromDays(1000);

    [Fact]
    public void A_join_is_answered_after_its_write_and_the_roster()
    {
        var member = Member();
        member.Join(1, "lobby", _now, _outputs);
        RunStorage(member);

        Assert.DoesNotContain(_outputs, output => output is MemberOutput.Reply);
        Assert.Equal(["lobby"], Stored().Rooms.Keys);

        member.OnRoster("lobby", 1, RosterOutcome.Done, _now, _outputs);
        Assert.Equal(MemberOutcome.Done, Reply(1));
    }

    [Fact]
    public void Joins_that_arrive_during_a_write_share_the_next_one()
    {
        var member = Member();
        for (var i = 0; i < 50; i++)
        {
            member.Join(i, $"room{i}", _now, _outputs);
        }

        RunStorage(member);

        Assert.Equal(2, _store.Operations);
        Assert.Equal(50, Stored().Rooms.Count);
    }

    [Fact]
    public void A_roster_that_was_not_told_before_the_crash_is_told_after_it()
    {
        var member = Member();
        member.Leave(1, "other", _now, _outputs);
        member.Join(2, "lobby", _now, _outputs);
        RunStorage(member);
        _outputs.Clear();

        var next = Member();
        next.Start(_now, _outputs);
        RunStorage(next);

        var told = Assert.Single(_outputs.OfType<MemberOutput.Announcement>());
        Assert.Equal(("lobby", true, false), (told.Room, told.Change.Present, told.Change.Enforce));
    }

    [Fact]
    public void A_conflict_is_read_again_and_merged()
    {
        var one = Member();
        var other = Member();
        Finish(one, 1, "lobby");
        other.Join(2, "hall", _now, _outputs);
        RunStorage(other);
        Confirm(other);
        _outputs.Clear();

        one.Join(3, "attic", _now, _outputs);
        RunStorage(one);

        Assert.Equal(["attic", "hall", "lobby"], Stored().Rooms.Keys.Order());
    }

    [Fact]
    public void A_write_of_unknown_outcome_is_read_again_after_a_pause()
    {
        var member = Member();
        member.Join(1, "lobby", _now, _outputs);
        Answer(member, request => _store.Apply(request));
        Answer(member, request =>
        {
            _store.Apply(request);
            return new StorageResult(request.Id, StorageOutcome.Unknown);
        });
        Assert.DoesNotContain(_outputs, output => output is MemberOutput.Storage);

        _now += TimeSpan.FromSeconds(1);
        member.Advance(_now, _outputs);
        RunStorage(member);
        Confirm(member);

        Assert.Equal(MemberOutcome.Done, Reply(1));
        Assert.True(Stored().Rooms["lobby"].Joined);
    }

    [Fact]
    public void A_full_room_is_left_again_before_it_is_reported()
    {
        var member = Member();
        member.Join(1, "lobby", _now, _outputs);
        RunStorage(member);
        member.OnRoster("lobby", 1, RosterOutcome.Full, _now, _outputs);
        Assert.DoesNotContain(_outputs, output => output is MemberOutput.Reply);

        RunStorage(member);
        Confirm(member);

        Assert.Equal(MemberOutcome.RoomFull, Reply(1));
        Assert.Empty(member.Rooms);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a name that is longer than the bound")]
    public void A_room_name_out_of_bounds_is_refused(string room)
    {
        Member(new MemberOptions { MaxRoomNameBytes = 20 }).Join(1, room, _now, _outputs);

        Assert.Equal(MemberOutcome.InvalidName, Reply(1));
    }

    [Fact]
    public void A_room_name_that_is_no_text_is_refused()
    {
        Member().Leave(1, "a\udc00", _now, _outputs);

        Assert.Equal(MemberOutcome.InvalidName, Reply(1));
    }

    [Fact]
    public void Rooms_and_waiting_requests_are_bounded()
    {
        var member = Member(new MemberOptions { MaxRoomsPerMember = 2, MaxPending = 3 });
        for (var i = 1; i <= 4; i++)
        {
            member.Join(i, $"room{i}", _now, _outputs);
        }

        Assert.Equal(MemberOutcome.Unavailable, Reply(4));
        RunStorage(member);
        Assert.Equal(MemberOutcome.TooManyRooms, Reply(3));
        Assert.Equal(2, Stored().Rooms.Count);
    }

    [Fact]
    public void A_roster_that_does_not_answer_is_told_again_and_the_request_ends_in_time()
    {
        var member = Member();
        member.Join(1, "lobby", _now, _outputs);
        RunStorage(member);
        for (var i = 0; i < 10; i++)
        {
            _now += TimeSpan.FromSeconds(2);
            member.Advance(_now, _outputs);
        }

        Assert.Equal(MemberOutcome.Unavailable, Reply(1));
        Assert.InRange(_outputs.OfType<MemberOutput.Announcement>().Count(), 3, 11);
        Assert.Equal(0, member.Pending);
    }

    [Fact]
    public void A_member_that_nobody_touched_for_its_lifetime_leaves_its_rooms_and_is_removed()
    {
        var member = Member(new MemberOptions { Lifetime = TimeSpan.FromDays(10) });
        Finish(member, 1, "lobby");
        _now += TimeSpan.FromDays(6);
        member.Touch(_now, _outputs);
        RunStorage(member);
        _now += TimeSpan.FromDays(6);
        member.Advance(_now, _outputs);
        RunStorage(member);
        Assert.Equal(["lobby"], member.Rooms);

        _now += TimeSpan.FromDays(6);
        member.Advance(_now, _outputs);
        RunStorage(member);
        Assert.False(_outputs.OfType<MemberOutput.Announcement>().Last().Change.Present);
        Confirm(member);
        RunStorage(member);

        Assert.Null(_store.Read(StateKey.Member("/", "zoë")));
    }

    [Fact]
    public void A_join_that_changes_nothing_begins_a_new_lifetime()
    {
        var member = Member(new MemberOptions { Lifetime = TimeSpan.FromDays(10) });
        Finish(member, 1, "lobby");
        Finish(member, 2, "hall");
        _now += TimeSpan.FromDays(11);
        member.Join(3, "lobby", _now, _outputs);
        RunStorage(member);
        member.Advance(_now, _outputs);
        RunStorage(member);

        Assert.Equal(MemberOutcome.Done, Reply(3));
        Assert.Equal(["hall", "lobby"], member.Rooms.Order());
    }

    [Fact]
    public void One_that_was_replaced_takes_back_its_own_join_and_not_the_one_after_it()
    {
        var replaced = Member();
        replaced.Join(1, "lobby", _now, _outputs);
        RunStorage(replaced);
        _outputs.Clear();
        var next = Member();
        Finish(next, 2, "lobby");

        replaced.OnRoster("lobby", 1, RosterOutcome.Full, _now, _outputs);
        RunStorage(replaced);

        Assert.True(Stored().Rooms["lobby"].Joined);
    }

    [Fact]
    public void An_entry_newer_than_what_is_known_is_answered_from_storage()
    {
        var stale = Member();
        stale.Start(_now, _outputs);
        RunStorage(stale);
        Finish(Member(), 1, "lobby");
        _outputs.Clear();

        stale.Ask(7, "lobby", 1, _now, _outputs);
        RunStorage(stale);

        Assert.True(Assert.Single(_outputs.OfType<MemberOutput.Membership>()).Joined);
    }

    [Fact]
    public void Bytes_that_cannot_be_read_are_never_written_over()
    {
        _store.Write(StateKey.Member("/", "zoë"), [(byte)'M', 77]);
        var member = Member();
        member.Join(1, "lobby", _now, _outputs);
        RunStorage(member);

        member.Ask(2, "lobby", 1, _now, _outputs);
        RunStorage(member);

        Assert.Equal(MemberOutcome.Unavailable, Reply(1));
        Assert.Null(Assert.Single(_outputs.OfType<MemberOutput.Membership>()).Joined);
        Assert.Equal([(byte)'M', 77], _store.Read(StateKey.Member("/", "zoë"))!);
        Assert.All(_outputs.OfType<MemberOutput.Unreadable>(), unreadable => Assert.Equal(StateKey.Member("/", "zoë"), unreadable.State.Key));
        Assert.Equal(2, _outputs.OfType<MemberOutput.Unreadable>().Count());
        Assert.False(member.IsBusy);
    }

    private static MemberMachine Member(MemberOptions? options = null) => new("/", "zoë", options ?? new MemberOptions());

    private MemberState Stored() => MemberState.Read(_store.Read(StateKey.Member("/", "zoë")));

    private MemberOutcome Reply(long request) => Assert.Single(_outputs.OfType<MemberOutput.Reply>(), reply => reply.Request == request).Outcome;

    private void Finish(MemberMachine member, long request, string room)
    {
        member.Join(request, room, _now, _outputs);
        RunStorage(member);
        Confirm(member);
        Assert.Equal(MemberOutcome.Done, Reply(request));
    }

    private void Confirm(MemberMachine member)
    {
        foreach (var told in _outputs.OfType<MemberOutput.Announcement>().ToArray())
        {
            member.OnRoster(told.Room, told.Change.Version, RosterOutcome.Done, _now, _outputs);
        }
    }

    private void RunStorage(MemberMachine member)
    {
        while (_outputs.Exists(output => output is MemberOutput.Storage))
        {
            Answer(member, request => _store.Apply(request));
        }
    }

    private void Answer(MemberMachine member, Func<StorageRequest, StorageResult> answer)
    {
        var storage = _outputs.OfType<MemberOutput.Storage>().First();
        _outputs.Remove(storage);
        member.OnStorage(answer(storage.Request), _now, _outputs);
    }
}
