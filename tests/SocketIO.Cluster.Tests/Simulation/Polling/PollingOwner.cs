using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// A session at its owner: its queue, its pings, and its transport, which takes one poll, one POST and one upgrade at a time, wherever they arrived.
/// </summary>
internal sealed class PollingOwner(PollingWorld world, PollingGateway gateway, string name)
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(9);

    private readonly Queue<int> _queue = new();
    private TimeSpan _pingAt = gateway.Now + PingInterval;
    private TimeSpan _heardAt = gateway.Now;
    private (GatewayId Edge, long Number)? _poll;
    private GatewayId? _probe;
    private int _lastBody;
    private int _lastFrame;

    public PollingGateway Gateway { get; } = gateway;

    public string Name { get; } = name;

    public PollingClient Client { get; set; } = null!;

    public bool IsClosed { get; private set; }

    public bool HasPoll => _poll is not null;

    /// <summary>The gateway that carries its WebSocket.</summary>
    public GatewayId? Carrier { get; private set; }

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

    /// <summary>A request is to be served.</summary>
    public void Serve(PollingRequest request)
    {
        _heardAt = Gateway.Now;
        if (IsClosed)
        {
            Answer(request, PollingAnswerKind.SessionUnknown);
            return;
        }

        switch (request.Kind)
        {
            case PollingRequestKind.Poll when Carrier is not null:
                // It crossed the upgrade on its way.
                Answer(request, PollingAnswerKind.Response);
                break;
            case PollingRequestKind.Poll when _poll is null:
                _poll = (request.Edge, request.Number);
                if (_probe is not null)
                {
                    Release();
                }
                else
                {
                    Write();
                }

                break;
            case PollingRequestKind.Post when Carrier is null:
                var body = BitConverter.ToInt32(request.Body.Span);
                if (world.Fault == PollingFault.PostIsAnsweredBeforeItIsTaken)
                {
                    world.Network.After(world.Random.Next(300), () => Take(body));
                }
                else
                {
                    Take(body);
                }

                Answer(request, PollingAnswerKind.Response);
                break;
            case PollingRequestKind.Upgrade when _probe is null && Carrier is null:
                _probe = request.Edge;
                Answer(request, PollingAnswerKind.Response);
                // So that the client can leave its poll.
                Release();
                break;
            default:
                Answer(request, PollingAnswerKind.BadRequest);
                Close("requests of the client overlap");
                break;
        }
    }

    /// <summary>The client of a request that is being served has gone.</summary>
    public void OnAborted(GatewayId edge, long number)
    {
        if (_poll == (edge, number))
        {
            _poll = null;
            Close("the client has dropped its poll");
        }
    }

    /// <summary>The gateway of a request that is being served is dead: what the poll would have brought is still queued.</summary>
    public void OnWithdrawn(GatewayId edge, long number)
    {
        if (_poll == (edge, number))
        {
            _poll = null;
        }
    }

    /// <summary>A frame of the upgraded connection, numbered: the client's "5" is the first.</summary>
    public void OnFrame(GatewayId carrier, int frame, int? body)
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
        else if (world.Fault != PollingFault.UpgradeIsNotCompleted && _probe == carrier)
        {
            (Carrier, _probe) = (carrier, null);
            Release();
            Write();
        }
    }

    /// <summary>The WebSocket was closed by the client.</summary>
    public void OnWebSocketClosed(GatewayId carrier)
    {
        if (Carrier == carrier)
        {
            Close("the client has closed its WebSocket");
        }
        else if (_probe == carrier)
        {
            _probe = null;
        }
    }

    /// <summary>A gateway is dead, and with it the WebSocket that it carries.</summary>
    public void OnDead(GatewayId edge) => OnWebSocketClosed(edge);

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
            End();
        }
    }

    private void Close(string description)
    {
        End();
        Require(
            Client.IsGone || (Carrier is { } carrier && world.IsBuried(carrier)),
            Promise.NoStickySessions,
            $"a session was closed, and its client is there: {description}.");
    }

    private void End()
    {
        IsClosed = true;
        _probe = null;
        Release();
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
        while (_queue.Count > 0 && !IsClosed)
        {
            int[] packets = [.. _queue.Take(3)];
            if (Carrier is { } carrier)
            {
                world.ToWebSocket(this, carrier, packets);
            }
            else if (_poll is { } poll)
            {
                _poll = null;
                Gateway.Answer(new PollingAnswer(poll.Edge, poll.Number, PollingAnswerKind.Response, packets.SelectMany(BitConverter.GetBytes).ToArray()));
            }
            else if (world.Fault != PollingFault.PacketsAreTakenBeforeAPollWaits)
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
        }
    }

    private void Release()
    {
        if (_poll is { } poll)
        {
            _poll = null;
            Gateway.Answer(new PollingAnswer(poll.Edge, poll.Number, PollingAnswerKind.Response));
        }
    }

    private void Answer(in PollingRequest request, PollingAnswerKind kind) => Gateway.Answer(new PollingAnswer(request.Edge, request.Number, kind));
}
