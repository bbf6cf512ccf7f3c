using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace SocketIO.Cluster.Tests;

/// <summary>A roster of a million members is built here: nobody else measures memory meanwhile.</summary>
[CollectionDefinition("Large rosters", DisableParallelization = true)]
public class LargeRosters;

[Collection("Large rosters")]
public class RosterMachineTests(ITestOutputHelper output)
{
    private readonly SimulatedStore _store = new();
    private long _lastRequest;

    /// <summary>Time is printed and not asserted; a machine that was just started reads the way down to the shard as well.</summary>
    [Fact]
    public void A_join_costs_the_same_whatever_the_size_of_the_room()
    {
        var small = JoinCost(10);
        var middle = JoinCost(10_000);
        var large = JoinCost(1_000_000);

        output.WriteLine($"per join, bytes written: {small.Written:F0}, {middle.Written:F0}, {large.Written:F0}; bytes loaded: {small.Loaded:F0}, {middle.Loaded:F0}, {large.Loaded:F0}; "
            + $"operations: {small.Operations:F2}, {middle.Operations:F2}, {large.Operations:F2}; µs: {small.Time:F1}, {middle.Time:F1}, {large.Time:F1}");
        Assert.InRange(middle.Written, small.Written / 1.5, small.Written * 1.5);
        Assert.InRange(large.Written, small.Written / 1.5, small.Written * 1.5);
        Assert.InRange(middle.Loaded, 0, small.Loaded * 1.5);
        Assert.InRange(large.Loaded, 0, small.Loaded * 1.5);
        Assert.InRange(large.Operations, 0, small.Operations * 1.5);
    }

    [Fact]
    public void A_listing_shows_everybody_once_in_pages()
    {
        var roster = Roster(new RosterOptions());
        Join(roster, 0, 5000);

        var listed = List(roster, 100);

        Assert.Equal(5000, listed.Count);
        Assert.Equal(5000, listed.Distinct().Count());
    }

    [Fact]
    public void Who_stays_is_listed_once_while_the_room_changes()
    {
        var roster = Roster(new RosterOptions { JournalEntries = 4, MaxShardEntries = 8 });
        Join(roster, 0, 100);
        List<string> listed = [];
        ulong? cursor = 0;
        for (var round = 0; cursor is { } from; round++)
        {
            var page = Page(roster, from, 7);
            listed.AddRange(page.Members.Select(member => member.Member));
            cursor = page.Next;
            Join(roster, 1000 + (round * 20), 20);
            Change(roster, $"user:{1000 + (round * 20)}", 2, present: false);
        }

        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.All(Enumerable.Range(0, 100), i => Assert.Contains($"user:{i}", listed));
    }

    [Fact]
    public void A_room_that_grew_and_emptied_is_one_shard_again_and_listed_at_once()
    {
        var roster = Roster(new RosterOptions { JournalEntries = 4, MaxShardEntries = 8, MergeEntries = 4 });
        Join(roster, 0, 1000);
        for (var i = 0; i < 999; i++)
        {
            Assert.Equal(RosterOutcome.Done, Change(roster, $"user:{i}", 2, present: false));
        }

        var page = Page(roster, 0, 10);
        Assert.Equal("user:999", Assert.Single(page.Members).Member);
        Assert.Null(page.Next);
        Assert.False(RosterHead.Read(_store.Read(StateKey.Roster("/", "lobby"))).IsBranch);
        Assert.Equal(1, roster.LoadedShards);

        // Splitting again takes the places that were used before.
        var keys = _store.Count;
        Join(roster, 5000, 1000);
        Assert.InRange(_store.Count, 0, keys * 3);
        Assert.Equal(1001, List(roster, 1000).Count);
    }

    [Fact]
    public void A_listing_puts_together_what_others_left_scattered()
    {
        var options = new RosterOptions { JournalEntries = 4, MaxShardEntries = 8, MergeEntries = 4, MaxShardsPerPage = 1000 };
        var roster = Roster(options);
        Join(roster, 0, 300);
        for (var i = 0; i < 300; i++)
        {
            // Each leaves through a machine of its own, which dies before it merges anything.
            List<RosterOutput> outputs = [];
            var member = Roster(options);
            member.Change(i, new RosterChange($"user:{i}", 2, false, false), default, outputs);
            for (var at = 0; !outputs.OfType<RosterOutput.Reply>().Any(); at++)
            {
                if (outputs[at] is RosterOutput.Storage storage)
                {
                    member.OnStorage(_store.Apply(storage.Request), default, outputs);
                }
            }
        }

        Assert.True(RosterHead.Read(_store.Read(StateKey.Roster("/", "lobby"))).IsBranch);
        Assert.Empty(List(Roster(options), 1000));
        Assert.Empty(List(Roster(options), 1000));
        Assert.False(RosterHead.Read(_store.Read(StateKey.Roster("/", "lobby"))).IsBranch);
    }

