using System.Globalization;
using System.Text;
using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// Gateways, partitions, their storage and the network between them, all driven by one seed: the same seed gives the same run to the letter. Machines
/// crash, are cut off in one direction or both, or are declared dead while they live; no two clocks agree; the storage fails or leaves open whether it
/// did what it was told. After the disturbances the network heals, everything comes to rest, and the promises are checked.
/// </summary>
internal sealed class RelayWorld
{
    private const int Rooms = 4;
    private const int MaxClients = 6;

    private readonly Random _random;
    private readonly SimulatedNetwork _network;
    private readonly int _partitions;
    private readonly int _machines;
    private readonly EpochStore _epochs;
    private readonly Activation?[] _current;
    private readonly List<Activation> _activations = [];
    private readonly List<SimulatedGateway> _gateways = [];
    private readonly List<SimulatedGateway> _declaredDead = [];
    private readonly List<Expectation> _expectations = [];
    private readonly List<SimulatedClient> _clients = [];
    private readonly List<(SimulatedClient Client, int Session, int Item)> _owed = [];
    // What has been published, by its number among all.
    private readonly List<(GatewayId Publisher, long Number)> _items = [];
    private readonly PartitionOptions _partitionOptions;
    private long _incarnations;

    public RelayWorld(int seed, RelayFault fault)
    {
        _random = new Random(seed);
        _network = new SimulatedNetwork(_random);
        Fault = fault;
        _partitions = 1 + _random.Next(3);
        _machines = 2 + _random.Next(3);
        _epochs = new EpochStore(_random, _network, _partitions) { IgnoresExpected = fault == RelayFault.EpochIsWrittenWithoutACheck };
        _current = new Activation?[_partitions];
        var isTight = _random.Next(2) == 0;
        _partitionOptions = new PartitionOptions
        {
            MaxGateways = 70,
            MaxRooms = isTight ? 2 : 100,
            MaxLogPackets = isTight ? 12 : 10_000,
            MaxBatchItems = 1 + _random.Next(8),
            SettleEvery = 1 + _random.Next(8),
            RetryAfter = TimeSpan.FromMilliseconds(100),
        };
        OutboxOptions = new PublisherOutboxOptions { MaxPackets = isTight ? 6 : 1_000, MaxBatchItems = 1 + _random.Next(5), RetryAfter = TimeSpan.FromMilliseconds(100) };
        Recovers = _random.Next(2) == 0;
        InboxOptions = new GatewayInboxOptions { MaxTailPackets = isTight ? 8 : 10_000 };
    }

    public RelayFault Fault { get; }

    public TimeSpan Now => _network.Now;

    /// <summary>Whether clients may come back to their sessions.</summary>
    public bool Recovers { get; }

    public PublisherOutboxOptions OutboxOptions { get; }

    public GatewayInboxOptions InboxOptions { get; }

    /// <summary>The gateways that membership counts as alive.</summary>
    public IReadOnlyList<SimulatedGateway> Gateways => _gateways;

    /// <exception cref="BrokenPromiseException">One of the promises did not hold.</exception>
    public void Run()
    {
        Disturb();
        Rest();
        Check();
    }

    /// <summary>The id of the socket that each gateway plays.</summary>
    public static string SocketOf(GatewayId id)
    {
        Span<byte> name = stackalloc byte[SocketIdHint.SocketIdLength];
        name.Fill((byte)'s');
        SocketIdHint.Write(id, name);
        return Encoding.ASCII.GetString(name);
    }

    public void ToPartition(SimulatedGateway from, int partition, Action<Activation> arrive)
    {
        // A directory that was not told yet leads to the one that is installed.
        var installed = from.Shares[partition].Installed;
        var known = _epochs.IsCalm || _random.Next(2) == 0 ? null : _activations.Find(activation => activation.IsRunning && activation.Partition == partition && activation.Epoch == installed);
        if ((known ?? _current[partition]) is { } activation)
        {
            ToPartition(from, activation, arrive);
        }
    }

    public void ToPartition(SimulatedGateway from, Activation to, Action<Activation> arrive) =>
        _network.Send(from.Machine, to.Host, () =>
        {
            if (to.IsRunning)
            {
                arrive(to);
            }
        });

    public void ToGateway(Activation from, GatewayId to, Action<SimulatedGateway> arrive) =>
        _network.Send(from.Host, MachineOf(to), () =>
        {
            // Who was declared dead still hears what is sent to it, until it hears that.
            if ((_gateways.Find(gateway => gateway.Id == to) ?? _declaredDead.Find(gateway => gateway.Id == to)) is { } gateway)
            {
                arrive(gateway);
            }
        });

