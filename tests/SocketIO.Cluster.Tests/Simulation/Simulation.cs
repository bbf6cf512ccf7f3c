using System.Globalization;
using System.Text;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// Gateways, partitions, their storage and the network between them, all driven by one seed: the same seed gives the same run to the letter. After the
/// disturbances the network heals, everything comes to rest, and the promises are checked.
/// </summary>
internal sealed class Simulation
{
    private const int Rooms = 4;

    private readonly Random _random;
    private readonly SimulatedNetwork _network;
    private readonly int _partitions;
    private readonly int _machines;
    private readonly long[] _epochs;
    private readonly Activation?[] _current;
    private readonly List<Activation> _activations = [];
    private readonly List<SimulatedGateway> _gateways = [];
    private readonly List<Expectation> _expectations = [];
    private readonly PartitionOptions _partitionOptions;
    private long _incarnations;
    private bool _isQuiet;

    private Simulation(int seed, Fault fault)
    {
        _random = new Random(seed);
        _network = new SimulatedNetwork(_random);
        Fault = fault;
        _partitions = 1 + _random.Next(2);
        _machines = 2 + _random.Next(3);
        _epochs = new long[_partitions];
        _current = new Activation?[_partitions];
        var isTight = _random.Next(4) == 0;
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
        InboxOptions = new GatewayInboxOptions { MaxTailPackets = isTight ? 8 : 10_000 };
    }

    public Fault Fault { get; }

    public TimeSpan Now => _network.Now;

    public PublisherOutboxOptions OutboxOptions { get; }

    public GatewayInboxOptions InboxOptions { get; }

    /// <summary>The gateways that membership counts as alive.</summary>
    public IReadOnlyList<SimulatedGateway> Gateways => _gateways;

