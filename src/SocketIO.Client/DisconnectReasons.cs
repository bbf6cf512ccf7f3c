namespace SocketIO.Client;

/// <summary>Why a connection ended, in the words of the JavaScript client: <see href="https://socket.io/docs/v4/client-socket-instance/#disconnect"/>.</summary>
public static class DisconnectReasons
{
    /// <summary>The server has made the client leave the namespace.</summary>
    public const string ServerDisconnect = "io server disconnect";

    /// <summary>The client was closed by its application.</summary>
    public const string ClientDisconnect = "io client disconnect";

    /// <summary>The server was silent for too long.</summary>
    public const string PingTimeout = "ping timeout";

    /// <summary>The server closed the connection.</summary>
    public const string TransportClose = "transport close";

    /// <summary>The connection broke, or a bound of the options was met.</summary>
    public const string TransportError = "transport error";

    /// <summary>The server sent what is not a packet.</summary>
    public const string ParseError = "parse error";
}