    [Fact]
    public void A_full_room_takes_its_members_and_nobody_else()
    {
        var roster = Roster(new RosterOptions { MaxMembersPerRoom = 50 });
        Join(roster, 0, 50);

        Assert.Equal(RosterOutcome.Full, Change(roster, "user:50", 1, present: true));
        Assert.Equal(RosterOutcome.Done, Change(roster, "user:7", 2, present: true));
        Assert.Equal(RosterOutcome.Done, Change(roster, "user:7", 3, present: false));
        Assert.Equal(RosterOutcome.Done, Change(roster, "user:50", 1, present: true));
        Assert.Equal(RosterOutcome.Full, Change(roster, "user:51", 1, present: true));
    }

    [Fact]
    public void A_join_that_may_have_been_acknowledged_is_taken_even_when_the_room_is_full()
    {
        var roster = Roster(new RosterOptions { MaxMembersPerRoom = 1 });
        Join(roster, 0, 1);

        Assert.Equal(RosterOutcome.Done, Change(roster, "user:9", 1, present: true, enforce: false));
        Assert.Equal(2, List(roster, 10).Count);
    }

    [Fact]
    public void A_join_that_arrives_after_the_leave_changes_nothing()
    {
        var roster = Roster(new RosterOptions());
        Change(roster, "zoë", 1, present: true);
        Change(roster, "zoë", 2, present: false);

        Assert.Equal(RosterOutcome.Done, Change(roster, "zoë", 1, present: true));
        Assert.Empty(List(roster, 10));
    }

    [Fact]
    public void Long_ids_split_a_shard_by_its_bytes()
    {
        var roster = Roster(new RosterOptions());
        for (var i = 0; i < 200; i++)
        {
            Change(roster, new string('x', 400) + i.ToString(CultureInfo.InvariantCulture), 1, present: true);
        }

        Assert.True(RosterHead.Read(_store.Read(StateKey.Roster("/", "lobby"))!).IsBranch);
        Assert.Equal(200, List(roster, 1000).Count);
    }

    [Fact]
    public void Only_so_many_shards_stay_in_memory()
    {
        var roster = Roster(new RosterOptions { JournalEntries = 4, MaxShardEntries = 8, MaxLoadedShards = 32 });
        Join(roster, 0, 3000);

        Assert.InRange(roster.LoadedShards, 1, 33);
        Assert.Equal(3000, List(roster, 1000).Count);
    }

    [Fact]
    public void More_than_the_bound_of_waiting_changes_is_refused_at_once()
    {
        var roster = Roster(new RosterOptions { MaxPending = 10 });
        List<RosterOutput> outputs = [];
        for (var i = 0; i < 15; i++)
        {
            roster.Change(i, new RosterChange($"user:{i}", 1, true, true), default, outputs);
        }

        Assert.Equal(10, roster.Pending);
        Assert.Equal(5, outputs.OfType<RosterOutput.Reply>().Count(reply => reply.Outcome == RosterOutcome.Unavailable));
    }

    [Fact]
    public void Bytes_that_cannot_be_read_are_never_written_over()
    {
        _store.Write(StateKey.Roster("/", "lobby"), [(byte)'H', 99, 1]);
        var roster = Roster(new RosterOptions());

        Assert.Equal(RosterOutcome.Unavailable, Change(roster, "user:1", 1, present: true));
        Assert.Equal([(byte)'H', 99, 1], _store.Read(StateKey.Roster("/", "lobby"))!);
    }

