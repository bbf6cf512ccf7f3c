using System.Runtime.CompilerServices;
using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>
/// Tells dashboards what happens to the sockets of this server. While nobody looks it listens to no events: they cost what they cost without it.
/// </summary>
/// <param name="admin">The namespace of the dashboards, whose own events are not shown.</param>
/// <param name="packets">Writes what is told.</param>
/// <param name="feed">Takes it.</param>
/// <param name="options">The bounds.</param>
/// <param name="time">The clock.</param>
internal sealed class SocketObserver(Namespace admin, AdminPackets packets, AdminFeed feed, AdminOptions options, TimeProvider time)
{
    private readonly SocketIOServer _server = admin.Server;
    private readonly Lock _gate = new();
    private readonly Lock _rateGate = new();
    // Weak: a socket whose client has come back elsewhere ends without a word.
    private readonly ConditionalWeakTable<Socket, SocketWatch> _watches = [];
    private volatile bool _isLooking;
    private long _second;
    private int _shown;

    /// <summary>Hears of the sockets of all namespaces, those to come included.</summary>
    public void Attach()
    {
        _server.NewNamespace += Attach;
        foreach (var (_, ns) in _server.Namespaces)
        {
            Attach(ns);
        }
    }

    /// <summary>Somebody looks.</summary>
    public void Start()
    {
        _isLooking = true;
        foreach (var socket in _server.Namespaces.Values.SelectMany(static ns => ns.Sockets.Values))
        {
            Watch(socket);
        }
    }

    /// <summary>Nobody looks any more.</summary>
    public void Stop()
    {
        _isLooking = false;
        lock (_gate)
        {
            foreach (var (_, watch) in _watches)
            {
                watch.Detach();
            }

            _watches.Clear();
        }
    }

    /// <summary>A socket's data has changed.</summary>
    public void OnDataChanged(Socket socket) => feed.Post(packets.DataUpdated(socket));

    /// <summary>A socket's connection has moved.</summary>
    public void OnUpgraded(Socket socket, string transport) => feed.Post(packets.TransportUpdated(socket, transport));

    /// <summary>A client has sent an event.</summary>
    public void OnReceived(Socket socket, SocketEvent received)
    {
        if (MayShow())
        {
            feed.Post(packets.EventReceived(socket, received));
        }
    }

    /// <summary>A client has been sent an event.</summary>
    public void OnSent(Socket socket, SocketEvent sent)
    {
        if (MayShow())
        {
            feed.Post(packets.EventSent(socket, sent));
        }
    }

    private void Attach(Namespace ns)
    {
        ns.PrependConnection(OnConnected);
        ns.Adapter.RoomJoined += (room, id) => Post(() => packets.RoomJoined(ns, room, id));
        ns.Adapter.RoomLeft += (room, id) => Post(() => packets.RoomLeft(ns, room, id));
    }

    private void OnConnected(Socket socket)
    {
        socket.OnDisconnect(disconnection => OnDisconnected(socket, disconnection));
        if (_isLooking)
        {
            Watch(socket);
            feed.Post(packets.SocketConnected(socket));
        }
    }

    private void OnDisconnected(Socket socket, Disconnection disconnection)
    {
        lock (_gate)
        {
            if (_watches.Remove(socket, out var watch))
            {
                watch.Detach();
            }
        }

        Post(() => packets.SocketDisconnected(socket, disconnection.Reason));
    }

    private void Watch(Socket socket)
    {
        lock (_gate)
        {
            // It may have ended, or nobody may look, since the caller has seen it.
            if (!_isLooking || socket.HasEnded || _watches.TryGetValue(socket, out _))
            {
                return;
            }

            var watch = new SocketWatch(socket, this, withEvents: socket.Namespace != admin);
            _watches.Add(socket, watch);
            watch.Attach();
        }
    }

    private void Post(Func<EventPayload> write)
    {
        if (_isLooking)
        {
            feed.Post(write());
        }
    }

    private bool MayShow()
    {
        var second = time.GetUtcNow().ToUnixTimeSeconds();
        lock (_rateGate)
        {
            if (second != _second)
            {
                (_second, _shown) = (second, 0);
            }

            return _shown++ < options.MaxEventsPerSecond;
        }
    }
}
