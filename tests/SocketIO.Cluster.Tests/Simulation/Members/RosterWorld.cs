using System.Globalization;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// One roster that fills and empties in turn, so that its shards split and merge all the time, under up to three machines that know nothing of each other,
/// over a storage whose operations fail, time out, and take effect late. What a machine has acknowledged is stored at that moment and from then on.
/// </summary>
internal sealed class RosterWorld
{
    private static readonly string Key = StateKey.Roster("/", "lobby");

    private readonly Random _random;
    private readonly RosterFault _fault;
    private readonly SimulatedStore _store = new();
    private readonly RosterOptions _options;
    private readonly Member[] _members;
    private readonly List<Host> _hosts = [];
    private readonly Disorder _events;
    private readonly int _failurePercent;
    private TimeSpan _now;
    private long _lastRequest;
    private int _joinPercent = 90;
    private bool _isCalm;

    public RosterWorld(int seed, RosterFault fault)
    {
        _random = new Random(seed);
        _events = new Disorder(_random);
        _fault = fault;
        _failurePercent = _random.Next(4) * 6;
        _store.IgnoresETags = fault == RosterFault.StoreIgnoresETags;
        var maxShardEntries = _random.Next(1, 4);
        _options = new RosterOptions
        {
            JournalEntries = _random.Next(1, 4),
            MaxShardEntries = maxShardEntries,
            MergeEntries = _random.Next(1, maxShardEntries + 1),
            MaxLoadedShards = _random.Next(4, 40),
            MaxLoadedBodies = _random.Next(3),
            MaxAttempts = _random.Next(2, 7),
            MaxShardsPerPage = _random.Next(1, 20),
            RetryDelay = TimeSpan.FromMilliseconds(500),
        };
        _members = [.. Enumerable.Range(0, _random.Next(3, 10)).Select(i => new Member(string.Create(CultureInfo.InvariantCulture, $"user:{_random.Next(1000)}-{i}")))];
    }

    public void Run()
    {
        for (var steps = _random.Next(400, 2_000); steps > 0; steps--)
        {
            switch (_random.Next(30))
            {
                case < 5:
                    Change(_members[_random.Next(_members.Length)]);
                    break;
                case 7 when _random.Next(20) == 0 && _hosts.Count > 0:
                    Kill(_hosts[_random.Next(_hosts.Count)]);
                    break;
                case 8 when _random.Next(10) == 0:
                    List(HostOf(), 0, []);
                    break;
                case 9:
                    Tick(TimeSpan.FromMilliseconds(_random.Next(600)));
                    break;
                case 10 when _random.Next(8) == 0:
                    // The room fills, or empties.
                    _joinPercent = _random.Next(2) == 0 ? 90 : 5;
                    break;
                case 11:
                    _events.Resume();
                    break;
                default:
                    _events.Step();
                    break;
            }

            if (_random.Next(12) == 0)
            {
                Check();
            }
        }

        _isCalm = true;
        Settle();
        _events.ResumeAll();
        Settle();
        CheckListing();
        CheckThatAnEmptyRoomIsOneShard();
    }

    private void Change(Member member)
    {
        if (member.Pending is not null)
        {
            return;
        }

        member.Pending = _random.Next(100) < _joinPercent;
        member.Version++;
        Send(member);
    }

    /// <summary>To one machine at a time, until one says that it is stored.</summary>
    private void Send(Member member)
    {
        var version = member.Version;
        var request = ++_lastRequest;
        var host = member.Host = HostOf();
        host.Answers.Add(request, outcome => _events.Add(() =>
        {
            if (member.Version != version || member.Host != host || member.Pending is not { } pending)
            {
                return;
            }

            if (outcome == RosterOutcome.Done)
            {
                member.IsPresent = pending;
                member.Pending = null;
                Check();
            }
            else
            {
                Send(member);
            }
        }));
        host.Do((machine, now, outputs) => machine.Change(request, new RosterChange(member.Name, version, member.Pending!.Value, false), now, outputs));
    }

    private void List(Host host, ulong cursor, List<string> listed, Action<List<string>>? end = null)
    {
        var request = ++_lastRequest;
        host.Pages.Add(request, page =>
        {
            listed.AddRange(page.Members.Select(member => member.Member));
            Require(listed.Count == listed.Distinct().Count(), "a member is twice in a listing.");
            if (!page.Complete || page.Next is { })
            {
                _events.Add(() => List(host, page.Next!.Value, listed, end));
            }
            else
            {
                end?.Invoke(listed);
            }
        });
        host.Do((machine, now, outputs) => machine.List(request, cursor, 2, now, outputs));
    }

    private Host HostOf()
    {
        if (_hosts.Count == 0 || (_hosts.Count < 3 && !_isCalm && _random.Next(10) == 0))
        {
            _hosts.Add(new Host(this, new RosterMachine("/", "lobby", _options)));
        }

        return _hosts[_random.Next(_hosts.Count)];
    }

    private void Kill(Host host)
    {
        host.IsAlive = false;
        _hosts.Remove(host);
    }

    private void Tick(TimeSpan by)
    {
        _now += by;
        foreach (var host in _hosts.ToArray())
        {
            host.Advance();
        }
    }