    public void Restart(int partition)
    {
        if (_current[partition] is { IsRunning: false })
        {
            _current[partition] = null;
            _network.After(_random.Next(50), () => Activate(partition));
        }
    }

    /// <summary>A client has lost its gateway, and will come to another one.</summary>
    public void Depart(SimulatedClient client)
    {
        client.Leave();
        _network.After(_random.Next(_random.Next(2) == 0 ? 20 : 250), () => Arrive(client));
    }

    /// <summary>The number of the next item among all.</summary>
    public int NextItem()
    {
        _items.Add(default);
        return _items.Count - 1;
    }

    public void Published(SimulatedGateway publisher, int partition, long number, int item, string[] rooms)
    {
        _items[item] = (publisher.Id, number);
        _owed.AddRange(_clients.Where(client => client.Partition == partition && client.Sessions > 0 && client.Wants(rooms)).Select(client => (client, client.Sessions, item)));
        foreach (var gateway in _gateways)
        {
            var share = gateway.Shares[partition];
            if (rooms.Length == 0 || rooms.Contains(SocketOf(gateway.Id)))
            {
                // A gateway takes part in what is for all once the partition knows it.
                if (share.Installed > 0)
                {
                    _expectations.Add(new Expectation(publisher, gateway, partition, number, share.Losses, null, 0));
                }
            }
            else if (Array.Find(rooms, share.Joined.ContainsKey) is { } room)
            {
                _expectations.Add(new Expectation(publisher, gateway, partition, number, share.Losses, room, share.Joined[room]));
            }
        }
    }

    public void ReadEpoch(Activation activation)
    {
        _epochs.Read(activation.Partition, epoch =>
        {
            if (!activation.IsRunning)
            {
                return;
            }

            if (Fault == RelayFault.EpochIsNotReadAgain)
            {
                epoch = activation.Epoch;
            }

            if (epoch is not { } stored)
            {
                ReadEpoch(activation);
                return;
            }

            var outputs = new List<PartitionOutput>();
            activation.Machine.Confirmed(stored, outputs);
            activation.Do(outputs);
        });
    }

    public SimulatedClock Clock() => new(TimeSpan.FromMilliseconds(_random.Next(100_000)), _random.Next(80, 126));

    public void CheckBounds(Activation activation)
    {
        Require(activation.Machine.LogCount <= _partitionOptions.MaxLogPackets, Promise.Bounded, "The log has outgrown its bound.");
        Require(activation.Machine.RouteCount <= _partitionOptions.MaxRooms, Promise.Bounded, "The routes have outgrown their bound.");
        foreach (var share in _gateways.Select(gateway => gateway.Shares[activation.Partition]))
        {
            Require(share.Outbox.Count <= OutboxOptions.MaxPackets, Promise.Bounded, "An outbox has outgrown its bound.");
            Require(share.Inbox.TailCount <= InboxOptions.MaxTailPackets, Promise.Bounded, "A tail has outgrown its bound.");
        }
    }

    private static int MachineOf(GatewayId id) => (int)(id.Value % 16);

    private void Disturb()
    {
        for (var machine = 0; machine < _machines; machine++)
        {
            StartGateway(machine);
        }

        for (var partition = 0; partition < _partitions; partition++)
        {
            Activate(partition);
        }

        for (var clients = Recovers ? 2 + _random.Next(4) : 0; clients > 0; clients--)
        {
            AddClient();
        }

        _network.LossPercent = _random.Next(4) * 8;
        _network.DuplicationPercent = _random.Next(3) * 8;
        var crashes = _random.Next(Recovers ? 5 : 10);
        _network.MaxDelay = 1 + _random.Next(crashes > 3 ? 100 : 40);
        for (var step = 60 + _random.Next(120); step > 0; step--)
        {
            Step(crashes);
            _network.RunUntil(_network.Milliseconds + _random.Next(12));
            if (_random.Next(8) == 0)
            {
                Tick();
            }
        }

        if (_random.Next(2) == 0)
        {
            _network.Heal();
            Wait(1_000);
            SplitOff(_random.Next(_partitions));
            Wait(1_000);
        }
    }

    private void Wait(int milliseconds)
    {
        for (; milliseconds > 0; milliseconds -= 50)
        {
            _network.RunUntil(_network.Milliseconds + 50);
            Tick();
        }
    }

