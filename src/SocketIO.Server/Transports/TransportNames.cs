namespace SocketIO.Server;

/// <summary>The transports' names, as clients write them in the <c>transport</c> query value.</summary>
public static class TransportNames
{
    /// <summary>HTTP long-polling.</summary>
    public const string Polling = "polling";

    /// <summary>WebSocket.</summary>
    public const string WebSocket = "websocket";

    /// <summary>WebTransport.</summary>
    public const string WebTransport = "webtransport";

    // An unknown name gives what no set of transports holds.
    internal static TransportTypes Parse(string? name) => name switch
    {
        Polling => TransportTypes.Polling,
        WebSocket => TransportTypes.WebSocket,
        WebTransport => TransportTypes.WebTransport,
        _ => (TransportTypes)int.MinValue,
    };
}
