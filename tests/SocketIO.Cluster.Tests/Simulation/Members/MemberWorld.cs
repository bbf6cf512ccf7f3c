using System.Globalization;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// Members and rosters over a store and a network where anything goes wrong that a seed can make: operations that throw, time out and take effect
/// later, messages lost, repeated and reordered, hosts that die at any step, hosts that live on after they were replaced, and clocks of which
/// no two agree.
/// </summary>
internal sealed class MemberWorld
{
    private const string Namespace = "/";

    private static readonly MemberOptions MemberOptions = new()
    {
        MaxPending = 64,
        RequestTimeout = TimeSpan.FromSeconds(20),
        AnswerTimeout = TimeSpan.FromSeconds(2),
        RetryDelay = TimeSpan.FromMilliseconds(500),
    };

    private readonly Random _random;
    private readonly MemberFault _fault;
    private readonly SimulatedStore _store = new();
    private readonly Disorder _events;
    private readonly List<Action> _late = [];
    private readonly string[] _members;
    private readonly string[] _rooms;
    private readonly RosterOptions _rosterOptions;
    private int _joinPercent = 80;
    private readonly Dictionary<string, List<MemberHost>> _memberHosts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<RosterHost>> _rosterHosts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Member, string Room), Pair> _pairs = [];
    private readonly Dictionary<long, (Pair Pair, bool Joins)> _requests = [];
    private readonly Dictionary<long, HashSet<string>> _listings = [];
    private TimeSpan _now = TimeSpan.FromDays(1);
    private long _lastRequest;
    private bool _calm;

    public MemberWorld(int seed, MemberFault fault)
    {
        _random = new Random(seed);
        _events = new Disorder(_random);
        _fault = fault;
        _store.IgnoresETags = fault == MemberFault.StoreIgnoresETags;
        _members = [.. Enumerable.Range(0, _random.Next(2, 9)).Select(i => "user:" + i.ToString(CultureInfo.InvariantCulture))];
        _rooms = _random.Next(3) == 0 ? ["lobby", "hall"] : ["lobby"];
        var maxShardEntries = _random.Next(2, 5);
        _rosterOptions = new RosterOptions
        {
            JournalEntries = _random.Next(1, 4),
            MaxShardEntries = maxShardEntries,
            MergeEntries = _random.Next(1, maxShardEntries + 1),
            MaxAttempts = _random.Next(3, 7),
            MaxLoadedShards = _random.Next(4, 24),
            MaxPending = 8,
            MaxMembersPerRoom = _random.Next(5) == 0 ? 3 : 1000,
            RetryDelay = TimeSpan.FromMilliseconds(500),
        };
        foreach (var member in _members)
        {
            foreach (var room in _rooms)
            {
                _pairs.Add((member, room), new Pair(member, room));
            }
        }
    }

    /// <exception cref="BrokenPromiseException">An acknowledgement did not hold, or a bound.</exception>
    public void Run()
    {
        var pairs = _pairs.Values.ToArray();
        for (var steps = _random.Next(60, 400); steps > 0; steps--)
        {
            if (_random.Next(30) == 0)
            {
                // Rooms fill and empty.
                _joinPercent = _random.Next(10, 90);
            }

            switch (_random.Next(20))
            {
                case < 5:
                    Request(pairs[_random.Next(pairs.Length)]);
                    break;
                case 5 when _random.Next(4) == 0:
                    Kill();
                    break;
                case 6 when _random.Next(3) == 0:
                    List(_rooms[_random.Next(_rooms.Length)], 0, ++_lastRequest);
                    break;
                case 7:
                    Tick(TimeSpan.FromMilliseconds(_random.Next(3000)));
                    break;
                default:
                    _events.Step();
                    break;
            }

            if (_random.Next(8) == 0)
            {
                CheckMeanwhile(_rooms[_random.Next(_rooms.Length)]);
            }
        }

        _calm = true;
        Settle();
        _events.ResumeAll();
        Settle();
        ReplaceAll();
        var repairs = _random.Next(4) == 0;
        foreach (var member in _members)
        {
            var host = MemberOf(member);
            if (repairs)
            {
                host.Do(static (machine, now, outputs) => machine.Repair(now, outputs));
            }
        }

        Settle();
        _late.ForEach(_events.Add);
        Settle();
        foreach (var room in _rooms)
        {
            Audit(room, 0);
        }

        Settle();
        Check();
    }

    private void Request(Pair pair)
    {
        if (pair.Busy)
        {
            return;
        }

        pair.Busy = true;
        var joins = _random.Next(100) < _joinPercent;
        var request = ++_lastRequest;
        _requests.Add(request, (pair, joins));
        var host = MemberOf(pair.Member);
        host.Requests.Add(request);
        host.Do((machine, now, outputs) =>
        {
            if (joins)
            {
                machine.Join(request, pair.Room, now, outputs);
            }
            else
            {
                machine.Leave(request, pair.Room, now, outputs);
            }
        });
    }

    private void Tick(TimeSpan by)
    {
        _now += by;
        foreach (var host in _memberHosts.Values.SelectMany(hosts => hosts).ToArray())
        {
            host.Advance();
        }

        foreach (var host in _rosterHosts.Values.SelectMany(hosts => hosts).ToArray())
        {
            host.Advance();
        }
    }

    /// <summary>Until nothing is under way and nobody waits for anything.</summary>
    private void Settle()
    {
        for (var round = 0; round < 60; round++)
        {
            for (var steps = 0; !_events.IsEmpty; steps++)
            {
                if (steps > 20_000)
                {
                    throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, "The members and rosters never come to rest.");
                }

                _events.Step();
            }

            if (round > 2 && _pairs.Values.All(pair => !pair.Busy) && _memberHosts.Values.SelectMany(hosts => hosts).All(host => host.IsAtRest))
            {
                return;
            }

            Tick(TimeSpan.FromSeconds(3));
        }

        throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, "A request is never answered, or a repair never ends.");
    }

    /// <summary>A process dies, or is replaced while it lives on.</summary>
    private void Kill()
    {
        if (_random.Next(2) == 0)
        {
            Replace(_memberHosts.GetValueOrDefault(_members[_random.Next(_members.Length)], []));
        }
        else
        {
            Replace(_rosterHosts.GetValueOrDefault(_rooms[_random.Next(_rooms.Length)], []));
        }
    }

    private void Replace<THost>(List<THost> hosts)
        where THost : SimulatedProcess
    {
        if (hosts.Count == 0)
        {
            return;
        }

        var host = hosts[_random.Next(hosts.Count)];
        if (hosts.Count < 2 && _random.Next(3) == 0)
        {
            host.IsReplaced = true;
            return;
        }

        hosts.Remove(host);
        Die(host);
    }

    private void Die(SimulatedProcess host)
    {
        host.IsAlive = false;
        foreach (var request in host is MemberHost member ? member.Requests : [])
        {
            if (_requests.Remove(request, out var waiting))
            {
                waiting.Pair.Unknown(waiting.Joins);
            }
        }
    }

    private void ReplaceAll()
    {
        foreach (var hosts in _memberHosts.Values)
        {
            hosts.ForEach(Die);
        }

        foreach (var hosts in _rosterHosts.Values)
        {
            hosts.ForEach(Die);
        }

        _memberHosts.Clear();
        _rosterHosts.Clear();
    }

    private MemberHost MemberOf(string member) => HostOf(_memberHosts, member, () =>
    {
        var started = new MemberHost(this, new MemberMachine(Namespace, member, MemberOptions));
        if (_fault != MemberFault.StartForgotten)
        {
            started.Do(static (machine, now, outputs) => machine.Start(now, outputs));
        }

        return started;
    });

    private RosterHost RosterOf(string room) => HostOf(_rosterHosts, room, () => new RosterHost(this, room, new RosterMachine(Namespace, room, _rosterOptions)));

    private THost HostOf<THost>(Dictionary<string, List<THost>> all, string name, Func<THost> start)
        where THost : SimulatedProcess
    {
        if (!all.TryGetValue(name, out var hosts))
        {
            all.Add(name, hosts = []);
        }

        // Sometimes a message still reaches the one that was replaced.
        var current = hosts.Find(host => !host.IsReplaced);
        if (hosts.Count > 0 && (current is null || hosts.Count > 1) && !_calm && _random.Next(3) == 0)
        {
            return hosts[_random.Next(hosts.Count)];
        }

        if (current is null)
        {
            hosts.Add(current = start());
        }

        return current;
    }

    private SimulatedClock Clock() => new(TimeSpan.FromSeconds(_random.Next(-3600, 3600)), _random.Next(80, 126));

    private void Operate(StorageRequest request, Action<StorageResult> answer) =>
        _events.Operate(request, _calm ? 0 : 21, Apply, result => answer(Told(result)));

    private StorageResult Apply(StorageRequest request)
    {
        var isLost = request.Operation == StorageOperation.Store && _fault switch
        {
            MemberFault.ChildOfASplitLost => request.ETag is null && request.Key.EndsWith("/2", StringComparison.Ordinal),
            MemberFault.BodyLost => request.Key.Contains('!', StringComparison.Ordinal),
            _ => false,
        };
        return isLost ? new StorageResult(request.Id, StorageOutcome.Done, default, "lost") : _store.Apply(request);
    }

    /// <summary>What a faulty host makes of an answer of the storage.</summary>
    private StorageResult Told(StorageResult result)
    {
        return (_fault, result.Outcome) switch
        {
            (MemberFault.UnknownTakenForDone, StorageOutcome.Unknown) or (MemberFault.ConflictTakenForDone, StorageOutcome.Conflict) => result with { Outcome = StorageOutcome.Done },
            _ => result,
        };
    }

    private void Deliver(MemberHost from, MemberOutput.Announcement announcement)
    {
        var (room, change) = (announcement.Room, announcement.Change);
        if (_fault == MemberFault.ConfirmedWithoutTelling && _random.Next(4) == 0)
        {
            _events.Add(() => from.Do((machine, now, outputs) => machine.OnRoster(room, change.Version, RosterOutcome.Done, now, outputs)));
            return;
        }

        if (_fault == MemberFault.LeaveTurnedIntoNothing && !change.Present)
        {
            change = change with { Version = 0 };
        }

        var pair = _pairs[(change.Member, room)];
        var copies = _calm ? 1 : _random.Next(12) switch { 0 => 0, 1 => 2, _ => 1 };
        if (change.Present && (!pair.JoinsTold.Add(change.Version) || copies > 1))
        {
            pair.MayReturn = true;
        }

        for (; copies > 0; copies--)
        {
            Action<Action> add = copies == 2 ? _late.Add : _events.Add;
            add(() =>
            {
                if (_fault == MemberFault.VersionsOfChangesLost)
                {
                    change = change with { Version = 1_000_000 + (ulong)_lastRequest++ };
                }

                var roster = RosterOf(room);
                var request = ++_lastRequest;
                roster.Answers.Add(request, outcome => _events.Add(() =>
                    from.Do((machine, now, outputs) => machine.OnRoster(room, announcement.Change.Version, outcome, now, outputs))));
                roster.Do((machine, now, outputs) => machine.Change(request, change, now, outputs));
            });
        }
    }

    private void Ask(RosterHost from, RosterOutput.Question question)
    {
        _events.Add(() =>
        {
            var host = MemberOf(question.Member);
            var request = ++_lastRequest;
            host.Answers.Add(request, answer => _events.Add(() =>
            {
                var joined = _fault switch
                {
                    MemberFault.AuditAnswersAlwaysYes => true,
                    MemberFault.AuditAnswersAlwaysNo => false,
                    _ => answer,
                };
                from.Do((machine, now, outputs) => machine.OnMembership(question.Member, question.Version, joined, now, outputs));
            }));
            host.Do((machine, now, outputs) => machine.Ask(request, from.Room, question.Version, now, outputs));
        });
    }

    private void Answered(long request, MemberOutcome outcome)
    {
        if (!_requests.Remove(request, out var waiting))
        {
            return;
        }

        var (pair, joins) = waiting;
        switch (outcome)
        {
            case MemberOutcome.Done:
                pair.Acknowledged(joins);
                if (!pair.IsAmbiguous)
                {
                    CheckDurable(pair, joins);
                }

                break;
            case MemberOutcome.Unavailable:
                pair.Unknown(joins);
                break;
            default:
                pair.Acknowledged(joined: false);
                break;
        }
    }

    private void CheckDurable(Pair pair, bool joined)
    {
        var state = Stored(pair.Member);
        var stored = state?.Rooms.GetValueOrDefault(pair.Room) is { Joined: true };
        if (stored != joined)
        {
            throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{pair}: acknowledged as {(joined ? "joined" : "left")}, and its state says otherwise at that moment.");
        }

        if (joined && !_store.Roster(Namespace, pair.Room).Contains(pair.Member))
        {
            throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{pair}: acknowledged as joined, and the stored roster does not hold it at that moment.");
        }

        if (!joined && !pair.MayReturn && _store.Roster(Namespace, pair.Room).Contains(pair.Member))
        {
            throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{pair}: acknowledged as left, and the stored roster holds it at that moment.");
        }
    }

    /// <summary>At any moment: nobody twice in the stored shards, and nobody missing whose join was acknowledged.</summary>
    private void CheckMeanwhile(string room)
    {
        var stored = _store.Roster(Namespace, room);
        if (stored.Count != stored.Distinct().Count())
        {
            throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{room}: a member is in two shards.");
        }

        foreach (var pair in _pairs.Values)
        {
            if (pair.Room == room && pair.IsSteadilyJoined && !stored.Contains(pair.Member))
            {
                throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{pair}: acknowledged as joined, and lost from the stored roster later.");
            }
        }
    }

    private MemberState? Stored(string member)
    {
        return _store.Read(StateKey.Member(Namespace, member)) is { } bytes ? MemberState.Read(bytes) : null;
    }

    private void List(string room, ulong cursor, long listing)
    {
        var host = RosterOf(room);
        _listings.TryAdd(listing, new HashSet<string>(StringComparer.Ordinal));
        var request = ++_lastRequest;
        host.Pages.Add(request, page =>
        {
            foreach (var member in page.Members)
            {
                if (!_listings[listing].Add(member.Member))
                {
                    throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{member.Member} is twice in a listing of {room}.");
                }
            }

            if (page.Complete && page.Next is { } next)
            {
                _events.Add(() => List(room, next, listing));
            }
        });
        host.Do((machine, now, outputs) => machine.List(request, cursor, 2, now, outputs));
    }

    private void Audit(string room, ulong cursor)
    {
        var host = RosterOf(room);
        var request = ++_lastRequest;
        host.Pages.Add(request, page =>
        {
            if (page.Next is { } next)
            {
                _events.Add(() => Audit(room, next));
            }
        });
        host.Do((machine, now, outputs) => machine.Audit(request, cursor, 3, now, outputs));
    }

    private void Check()
    {
        foreach (var room in _rooms)
        {
            var listing = ++_lastRequest;
            List(room, 0, listing);
            Settle();
            var listed = _listings[listing];
            var stored = _store.Roster(Namespace, room);
            if (stored.Count != stored.Distinct().Count() || !listed.SetEquals(stored))
            {
                throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{room}: the listing and the stored shards differ, or a shard doubles a member.");
            }

            foreach (var member in _members)
            {
                var pair = _pairs[(member, room)];
                var joined = Stored(member)?.Rooms.GetValueOrDefault(room) is { Joined: true };
                if (!pair.Allows(joined))
                {
                    throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{pair}: the member's state says {(joined ? "joined" : "not joined")}, against what was acknowledged.");
                }

                if (joined != listed.Contains(member))
                {
                    throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"{pair}: after repair the roster says {(joined ? "not joined" : "joined")}, against the member.");
                }
            }
        }
    }

    private sealed class MemberHost(MemberWorld world, MemberMachine machine) : SimulatedHost<MemberMachine, MemberOutput>(machine)
    {
        private readonly SimulatedClock _clock = world.Clock();

        public override TimeSpan Now => _clock.At(world._now);

        public bool IsAtRest => !Machine.IsRepairing && Machine.Pending == 0;

        public List<long> Requests { get; } = [];

        public Dictionary<long, Action<bool>> Answers { get; } = [];

        protected override void CheckBounds() =>
            BrokenPromiseException.Require(Machine.Pending <= MemberOptions.MaxPending, Promise.Bounded, "more requests of a member wait than the bound.");

        protected override void Do(MemberOutput output)
        {
            switch (output)
            {
                case MemberOutput.Storage storage:
                    if (world._fault == MemberFault.MemberAcknowledgedBeforeItsWrite && storage.Request.Operation == StorageOperation.Store)
                    {
                        AcknowledgeAll();
                    }

                    world.Operate(storage.Request, OnStorage);
                    break;
                case MemberOutput.Announcement announcement:
                    if (world._fault == MemberFault.MemberAcknowledgedBeforeTheRoster)
                    {
                        AcknowledgeAll();
                    }

                    world.Deliver(this, announcement);
                    break;
                case MemberOutput.Reply reply:
                    world.Answered(reply.Request, reply.Outcome);
                    break;
                case MemberOutput.Membership { Joined: { } joined } membership:
                    Answers[membership.Request](joined);
                    break;
            }
        }

        private void AcknowledgeAll()
        {
            foreach (var request in Requests)
            {
                world.Answered(request, MemberOutcome.Done);
            }
        }
    }

    private sealed class RosterHost(MemberWorld world, string room, RosterMachine machine) : SimulatedHost<RosterMachine, RosterOutput>(machine)
    {
        private readonly SimulatedClock _clock = world.Clock();

        public override TimeSpan Now => _clock.At(world._now);

        public string Room { get; } = room;

        public Dictionary<long, Action<RosterOutcome>> Answers { get; } = [];

        public Dictionary<long, Action<RosterOutput.Page>> Pages { get; } = [];

        protected override void CheckBounds()
        {
            // The root, and shards that wait for the storage, are beyond the bound of those that are merely kept.
            var shards = world._rosterOptions.MaxLoadedShards + world._rosterOptions.MaxPending + 1;
            BrokenPromiseException.Require(Machine.Pending <= world._rosterOptions.MaxPending, Promise.Bounded, "more requests of a roster wait than the bound.");
            BrokenPromiseException.Require(Machine.LoadedShards <= shards, Promise.Bounded, "more shards are loaded than the bound.");
        }

        protected override void Do(RosterOutput output)
        {
            switch (output)
            {
                case RosterOutput.Storage storage:
                    world.Operate(storage.Request, OnStorage);
                    if (world._fault == MemberFault.BodyRemovedBeforeTheHead && storage.Request.Operation == StorageOperation.Store && storage.Request.Key.Contains('!', StringComparison.Ordinal))
                    {
                        RemoveOlderBodies(storage.Request.Key);
                    }

                    break;
                case RosterOutput.Reply reply:
                    Answers[reply.Request](reply.Outcome);
                    break;
                case RosterOutput.Page page:
                    Pages[page.Request](page);
                    break;
                case RosterOutput.Question question:
                    world.Ask(this, question);
                    break;
            }
        }

        private void RemoveOlderBodies(string key)
        {
            var at = key.LastIndexOf('!') + 1;
            for (var version = 1; version < int.Parse(key.AsSpan(at), CultureInfo.InvariantCulture); version++)
            {
                world._store.Apply(new StorageRequest(0, StorageOperation.Clear, string.Create(CultureInfo.InvariantCulture, $"{key.AsSpan(0, at)}{version}"), null, default));
            }
        }
    }

    /// <summary>A member and a room, one request at a time, and what may be true of them.</summary>
    private sealed class Pair(string member, string room)
    {
        private readonly HashSet<bool> _unknown = [];
        private bool _joined;

        public string Member { get; } = member;

        public string Room { get; } = room;

        public bool Busy { get; set; }

        /// <summary>The versions of joins that the roster was told.</summary>
        public HashSet<ulong> JoinsTold { get; } = [];

        /// <summary>A join was told twice: the second may arrive after a leave, and stays until an audit.</summary>
        public bool MayReturn { get; set; }

        public bool IsSteadilyJoined => _joined && !Busy && !IsAmbiguous;

        public bool IsAmbiguous => _unknown.Count > 0;

        public void Acknowledged(bool joined)
        {
            Busy = false;
            _joined = joined;
        }

        public void Unknown(bool joined)
        {
            Busy = false;
            _unknown.Add(joined);
        }

        public bool Allows(bool joined) => joined == _joined || _unknown.Contains(joined);

        public override string ToString() => $"{Member} in {Room}";
    }
}