    private void Step(int crashes)
    {
        var gateway = _gateways.Count == 0 ? null : _gateways[_random.Next(_gateways.Count)];
        var partition = _random.Next(_partitions);
        if (Recovers && _random.Next(4) == 0)
        {
            if (crashes > 0 && _random.Next(4) == 0)
            {
                Strand(partition);
            }
            else
            {
                MoveClient(partition);
            }

            return;
        }

        if (crashes > 3 && _random.Next(4) == 0)
        {
            Race(partition, gateway);
            return;
        }

        switch (_random.Next(100))
        {
            case < 20:
                gateway?.Join(partition, Room());
                break;
            case < 26:
                gateway?.Leave(partition, Room());
                break;
            case < 78:
                gateway?.Publish(partition, _random.Next(6) switch
                {
                    0 => [],
                    1 => [Room(), Room()],
                    2 => [SocketOf(_gateways[_random.Next(_gateways.Count)].Id)],
                    _ => [Room()],
                });
                break;
            case < 84 when crashes > 0 && gateway is not null:
                // With something of it on its way, and perhaps the partition just after.
                gateway.Publish(partition, []);
                _network.After(_random.Next(100), () =>
                {
                    if (_gateways.Contains(gateway))
                    {
                        Crash(gateway, _random.Next(2) == 0);
                    }
                });
                if (_random.Next(4) > 0)
                {
                    _network.After(_random.Next(150), () => End(partition));
                }

                break;
            case < 87 when crashes > 1:
                End(partition);
                break;
            case < 90 when crashes > 1:
                // Further activations beside the first, as after a loss of the directory: they race for the epoch.
                Activate(partition);
                Activate(partition);
                if (crashes > 2 && gateway is not null)
                {
                    Crash(gateway, false);
                }

                break;
            case < 92 when crashes > 1 && gateway is not null:
                DeclareDead(gateway);
                break;
            case < 96 when crashes > 2:
                CutOrJoin();
                break;
            case < 98 when _declaredDead.Count > 0:
                var zombie = _declaredDead[_random.Next(_declaredDead.Count)];
                zombie.Join(partition, Room());
                zombie.Publish(partition, [Room()]);
                break;
        }
    }

    /// <summary>A client comes, or goes.</summary>
    private void MoveClient(int partition)
    {
        if (_clients.Count < MaxClients && _random.Next(3) == 0)
        {
            AddClient();
        }
        else if (_clients.Count > 0 && _clients[_random.Next(_clients.Count)] is { IsAway: false } here)
        {
            Depart(here);
        }
    }

    /// <summary>What a partition sequences reaches some gateways only, their clients move, and it ends: with a gateway that has seen more than others, or not.</summary>
    private void Strand(int partition)
    {
        if (_current[partition] is not { } activation || _gateways.Count == 0)
        {
            return;
        }

        for (var machine = 0; machine < _machines; machine++)
        {
            if (machine != activation.Host && _random.Next(2) == 0)
            {
                _network.Cut(activation.Host, machine, 400);
            }
        }

        for (var items = 1 + _random.Next(_random.Next(2) == 0 ? 4 : 20); items > 0; items--)
        {
            var publisher = _gateways[_random.Next(_gateways.Count)];
            _network.After(_random.Next(60), () => publisher.Publish(partition, _random.Next(4) == 0 ? [] : [Room()]));
        }

        foreach (var client in _clients.Where(client => client.Partition == partition && _random.Next(2) == 0))
        {
            _network.After(_random.Next(80), () =>
            {
                if (!client.IsAway)
                {
                    Depart(client);
                }
            });
        }

        var dying = _random.Next(2) == 0 ? null : _gateways.Find(gateway => gateway.Shares[partition].Clients.Count > 0);
        _network.After(100 + _random.Next(150), () =>
        {
            if (dying is not null && _gateways.Contains(dying))
            {
                Crash(dying, withPartitions: false);
            }

            End(partition);
        });
    }

    private void AddClient()
    {
        var client = new SimulatedClient(this, _random.Next(_partitions), [.. Enumerable.Range(0, 1 + _random.Next(2)).Select(_ => Room()).Distinct()]);
        _clients.Add(client);
        Arrive(client);
    }

    private void Arrive(SimulatedClient client)
    {
        if (_gateways.Count == 0)
        {
            _network.After(50, () => Arrive(client));
        }
        else
        {
            client.Arrive(_gateways[_random.Next(_gateways.Count)]);
        }
    }

