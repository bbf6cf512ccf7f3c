using System.Globalization;
using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// Clients whose requests arrive at any gateway, the gateways that relay them to the sessions' owners, and what happens to all of them: machines are cut off,
/// gateways die, come back or are declared dead while they live, everybody hears of it at another time, and no two clocks agree.
/// </summary>
internal sealed class PollingWorld
{
    public const int MaxPending = 50;

    private readonly int _machines;
    private readonly int _troubles;
    private readonly List<PollingGateway> _gateways = [];
    private readonly List<PollingGateway> _processes = [];
    private readonly List<PollingClient> _clients = [];
    private readonly HashSet<GatewayId> _buried = [];
    private readonly Dictionary<PollingOwner, int> _frames = [];
    private long _incarnations;
    private long _sessions;

    public PollingWorld(int seed, PollingFault fault)
    {
        Random = new Random(seed);
        Network = new SimulatedNetwork(Random);
        Fault = fault;
        _machines = 2 + Random.Next(3);
        _troubles = Random.Next(3);
    }

    public Random Random { get; }

    public SimulatedNetwork Network { get; }

    public PollingFault Fault { get; }

    /// <summary>Whether a machine was cut off: then a request may time out though its session is there.</summary>
    public bool WasCut { get; private set; }

    /// <exception cref="BrokenPromiseException">One of the promises did not hold.</exception>
    public void Run()
    {
        for (var machine = 0; machine < _machines; machine++)
        {
            Start(machine);
        }

        Network.LossPercent = Random.Next(3) * 2;
        Network.DuplicationPercent = Random.Next(3) * 8;
        Network.MaxDelay = 1 + Random.Next(60);
        for (var steps = 60 + Random.Next(120); steps > 0; steps--)
        {
            Step();
            Pass(Random.Next(10) == 0 ? Random.Next(2_500) : Random.Next(100));
        }

        Rest();
    }

    /// <summary>The balancer's choice; it knows who lives.</summary>
    public PollingGateway? Pick()
    {
        var running = _gateways.FindAll(gateway => gateway.IsRunning);
        return running.Count == 0 ? null : running[Random.Next(running.Count)];
    }

    public void ToOwner(PollingGateway edge, GatewayId owner, string session, PollingRequest request)
    {
        if (Fault == PollingFault.RequestsGoToAnotherGateway && Random.Next(20) == 0)
        {
            owner = _gateways[Random.Next(_gateways.Count)].Id;
        }

        if (_processes.Find(gateway => gateway.Id == owner && gateway.IsRunning) is not { } to)
        {
            return;
        }

        edge.To(to).Send(() => to.OnRequest(session, request));
    }

    /// <summary>What a gateway that carries a session's connection has for its owner.</summary>
    public static void ToOwner(PollingGateway carrier, PollingOwner owner, Action<PollingOwner> arrive) => carrier.To(owner.Gateway).Send(() => arrive(owner));

    public void ToEdge(PollingGateway owner, PollingAnswer answer)
    {
        if (_processes.Find(gateway => gateway.Id == answer.Edge && gateway.IsRunning) is { } edge)
        {
            owner.To(edge).Send(() => edge.OnAnswer(owner, answer));
        }
    }

    public void ToWebSocket(PollingOwner owner, GatewayId edge, int[] packets)
    {
        var frame = _frames[owner] = _frames.GetValueOrDefault(owner) + 1;
        if (_processes.Find(gateway => gateway.Id == edge && gateway.IsRunning) is { } carrier)
        {
            owner.Gateway.To(carrier).Send(() => owner.Client.OnFrame(frame, packets));
        }
    }

    public void Left(PollingClient client) => _clients.Remove(client);

    /// <summary>Whether a gateway has died or was declared dead.</summary>
    public bool IsBuried(GatewayId gateway) => _buried.Contains(gateway);

    /// <summary>A gateway closes the WebSockets that it carries for an owner, or for all.</summary>
    public void CloseWebSockets(PollingGateway carrier, GatewayId? owner)
    {
        foreach (var client in _clients.FindAll(client => client.IsAt(carrier) && (owner is null || client.Owner.Gateway.Id == owner)))
        {
            client.GiveUp();
        }
    }

