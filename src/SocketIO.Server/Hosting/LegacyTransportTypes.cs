namespace SocketIO.Server;

/// <summary>The transports of clients before 1.0, each of which has URLs of its own.</summary>
[Flags]
public enum LegacyTransportTypes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>WebSocket.</summary>
    WebSocket = 1,

    /// <summary>A WebSocket that Flash makes.</summary>
    FlashSocket = 2,

    /// <summary>A page in a frame that never ends, of a script for each message.</summary>
    HtmlFile = 4,

    /// <summary>A response that never ends, of a part for each message.</summary>
    XhrMultipart = 8,

    /// <summary>Polling.</summary>
    XhrPolling = 16,

    /// <summary>Polling by scripts, for pages of other origins.</summary>
    JsonpPolling = 32,

    /// <summary>Events that the server sends, as Opera 9 had them.</summary>
    ServerEvents = 64,

    /// <summary>All of them.</summary>
    All = WebSocket | FlashSocket | HtmlFile | XhrMultipart | XhrPolling | JsonpPolling | ServerEvents,
}