    /// <summary>The partition's process ends.</summary>
    private void End(int partition)
    {
        if (_current[partition] is { } activation)
        {
            activation.IsRunning = false;
            Restart(partition);
        }
    }

    /// <summary>One activation after the other, while gateways come and go between them.</summary>
    private void Race(int partition, SimulatedGateway? gateway)
    {
        for (var activations = 1 + _random.Next(2); activations > 0; activations--)
        {
            _network.After(_random.Next(40), () => Activate(partition));
        }

        if (gateway is not null && _random.Next(3) == 0)
        {
            Crash(gateway, false);
        }

        if (_random.Next(3) == 0)
        {
            CutOrJoin();
        }

        for (var births = _gateways.Count < 2 * _machines ? _random.Next(4) : 0; births > 0; births--)
        {
            _network.After(_random.Next(90), () => StartGateway(_random.Next(_machines)));
        }
    }

    /// <summary>
    /// What an activation sequences reaches nobody any more but those on one machine; another one takes over, and on that machine a gateway comes that the
    /// first hears of at once.
    /// </summary>
    private void SplitOff(int partition)
    {
        foreach (var gateway in _gateways)
        {
            gateway.Publish(partition, []);
        }

        if (_current[partition] is not { } activation)
        {
            return;
        }

        var reached = _random.Next(_machines);
        for (var machine = 0; machine < _machines; machine++)
        {
            if (machine != reached)
            {
                _network.Cut(activation.Host, machine, 400);
            }
        }

        Activate(partition);
        _network.After(50 + _random.Next(100), () => StartGateway(reached, toldFirst: activation));
    }

    /// <summary>One way between two machines, both ways, or all ways of one.</summary>
    private void CutOrJoin()
    {
        var machine = _random.Next(_machines);
        switch (_random.Next(3))
        {
            case 0:
                _network.Toggle(machine, _random.Next(_machines));
                break;
            case 1:
                var other = _random.Next(_machines);
                _network.Toggle(machine, other);
                _network.Toggle(other, machine);
                break;
            default:
                for (var next = 0; next < _machines; next++)
                {
                    _network.Toggle(machine, next);
                    _network.Toggle(next, machine);
                }

                break;
        }
    }

    private void Rest()
    {
        _epochs.IsCalm = true;
        _network.Heal();
        // Two rounds at least: what membership has to tell is on its way.
        for (var round = 0; round < 60 && (round < 2 || Unrest() is not null); round++)
        {
            for (var partition = 0; partition < _partitions; partition++)
            {
                if (_current[partition] is null && round == 5)
                {
                    Activate(partition);
                }
            }

            _network.RunUntil(_network.Milliseconds + 120);
            Tick();
        }
    }

    /// <summary>What is still to be done: null if nothing is.</summary>
    private string? Unrest()
    {
        if (_clients.Exists(static client => !client.IsConnected))
        {
            return "a client is not back";
        }

        for (var partition = 0; partition < _partitions; partition++)
        {
            if (_current[partition] is not { IsRunning: true } activation)
            {
                return "a partition has no activation";
            }

            if (!activation.Machine.IsSequencing)
            {
                return "a take-over does not end";
            }

            if (_gateways.Find(gateway => gateway.Shares[partition].Installed != activation.Epoch) is { } behind)
            {
                return $"the partition's epoch is not installed at {behind.Id}";
            }

            if (!activation.Machine.IsSettled || _gateways.Exists(gateway => gateway.Shares[partition].Outbox.Count > 0))
            {
                return "something is not accepted";
            }
        }

        return null;
    }

    private void Tick()
    {
        foreach (var activation in _activations.Where(activation => activation.IsRunning).ToList())
        {
            activation.Do([]);
        }

        foreach (var gateway in _gateways.ToList())
        {
            for (var partition = 0; partition < _partitions; partition++)
            {
                gateway.Flush(partition);
            }
        }

        _clients.ForEach(static client => client.Tick());
    }

    private void StartGateway(int machine, GatewayId? same = null, Activation? toldFirst = null)
    {
        var gateway = new SimulatedGateway(this, machine, same ?? new GatewayId((++_incarnations * 16) + machine), _partitions);
        _gateways.Add(gateway);
        foreach (var activation in _activations.Where(activation => activation.IsRunning))
        {
            // Membership never tells a birth after the death.
            var delay = toldFirst is null ? _random.Next(_current[activation.Partition] == activation ? 150 : 40) : toldFirst == activation ? 0 : 200 + _random.Next(400);
            _network.After(delay, () => Tell(activation, () =>
            {
                if (_gateways.Contains(gateway))
                {
                    activation.Machine.GatewayUp(gateway.Id);
                }
            }));
        }
    }