    /// <summary>Runs a seed.</summary>
    /// <exception cref="BrokenPromiseException">One of the promises did not hold.</exception>
    public static void Run(int seed, Fault fault = Fault.None)
    {
        try
        {
            var simulation = new Simulation(seed, fault);
            simulation.Disturb();
            simulation.Rest();
            simulation.Check();
        }
        catch (BrokenPromiseException e)
        {
            throw new BrokenPromiseException($"Seed {seed}: {e.Message} Replay it with SOCKETIO_SIM_SEED={seed}.");
        }
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
        if (_current[partition] is { } activation)
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
            if (_gateways.Find(gateway => gateway.Id == to) is { } gateway)
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

    public void Published(SimulatedGateway publisher, int partition, long number, string[] rooms)
    {
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
        var isTold = Fault != Fault.EpochIsNotReadAgain;
        _network.After(1 + _random.Next(10), () =>
        {
            var stored = isTold ? _epochs[activation.Partition] : activation.Epoch;
            _network.After(1 + _random.Next(10), () =>
            {
                if (activation.IsRunning)
                {
                    var outputs = new List<PartitionOutput>();
                    activation.Machine.Confirmed(stored, outputs);
                    activation.Do(outputs);
                }
            });
        });
    }

    public void CheckBounds(Activation activation)
    {
        Require(activation.Machine.LogCount <= _partitionOptions.MaxLogPackets, "The log has outgrown its bound.");
        Require(activation.Machine.RouteCount <= _partitionOptions.MaxRooms, "The routes have outgrown their bound.");
        foreach (var share in _gateways.Select(gateway => gateway.Shares[activation.Partition]))
        {
            Require(share.Outbox.Count <= OutboxOptions.MaxPackets, "An outbox has outgrown its bound.");
            Require(share.Inbox.TailCount <= InboxOptions.MaxTailPackets, "A tail has outgrown its bound.");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new BrokenPromiseException(message);
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

        _network.LossPercent = _random.Next(3) * 8;
        _network.DuplicationPercent = _random.Next(3) * 8;
        _network.MaxDelay = 1 + _random.Next(40);
        var crashes = _random.Next(4);
        for (var step = 60 + _random.Next(60); step > 0; step--)
        {
            Step(crashes);
            _network.RunUntil(_network.Milliseconds + _random.Next(12));
            if (_random.Next(8) == 0)
            {
                Tick();
            }
        }
    }

    private void Step(int crashes)
    {
        var gateway = _gateways.Count == 0 ? null : _gateways[_random.Next(_gateways.Count)];
        var partition = _random.Next(_partitions);
        switch (_random.Next(100))
        {
            case < 20:
                gateway?.Join(partition, Room());
                break;
            case < 28:
                gateway?.Leave(partition, Room());
                break;
            case < 80:
                gateway?.Publish(partition, _random.Next(6) switch
                {
                    0 => [],
                    1 => [Room(), Room()],
                    2 => [SocketOf(_gateways[_random.Next(_gateways.Count)].Id)],
                    _ => [Room()],
                });
                break;
            case < 84 when crashes > 0 && gateway is not null:
                Kill(gateway);
                break;
            case < 87 when crashes > 1 && _current[partition] is { } activation:
                activation.IsRunning = false;
                Restart(partition);
                break;
            case < 90 when crashes > 1:
                // Further activations beside the first, as after a loss of the directory: they race for the epoch.
                Activate(partition);
                Activate(partition);
                if (crashes > 2 && gateway is not null)
                {
                    Kill(gateway);
                }

                break;
            case < 94 when crashes > 2:
                _network.Toggle(_random.Next(_machines), _random.Next(_machines));
                break;
        }
    }

    private void Rest()
    {
        _isQuiet = true;
        _network.Heal();
        // Two rounds at least: what membership has to tell is on its way.
        for (var round = 0; round < 60 && (round < 2 || !IsAtRest()); round++)
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

    private bool IsAtRest() =>
        _current.All(activation => activation is { IsRunning: true, Machine.IsSettled: true }
            && _gateways.All(gateway => gateway.Shares[activation.Partition] is var share
                && share.Installed == activation.Epoch && share.Outbox.Count == 0));

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
    }

    private void StartGateway(int machine, GatewayId? same = null)
    {
        var gateway = new SimulatedGateway(this, machine, same ?? new GatewayId((++_incarnations * 16) + machine), _partitions);
        _gateways.Add(gateway);
        foreach (var activation in _activations.Where(activation => activation.IsRunning))
        {
            // Membership never tells a birth after the death.
            _network.After(_random.Next(30), () => Tell(activation, () =>
            {
                if (gateway.IsRunning)
                {
                    activation.Machine.GatewayUp(gateway.Id);
                }
            }));
        }
    }

    private void Kill(SimulatedGateway gateway)
    {
        // Declared dead at once or after a while, by each activation at another time; the next life may begin before.
        gateway.Kill();
        _gateways.Remove(gateway);
        if (Fault == Fault.RestartKeepsItsIncarnation)
        {
            _network.After(_random.Next(60), () => StartGateway(gateway.Machine, gateway.Id));
            return;
        }

        foreach (var activation in _activations.Where(activation => activation.IsRunning && Fault != Fault.GatewayDeathIsNotTold))
        {
            _network.After(_random.Next(60), () => Tell(activation, () => activation.Machine.GatewayDead(gateway.Id)));
        }

        _network.After(_random.Next(60), () => StartGateway(gateway.Machine));
    }

    private static void Tell(Activation activation, Action what)
    {
        if (activation.IsRunning)
        {
            what();
            activation.Do([]);
        }
    }

    private void Activate(int partition)
    {
        var read = _epochs[partition];
        _network.After(_random.Next(10), () =>
        {
            var isCurrent = _epochs[partition] == read;
            var outcome = _isQuiet ? 99 : _random.Next(100);
            if ((isCurrent && outcome >= 10) || Fault == Fault.EpochIsWrittenWithoutACheck)
            {
                _epochs[partition] = read + 1;
            }

            // Failed before it took effect, or after: both look the same, so neither is used.
            if ((!isCurrent && Fault != Fault.EpochIsWrittenWithoutACheck) || outcome < 20)
            {
                if (_current[partition] is null)
                {
                    Activate(partition);
                }

                return;
            }

            var rules = new Partition(_partitionOptions, read + 1);
            var activation = new Activation(this, partition, _random.Next(_machines), rules);
            _current[partition] = activation;
            _activations.Add(activation);
            rules.Start(_gateways.Select(gateway => gateway.Id));
            activation.Do([]);
        });
    }

    private void Check()
    {
        Require(IsAtRest(), "The cluster does not come to rest: something is not installed, or not accepted.");
        foreach (var gateway in _gateways)
        {
            foreach (var share in gateway.Shares)
            {
                Require(share.Seen.Distinct().Count() == share.Seen.Count, $"Once: gateway {gateway.Id} has seen an item twice.");
                Require(share.Wanted.Keys.All(share.Joined.ContainsKey), $"Gateway {gateway.Id} waits for a join that does not complete.");
            }
        }

        for (var partition = 0; partition < _partitions; partition++)
        {
            CheckOrder(partition);
            var rules = _current[partition]!.Machine;
            Require(rules.Gateways.ToHashSet().SetEquals(_gateways.Select(gateway => gateway.Id)), "Ghosts: the partition counts gateways that are not there.");
            var wanted = _gateways.SelectMany(gateway => gateway.Shares[partition].Wanted.Keys).Distinct().Count();
            Require(
                _partitionOptions.MaxRooms < Rooms ? rules.RouteCount <= wanted : rules.RouteCount == wanted,
                string.Create(CultureInfo.InvariantCulture, $"Ghosts: {rules.RouteCount} rooms are routed where {wanted} have sockets."));
        }

        foreach (var expected in _expectations)
        {
            if (!expected.IsOwed(_gateways))
            {
                continue;
            }

            Require(
                expected.Receiver.Shares[expected.Partition].Seen.Contains((expected.Publisher.Id, expected.Number)),
                $"Lost: item {expected.Number} of {expected.Publisher.Id} has not reached {expected.Receiver.Id}.");
        }
    }

    /// <summary>All receivers' orders have to fit into one: their union has no cycle.</summary>
    private void CheckOrder(int partition)
    {
        var next = new Dictionary<(GatewayId, long), HashSet<(GatewayId, long)>>();
        var before = new Dictionary<(GatewayId, long), int>();
        foreach (var seen in _gateways.Select(gateway => gateway.Shares[partition].Seen))
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

        Require(ordered == before.Count, "Order: the receivers have seen the same items in different orders.");
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

/// <summary>One of the cluster's promises did not hold.</summary>
public sealed class BrokenPromiseException(string message) : Exception(message);