    private void Step()
    {
        var client = _clients.Count == 0 ? null : _clients[Random.Next(_clients.Count)];
        switch (Random.Next(100))
        {
            case < 10 when _clients.Count < 3:
                Connect();
                break;
            case < 45:
                client?.Owner.Publish();
                break;
            case < 75:
                client?.Post();
                break;
            case < 80:
                client?.Upgrade();
                break;
            case < 83:
                client?.GiveUp();
                break;
            case < 86 when _troubles > 0 && Pick() is { } gateway:
                Kill(gateway);
                break;
            case < 88 when _troubles > 0 && Pick() is { } gateway:
                DeclareDead(gateway);
                break;
            case < 90 when _troubles > 1:
                WasCut = true;
                Network.Toggle(Random.Next(_machines), Random.Next(_machines));
                break;
        }
    }

    private void Connect()
    {
        if (Pick() is not { } gateway)
        {
            return;
        }

        var owner = new PollingOwner(this, gateway, string.Create(CultureInfo.InvariantCulture, $"session{++_sessions}"));
        gateway.Sessions.Add(owner);
        owner.Client = new PollingClient(this, owner);
        _clients.Add(owner.Client);
        owner.Client.Poll();
    }

    private void Pass(int milliseconds)
    {
        for (; milliseconds >= 0; milliseconds -= 100)
        {
            Network.RunUntil(Network.Milliseconds + Math.Min(milliseconds, 100));
            foreach (var gateway in _processes.ToArray())
            {
                if (gateway.IsRunning)
                {
                    gateway.Advance();
                    Require(gateway.Pending <= MaxPending, Promise.Bounded, "more requests wait at an edge than the bound.");
                }
            }
        }

        _processes.RemoveAll(gateway => !gateway.IsRunning);
    }

    private void Start(int machine, GatewayId? same = null)
    {
        var clock = new SimulatedClock(TimeSpan.FromMilliseconds(Random.Next(100_000)), Random.Next(85, 116));
        var gateway = new PollingGateway(this, machine, same ?? new GatewayId((++_incarnations * 16) + machine), clock);
        // Who comes knows from the first moment who is dead.
        gateway.Dead.UnionWith(_buried);
        _gateways.Add(gateway);
        _processes.Add(gateway);
    }

    private void Kill(PollingGateway gateway)
    {
        Bury(gateway);
        gateway.Stop();
        Network.After(Random.Next(200), () => Start(gateway.Machine, Fault == PollingFault.RestartKeepsItsIncarnation ? gateway.Id : null));
    }

    /// <summary>A gateway counts as dead and lives for a while.</summary>
    private void DeclareDead(PollingGateway gateway)
    {
        Bury(gateway);
        Network.After(Random.Next(200), () =>
        {
            gateway.Stop();
            Start(gateway.Machine);
        });
    }

    /// <summary>Membership tells each gateway at another time.</summary>
    private void Bury(PollingGateway dead)
    {
        _gateways.Remove(dead);
        if (Fault == PollingFault.RestartKeepsItsIncarnation)
        {
            return;
        }

        _buried.Add(dead.Id);
        foreach (var gateway in _processes.Where(gateway => gateway != dead))
        {
            Network.After(Random.Next(400), () =>
            {
                if (gateway.IsRunning)
                {
                    gateway.OnDead(dead.Id);
                }
            });
        }
    }

    private void Rest()
    {
        Network.Heal();
        Pass(1_500);
        // After a long cut the links have much to send again.
        for (var waited = 0; waited < 40 && !_processes.TrueForAll(gateway => gateway.IsIdle); waited++)
        {
            Pass(250);
        }

        foreach (var session in _processes.SelectMany(gateway => gateway.Sessions).Where(session => !session.IsClosed))
        {
            Require(!session.HasPoll || !session.Client.IsGone, Promise.NoGhosts, "a client has gone, and its poll waits.");
            Require(session.Carrier is not { } carrier || !IsBuried(carrier), Promise.NoGhosts, "the gateway that carried a connection is dead, and the session is not closed.");
        }

        Require(_clients.TrueForAll(client => client.Owner.Gateway.IsRunning), Promise.NoGhosts, "a client waits for an owner that is dead.");
        _clients.ForEach(client => client.Owner.Publish());
        var due = _clients.ConvertAll(client => (Client: client, Packet: client.Owner.LastPacket));
        Pass(6_000);
        Require(
            due.TrueForAll(owed => owed.Client.IsGone || owed.Client.Owner.IsClosed || owed.Client.LastPacket >= owed.Packet),
            Promise.NoStickySessions,
            "a packet does not reach its client.");
    }
}