    /// <summary>A gateway's process ends, with the partitions on its machine or without them.</summary>
    private void Crash(SimulatedGateway gateway, bool withPartitions)
    {
        gateway.Stop();
        Bury(gateway);
        if (Fault == RelayFault.RestartKeepsItsIncarnation)
        {
            _network.After(_random.Next(60), () => StartGateway(gateway.Machine, gateway.Id));
            return;
        }

        _network.After(_random.Next(60), () => StartGateway(gateway.Machine));
        foreach (var activation in _activations.Where(activation => withPartitions && activation.IsRunning && activation.Host == gateway.Machine))
        {
            activation.IsRunning = false;
            Restart(activation.Partition);
        }
    }

    /// <summary>A gateway counts as dead and lives: it goes on until it hears of it, ends then and comes back as another.</summary>
    private void DeclareDead(SimulatedGateway gateway)
    {
        Bury(gateway);
        _declaredDead.Add(gateway);
        if (Fault == RelayFault.GoesOnWhenDeclaredDead)
        {
            return;
        }

        _network.After(_random.Next(150), () =>
        {
            gateway.Stop();
            _declaredDead.Remove(gateway);
            StartGateway(gateway.Machine);
        });
    }

    /// <summary>Membership tells each activation at another time.</summary>
    private void Bury(SimulatedGateway gateway)
    {
        _gateways.Remove(gateway);
        if (Fault is RelayFault.RestartKeepsItsIncarnation or RelayFault.GatewayDeathIsNotTold)
        {
            return;
        }

        foreach (var activation in _activations.Where(activation => activation.IsRunning))
        {
            _network.After(_random.Next(60), () => Tell(activation, () => activation.Machine.GatewayDead(gateway.Id)));
        }
    }

    private static void Tell(Activation activation, Action what)
    {
        if (activation.IsRunning)
        {
            what();
            activation.Do([]);
        }
    }

    /// <summary>Reads the epoch, writes the next, and begins under it if it is known that it was this write that made it. The process may end before each step.</summary>
    private void Activate(int partition)
    {
        _epochs.Read(partition, read =>
        {
            if (read is not { } before || IsCutShort())
            {
                TryAgain(partition);
                return;
            }

            _epochs.Advance(partition, before, isDone =>
            {
                isDone ??= Fault == RelayFault.UnknownEpochWriteIsTakenForDone;
                if (isDone == true && !IsCutShort())
                {
                    Begin(partition, before + 1);
                }
                else
                {
                    TryAgain(partition);
                }
            });
        });
    }

    private bool IsCutShort() => !_epochs.IsCalm && _random.Next(12) == 0;

    private void TryAgain(int partition)
    {
        if (_current[partition] is null)
        {
            Activate(partition);
        }
    }

    private void Begin(int partition, long epoch)
    {
        var rules = new Partition(Fault == RelayFault.LogHasNoBound ? _partitionOptions with { MaxLogPackets = int.MaxValue } : _partitionOptions, epoch);
        var activation = new Activation(this, partition, _random.Next(_machines), rules);
        _current[partition] = activation;
        _activations.Add(activation);
        rules.Start(_gateways.Select(gateway => gateway.Id));
        activation.Do([]);
    }

