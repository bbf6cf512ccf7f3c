namespace SocketIO.Server;

/// <summary>Why a connection or a socket ended, word for word as Socket.IO has it: <see href="https://socket.io/docs/v4/server-socket-instance/#disconnect"/>.</summary>
public static class CloseReasons
{
    /// <summary>The connection broke, or a message was too large.</summary>
    public const string TransportError = "transport error";

    /// <summary>The client closed the connection.</summary>
    public const string TransportClose = "transport close";

    /// <summary>The server closed the connection.</summary>
    public const string ForcedClose = "forced close";

    /// <summary>The client did not answer a ping in time.</summary>
    public const string PingTimeout = "ping timeout";

    /// <summary>The client sent what is not a packet.</summary>
    public const string ParseError = "parse error";

    /// <summary>The server is shutting down.</summary>
    public const string ServerShuttingDown = "server shutting down";

    /// <summary>The server closed a connection that had no way to be told yet.</summary>
    public const string ForcedServerClose = "forced server close";

    /// <summary>The client left the namespace.</summary>
    public const string ClientNamespaceDisconnect = "client namespace disconnect";

    /// <summary>The server made the client leave the namespace.</summary>
    public const string ServerNamespaceDisconnect = "server namespace disconnect";
}
