using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// A client as those in use are: one poll and one POST at a time, each to whatever gateway the balancer picks, perhaps an upgrade; and when a request fails,
/// it lets the session be.
/// </summary>
internal sealed class PollingClient(PollingWorld world, PollingOwner owner)
{
    private (PollingGateway Gateway, long Number)? _poll;
    private (PollingGateway Gateway, long Number)? _post;
    private (PollingGateway Gateway, long Number)? _webSocket;
    private bool _isProbing;
    private bool _isProbed;
    private bool _isUpgraded;
    private int _lastBody;
    private int _lastFrame;
    private int _lastIncoming;

    public PollingOwner Owner { get; } = owner;

    public bool IsGone { get; private set; }

    /// <summary>The latest packet that it has.</summary>
    public int LastPacket { get; private set; }

    public bool IsAt(PollingGateway gateway) => _webSocket?.Gateway == gateway;

    public void Poll()
    {
        if (IsGone || _poll is not null || _isUpgraded || _isProbed)
        {
            return;
        }

        if (world.Pick() is not { } gateway)
        {
            world.Network.After(100, Poll);
        }
        else
        {
            _poll = (gateway, 0);
            var number = gateway.Relay(this, PollingRequestKind.Poll, []);
            _poll = _poll is null ? null : (gateway, number);
        }
    }

    public void Post()
    {
        if (IsGone || _post is not null || _isProbed)
        {
            return;
        }

        if (_isUpgraded)
        {
            SendFrame(++_lastBody);
        }
        else if (world.Pick() is { } gateway)
        {
            _post = (gateway, 0);
            var number = gateway.Relay(this, PollingRequestKind.Post, BitConverter.GetBytes(++_lastBody));
            _post = _post is null ? null : (gateway, number);
        }
    }

    /// <summary>Opens a WebSocket, wherever it arrives.</summary>
    public void Upgrade()
    {
        if (!IsGone && _webSocket is null && !_isProbing && world.Pick() is { } gateway)
        {
            _isProbing = true;
            _webSocket = (gateway, 0);
            var number = gateway.Relay(this, PollingRequestKind.Upgrade, []);
            _webSocket = _webSocket is null ? null : (gateway, number);
        }
    }

    public void Answered(PollingRequestKind request, PollingAnswerKind answer, byte[] body)
    {
        if (IsGone)
        {
            return;
        }

        if (answer is PollingAnswerKind.SessionUnknown or PollingAnswerKind.Refused)
        {
            Require(Owner.IsClosed || world.WasCut || world.IsBuried(Owner.Gateway.Id), Promise.NoStickySessions, $"{request} is answered {answer}, and the session is there.");
            GiveUp();
            return;
        }

        Require(answer != PollingAnswerKind.BadRequest, Promise.NoStickySessions, $"{request} of a client that keeps to the rules is refused as a bad request.");
        switch (request)
        {
            case PollingRequestKind.Poll:
                _poll = null;
                for (var at = 0; at < body.Length; at += sizeof(int))
                {
                    Take(BitConverter.ToInt32(body, at));
                }

                world.Network.After(world.Random.Next(60), Poll);
                break;
            case PollingRequestKind.Post:
                Require(body.Length == 0, Promise.Once, "packets are the answer to a POST.");
                _post = null;
                break;
            case PollingRequestKind.Upgrade:
                Require(body.Length == 0, Promise.Once, "packets are the answer to an upgrade.");
                _isProbed = true;
                break;
        }

        CompleteUpgrade();
    }

    public void OnFrame(int frame, int[] packets)
    {
        if (frame == _lastIncoming + 1 && !IsGone)
        {
            _lastIncoming = frame;
            Array.ForEach(packets, Take);
            // As a pong would: the owner hears of it.
            Post();
        }
    }

    /// <summary>Goes away by itself, or because something failed: what waits is aborted.</summary>
    public void GiveUp()
    {
        if (IsGone)
        {
            return;
        }

        IsGone = true;
        foreach (var request in new[] { _poll, _post, _webSocket })
        {
            if (request is { Gateway: { IsRunning: true } gateway } && request.Value.Number > 0)
            {
                gateway.Abort(request.Value.Number);
            }
        }

        if (_webSocket is { Gateway: { IsRunning: true } carrier })
        {
            PollingWorld.ToOwner(carrier, Owner, owner => owner.OnWebSocketClosed(carrier.Id));
        }

        world.Left(this);
    }

    /// <summary>Once nothing of polling is under way.</summary>
    private void CompleteUpgrade()
    {
        if (_isProbed && _poll is null && _post is null)
        {
            (_isProbed, _isUpgraded) = (false, true);
            SendFrame(null);
        }
    }

    private void SendFrame(int? body)
    {
        if (_webSocket is { Gateway: { IsRunning: true } carrier })
        {
            var frame = ++_lastFrame;
            PollingWorld.ToOwner(carrier, Owner, owner => owner.OnFrame(carrier.Id, frame, body));
        }
    }

    private void Take(int packet)
    {
        Require(packet > LastPacket, Promise.Once, "a packet has reached its client twice, or out of its order.");
        Require(packet == LastPacket + 1, Promise.NoStickySessions, "a packet has not reached its client, and later ones have.");
        LastPacket = packet;
    }
}