    private void Check()
    {
        var unrest = Unrest();
        Require(unrest is null, Promise.NoGhosts, $"the cluster does not come to rest: {unrest}.");
        Require(_declaredDead.Count == 0, Promise.NoGhosts, "a gateway serves that was declared dead.");
        foreach (var gateway in _gateways)
        {
            foreach (var share in gateway.Shares)
            {
                Require(share.Seen.Distinct().Count() == share.Seen.Count, Promise.Once, $"gateway {gateway.Id} has seen an item twice.");
                Require(share.Wanted.Keys.All(share.Joined.ContainsKey), Promise.NoGhosts, $"gateway {gateway.Id} waits for a join that does not complete.");
            }
        }

        for (var partition = 0; partition < _partitions; partition++)
        {
            CheckOrder(partition);
            CheckOffsets(partition);
            var rules = _current[partition]!.Machine;
            Require(rules.Gateways.ToHashSet().SetEquals(_gateways.Select(gateway => gateway.Id)), Promise.NoGhosts, "the partition counts gateways that are not there.");
            var wanted = _gateways.SelectMany(gateway => gateway.Shares[partition].Wanted.Keys).Distinct().Count();
            Require(
                _partitionOptions.MaxRooms < Rooms ? rules.RouteCount <= wanted : rules.RouteCount == wanted,
                Promise.NoGhosts,
                string.Create(CultureInfo.InvariantCulture, $"{rules.RouteCount} rooms are routed where {wanted} have sockets."));
        }

        CheckClients();
        foreach (var expected in _expectations)
        {
            if (expected.IsOwed(_gateways))
            {
                Require(
                    expected.Receiver.Shares[expected.Partition].Seen.Contains((expected.Publisher.Id, expected.Number)),
                    Promise.Once,
                    $"item {expected.Number} of {expected.Publisher.Id} has not reached {expected.Receiver.Id}.");
            }
        }
    }

    /// <summary>A session has all that was published for it since it began and that anybody alive was sent; once.</summary>
    private void CheckClients()
    {
        foreach (var client in _clients)
        {
            Require(client.Seen.Distinct().Count() == client.Seen.Count, Promise.RecoveryAnywhere, "a client has got an item twice.");
        }

        foreach (var (client, session, item) in _owed)
        {
            Require(
                client.Sessions != session || client.Seen.Contains(item) || !_gateways.Exists(gateway => gateway.Shares[client.Partition].Kept.Contains(_items[item])),
                Promise.RecoveryAnywhere,
                $"a client has missed item {_items[item].Number} of {_items[item].Publisher}.");
        }
    }

    /// <summary>What clients are told of an item's place is the same everywhere.</summary>
    private void CheckOffsets(int partition)
    {
        var offsets = new Dictionary<(GatewayId, long), Offset>();
        foreach (var (item, offset) in _gateways.SelectMany(gateway => gateway.Shares[partition].Offsets))
        {
            offsets.TryAdd(item, offset);
            Require(offsets[item] == offset, Promise.RecoveryAnywhere, $"item {item.Number} of {item.Publisher} has two offsets.");
        }
    }

    /// <summary>All receivers' orders have to fit into one: their union has no cycle.</summary>
    private void CheckOrder(int partition)
    {
        var next = new Dictionary<(GatewayId, long), HashSet<(GatewayId, long)>>();
        var before = new Dictionary<(GatewayId, long), int>();
        var clients = _clients.Where(client => client.Partition == partition).Select(client => client.Seen.ConvertAll(item => _items[item]));
        foreach (var seen in _gateways.Select(gateway => gateway.Shares[partition].Seen).Concat(clients))
        {
            for (var i = 0; i < seen.Count; i++)
            {
                before.TryAdd(seen[i], 0);
                if (i > 0 && (next.TryGetValue(seen[i - 1], out var followers) ? followers : next[seen[i - 1]] = []).Add(seen[i]))
                {
                    before[seen[i]]++;
                }
            }
        }

        var ready = new Stack<(GatewayId, long)>(before.Where(item => item.Value == 0).Select(item => item.Key));
        var ordered = 0;
        for (; ready.TryPop(out var item); ordered++)
        {
            foreach (var follower in next.GetValueOrDefault(item) ?? [])
            {
                if (--before[follower] == 0)
                {
                    ready.Push(follower);
                }
            }
        }

        Require(ordered == before.Count, Promise.Order, "the receivers have seen the same items in different orders.");
    }

    private string Room() => string.Create(CultureInfo.InvariantCulture, $"room{_random.Next(Rooms)}");

    /// <summary>An item that a receiver was in place for when it was published.</summary>
    private sealed record Expectation(SimulatedGateway Publisher, SimulatedGateway Receiver, int Partition, long Number, int Losses, string? Room, long Stamp)
    {
        /// <summary>Unless the receiver has died, has left or was told its loss; or the publisher has died before anybody saw the item.</summary>
        public bool IsOwed(IReadOnlyList<SimulatedGateway> alive)
        {
            var share = Receiver.Shares[Partition];
            return (alive.Contains(Publisher) || alive.Any(gateway => gateway.Shares[Partition].Seen.Contains((Publisher.Id, Number)))) && alive.Contains(Receiver) && share.Losses == Losses
                && (Room is null || share.Joined.GetValueOrDefault(Room) == Stamp);
        }
    }
}