    private void Settle()
    {
        for (var round = 0; round < 100; round++)
        {
            for (var steps = 0; !_events.IsEmpty; steps++)
            {
                Require(steps < 50_000, "the machines never come to rest.");
                _events.Step();
            }

            // Of a machine that is gone nobody gets an answer: the member tells again.
            foreach (var member in _members.Where(member => member.Pending is not null && !member.Host!.IsAlive))
            {
                Send(member);
            }

            if (round > 2 && _events.IsEmpty && _members.All(member => member.Pending is null))
            {
                return;
            }

            Tick(TimeSpan.FromSeconds(1));
        }

        Require(false, "a change is never acknowledged.");
    }

    private void Operate(StorageRequest request, Action<StorageResult> answer) =>
        _events.Operate(request, _isCalm ? 0 : _failurePercent, Apply, result => answer(Told(result)));

    private StorageResult Apply(StorageRequest request)
    {
        if (request.Operation == StorageOperation.Store && IsLost(request))
        {
            return new StorageResult(request.Id, StorageOutcome.Done, default, "lost");
        }

        var merges = IsMerge(request);
        var result = _store.Apply(request);
        if (_fault == RosterFault.ClosedChildrenAreRemoved && merges && result.Outcome == StorageOutcome.Done)
        {
            for (var child = 0; child < RosterHead.Children; child++)
            {
                _store.Apply(new StorageRequest(0, StorageOperation.Clear, new RosterShard(request.Key, 0, 0).ChildKey(child), null, default));
            }
        }

        return result;
    }

    private bool IsLost(in StorageRequest request)
    {
        if (IsBody(request.Key))
        {
            return _fault == RosterFault.BodyLost;
        }

        var head = RosterHead.Read(request.Bytes.Span);
        return _fault switch
        {
            RosterFault.ChildOfASplitLost => !head.IsBranch && head is { Closed: 0, Journal.Length: > 0 } && request.Key.EndsWith("/2", StringComparison.Ordinal) && Stored(request.Key)?.Origin != head.Origin,
            RosterFault.MergeIsNotAnnounced => head.Merge > 0,
            RosterFault.ClosedChildLost => head.Closed > 0 && request.Key.EndsWith("/2", StringComparison.Ordinal),
            _ => false,
        };
    }

    /// <summary>Whether a leaf is to be written where a branch is stored.</summary>
    private bool IsMerge(in StorageRequest request) =>
        request.Operation == StorageOperation.Store && !IsBody(request.Key) && Stored(request.Key) is { IsBranch: true } && !RosterHead.Read(request.Bytes.Span).IsBranch;

    private static bool IsBody(string key) => key.Contains('!', StringComparison.Ordinal);

    private RosterHead? Stored(string key) => _store.Read(key) is { } bytes ? RosterHead.Read(bytes) : null;

    private StorageResult Told(in StorageResult result) => (_fault, result.Outcome) switch
    {
        (RosterFault.UnknownTakenForDone, StorageOutcome.Unknown) or (RosterFault.ConflictTakenForDone, StorageOutcome.Conflict) => result with { Outcome = StorageOutcome.Done },
        _ => result,
    };

    /// <summary>At any moment: who was acknowledged is in the stored shards, once, and who has left is not.</summary>
    private void Check()
    {
        var stored = _store.Roster("/", "lobby");
        Require(stored.Count == stored.Distinct().Count(), "a member is in two shards.");
        foreach (var member in _members.Where(member => member.Pending is null))
        {
            Require(stored.Contains(member.Name) == member.IsPresent, $"{member.Name} was acknowledged as {(member.IsPresent ? "joined" : "left")}, and the stored roster says otherwise.");
        }
    }

    private void CheckListing()
    {
        Check();
        _hosts.ToList().ForEach(Kill);
        List<string>? listed = null;
        List(HostOf(), 0, [], all => listed = all);
        Settle();
        Require(listed is not null && listed.Order().SequenceEqual(_store.Roster("/", "lobby").Order()), "the listing is not what is stored.");
    }

    /// <summary>All leave, and somebody looks at the list: what is left is one shard.</summary>
    private void CheckThatAnEmptyRoomIsOneShard()
    {
        _joinPercent = 0;
        foreach (var member in _members)
        {
            Change(member);
        }

        Settle();
        for (var round = 0; round < 2; round++)
        {
            _hosts.ToList().ForEach(Kill);
            List(HostOf(), 0, []);
            Settle();
        }

        Check();
        BrokenPromiseException.Require(Stored(Key) is null or { IsBranch: false }, Promise.Bounded, "a room that nobody is in has shards.");
    }

    private static void Require(bool condition, string message) => BrokenPromiseException.Require(condition, Promise.DurableBeforeAcknowledged, message);

    private sealed class Member(string name)
    {
        public string Name { get; } = name;

        public ulong Version { get; set; }

        public bool IsPresent { get; set; }

        /// <summary>Who was asked last.</summary>
        public Host? Host { get; set; }

        /// <summary>What was asked and is not acknowledged.</summary>
        public bool? Pending { get; set; }
    }

    private sealed class Host(RosterWorld world, RosterMachine machine) : SimulatedHost<RosterMachine, RosterOutput>(machine)
    {
        public override TimeSpan Now => world._now;

        public Dictionary<long, Action<RosterOutcome>> Answers { get; } = [];

        public Dictionary<long, Action<RosterOutput.Page>> Pages { get; } = [];

        protected override void Do(RosterOutput output)
        {
            switch (output)
            {
                case RosterOutput.Storage storage:
                    world.Operate(storage.Request, OnStorage);
                    break;
                case RosterOutput.Reply reply:
                    Answers[reply.Request](reply.Outcome);
                    break;
                case RosterOutput.Page page:
                    Pages[page.Request](page);
                    break;
            }
        }
    }
}
