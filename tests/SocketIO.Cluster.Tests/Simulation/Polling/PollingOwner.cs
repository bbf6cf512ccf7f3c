using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>The owner's side of a session: its queue, its pings, and what it does for the machine of its requests.</summary>
internal sealed class PollingOwner(PollingWorld world, PollingGateway gateway, string name)
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(9);

    private readonly RelayedPollingSession _rules = new(maxEdges: 64);
    private readonly List<PollingSessionOutput> _outputs = [];
    private readonly Queue<int> _queue = new();
    private TimeSpan _pingAt = gateway.Now + PingInterval;
    private TimeSpan _heardAt = gateway.Now;
    private long _requests;
    private int _lastBody;
    private int _lastFrame;

    public PollingGateway Gateway { get; } = gateway;

    public string Name { get; } = name;

    public PollingClient Client { get; set; } = null!;

    public bool IsClosed { get; private set; }

    public bool HasPoll => _rules.CanWrite;

    /// <summary>The gateway that carries its WebSocket.</summary>
    public GatewayId? Carrier => _rules.UpgradedAt;

    /// <summary>The latest packet that was published.</summary>
    public int LastPacket { get; private set; }

    public void Publish()
    {
        if (!IsClosed && Gateway.IsRunning)
        {
            _queue.Enqueue(++LastPacket);
            Write();
        }
    }

    public void OnRequest(PollingRequest request)
    {
        if (world.Fault == PollingFault.RepeatedRequestsAreNew && request.Kind != PollingRequestKind.Abort)
        {
            request = request with { Number = Math.Max(++_requests, request.Number) };
            _requests = request.Number;
        }

        _heardAt = Gateway.Now;
        _rules.OnRequest(request, _outputs);
        if (request.Kind == PollingRequestKind.Upgrade)
        {
            // So that the client can leave its poll.
            _rules.Release(_outputs);
        }

        Do();
    }

    /// <summary>A frame of the upgraded connection, numbered: the client's "5" is the first.</summary>
    public void OnFrame(int frame, int? body)
    {
        if (frame != _lastFrame + 1 || IsClosed)
        {
            return;
        }

        _lastFrame = frame;
        _heardAt = Gateway.Now;
        if (body is { } number)
        {
            Take(number);
        }
        else if (world.Fault != PollingFault.UpgradeIsNotCompleted)
        {
            _rules.CompleteUpgrade(_outputs);
            Do();
            Write();
        }
    }

    /// <summary>The WebSocket was closed by the client.</summary>
    public void OnWebSocketClosed()
    {
        if (_rules.UpgradedAt is not null)
        {
            Close();
        }
        else
        {
            _rules.AbandonUpgrade();
        }
    }

    public void OnDead(GatewayId edge)
    {
        _rules.OnGatewayDead(edge, _outputs);
        Do();
    }

    public void Advance()
    {
        if (IsClosed)
        {
            return;
        }

        if (Gateway.Now >= _pingAt && world.Fault != PollingFault.OwnerDoesNotPing)
        {
            _pingAt = Gateway.Now + PingInterval;
            Publish();
        }

        if (Gateway.Now - _heardAt > Silence)
        {
            Require(Client.IsGone || world.WasCut || world.IsBuried(Gateway.Id), Promise.NoStickySessions, "a session ended by ping time-out, and its client is there.");
            Close();
        }
    }

    private void Close()
    {
        IsClosed = true;
        _rules.End(_outputs);
        Do();
    }

    private void Take(int body)
    {
        Require(body > _lastBody, Promise.Once, "what a client sent has arrived twice, or out of its order.");
        Require(body == _lastBody + 1, Promise.NoStickySessions, "something that a client sent is missing.");
        _lastBody = body;
    }

    /// <summary>Hands on what is queued: to the poll that waits, or to the gateway that carries the connection.</summary>
    private void Write()
    {
        if (_queue.Count == 0 || IsClosed)
        {
            return;
        }

        int[] packets = [.. _queue.Take(3)];
        if (_rules.UpgradedAt is { } edge)
        {
            world.ToWebSocket(this, edge, packets);
        }
        else if (!_rules.TrySend(packets.SelectMany(BitConverter.GetBytes).ToArray(), _outputs) && world.Fault != PollingFault.PacketsAreTakenBeforeAPollWaits)
        {
            return;
        }

        for (var i = 0; i < packets.Length; i++)
        {
            if (world.Fault != PollingFault.PacketsAreSentAgain || world.Random.Next(4) > 0)
            {
                _queue.Dequeue();
            }
        }

        Do();
        if (_rules.UpgradedAt is not null)
        {
            Write();
        }
    }

    private void Do()
    {
        PollingSessionOutput[] outputs = [.. _outputs];
        _outputs.Clear();
        foreach (var output in outputs)
        {
            switch (output)
            {
                case PollingSessionOutput.Answer answer:
                    world.ToEdge(this, answer.Value);
                    break;
                case PollingSessionOutput.Writable:
                    Write();
                    break;
                case PollingSessionOutput.Received received:
                    var body = BitConverter.ToInt32(received.Body.Span);
                    if (world.Fault == PollingFault.PostIsAnsweredBeforeItIsTaken)
                    {
                        world.Network.After(world.Random.Next(300), () => Take(body));
                    }
                    else
                    {
                        Take(body);
                    }

                    _rules.PostTaken(_outputs);
                    Do();
                    break;
                case PollingSessionOutput.Closed closed:
                    IsClosed = true;
                    Require(
                        Client.IsGone || (_rules.UpgradedAt is { } carrier && world.IsBuried(carrier)),
                        Promise.NoStickySessions,
                        $"a session was closed, and its client is there: {closed.Description}.");
                    break;
            }
        }
    }
}