    [Fact]
    public void Storage_that_stays_away_is_answered_and_leaves_nothing_behind()
    {
        var roster = Roster(new RosterOptions());
        List<RosterOutput> outputs = [];
        roster.Change(1, new RosterChange("user:1", 1, true, true), default, outputs);
        var now = TimeSpan.Zero;
        for (var i = 0; i < 20; i++)
        {
            foreach (var request in outputs.OfType<RosterOutput.Storage>().ToArray())
            {
                outputs.Remove(request);
                roster.OnStorage(new StorageResult(request.Request.Id, StorageOutcome.Unknown), now, outputs);
            }

            now += TimeSpan.FromSeconds(1);
            roster.Advance(now, outputs);
        }

        Assert.Equal(RosterOutcome.Unavailable, Assert.IsType<RosterOutput.Reply>(Assert.Single(outputs)).Outcome);
        Assert.Equal(0, roster.Pending);
    }

    private static RosterMachine Roster(RosterOptions options) => new("/", "lobby", options);

    /// <summary>What a join costs, on average over many on a machine that knows the room, and what it loads on one that was just started.</summary>
    private static (double Written, double Loaded, double Operations, double Time) JoinCost(int size)
    {
        const int Joins = 2000;
        var store = new SimulatedStore();
        var builder = Roster(new RosterOptions { MaxPending = int.MaxValue, MaxLoadedShards = int.MaxValue });
        List<RosterOutput> outputs = [];
        for (var i = 0; i < size; i++)
        {
            builder.Change(i, new RosterChange($"user:{i:D7}", 1, true, true), default, outputs);
        }

        Run(builder, store, outputs);
        Assert.Equal(size, outputs.OfType<RosterOutput.Reply>().Count(reply => reply.Outcome == RosterOutcome.Done));

        // The room keeps its size: each join is followed by a leave.
        var known = Roster(new RosterOptions());
        for (var i = 0; i < Math.Min(size, 40_000); i++)
        {
            outputs.Clear();
            known.Change(i, new RosterChange($"user:{2_000_000 + i:D7}", 1, i % 2 == 0, true), default, outputs);
            Run(known, store, outputs);
        }

        var (written, operations) = (store.BytesWritten, store.Operations);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Joins; i++)
        {
            outputs.Clear();
            known.Change(i, new RosterChange($"user:{1_000_000 + ((i / 2) * 7919 % 8_000_000):D7}", (ulong)i + 2, i % 2 == 0, true), default, outputs);
            Run(known, store, outputs);
        }

        var time = clock.Elapsed.TotalMicroseconds / Joins;
        var result = (Written: (double)(store.BytesWritten - written) / Joins, Operations: (double)(store.Operations - operations) / Joins);
        var loaded = store.BytesLoaded;
        for (var i = 0; i < Joins; i++)
        {
            var started = Roster(new RosterOptions());
            outputs.Clear();
            started.Change(i, new RosterChange($"user:{1_000_000 + ((i / 2) * 6421 % 8_000_000):D7}", (ulong)i + 5000, i % 2 == 0, true), default, outputs);
            Run(started, store, outputs);
        }

        return (result.Written, (double)(store.BytesLoaded - loaded) / Joins, result.Operations, time);
    }

    private static void Run(RosterMachine roster, SimulatedStore store, List<RosterOutput> outputs)
    {
        for (var at = 0; at < outputs.Count; at++)
        {
            if (outputs[at] is RosterOutput.Storage storage)
            {
                roster.OnStorage(store.Apply(storage.Request), default, outputs);
            }
        }
    }

    private void Join(RosterMachine roster, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            Assert.Equal(RosterOutcome.Done, Change(roster, $"user:{i}", 1, present: true));
        }
    }

    private RosterOutcome Change(RosterMachine roster, string member, ulong version, bool present, bool enforce = true)
    {
        List<RosterOutput> outputs = [];
        roster.Change(++_lastRequest, new RosterChange(member, version, present, enforce), default, outputs);
        Run(roster, _store, outputs);
        return Assert.Single(outputs.OfType<RosterOutput.Reply>()).Outcome;
    }

    private RosterOutput.Page Page(RosterMachine roster, ulong cursor, int size)
    {
        List<RosterOutput> outputs = [];
        roster.List(++_lastRequest, cursor, size, default, outputs);
        Run(roster, _store, outputs);
        return Assert.Single(outputs.OfType<RosterOutput.Page>());
    }

    private List<string> List(RosterMachine roster, int size)
    {
        List<string> members = [];
        for (ulong? cursor = 0; cursor is { } from;)
        {
            var page = Page(roster, from, size);
            Assert.True(page.Members.Count <= size);
            members.AddRange(page.Members.Select(member => member.Member));
            cursor = page.Next;
        }

        return members;
    }
}
