namespace SocketIO.Client;

/// <summary>There is no connection: not yet, or not any more.</summary>
public sealed class NotConnectedException : InvalidOperationException
{
    internal NotConnectedException(ClientDisconnection? end)
        : base(end is null
            ? $"The client is not connected: {nameof(SocketIOClient.ConnectAsync)} comes first."
            : $"The client is not connected any more: {end.Reason}{(end.Detail is null ? "" : $" ({end.Detail})")}.") => Disconnection = end;

    /// <summary>Why the connection ended; <see langword="null"/>: there has been none yet.</summary>
    public ClientDisconnection? Disconnection { get; }
}
