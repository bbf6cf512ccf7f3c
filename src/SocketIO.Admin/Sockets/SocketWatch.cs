using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>Listens to one socket while somebody looks.</summary>
/// <param name="socket">The socket.</param>
/// <param name="observer">Who is told.</param>
/// <param name="withEvents">Whether of its events too.</param>
internal sealed class SocketWatch(Socket socket, SocketObserver observer, bool withEvents)
{
    /// <summary>Begins.</summary>
    public void Attach()
    {
        socket.Data.Changed += OnDataChanged;
        socket.Connection.Upgraded += OnUpgraded;
        if (withEvents)
        {
            socket.PrependAny(OnReceived).PrependAnyOutgoing(OnSent);
        }
    }

    /// <summary>Ends.</summary>
    public void Detach()
    {
        socket.Data.Changed -= OnDataChanged;
        socket.Connection.Upgraded -= OnUpgraded;
        if (withEvents)
        {
            socket.OffAny(OnReceived).OffAnyOutgoing(OnSent);
        }
    }

    private void OnDataChanged(string key) => observer.OnDataChanged(socket);

    private void OnUpgraded(string transport) => observer.OnUpgraded(socket, transport);

    private void OnReceived(SocketEvent received) => observer.OnReceived(socket, received);

    private void OnSent(SocketEvent sent) => observer.OnSent(socket, sent);
}
