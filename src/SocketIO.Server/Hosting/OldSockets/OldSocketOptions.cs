using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// Options of the WebSockets before RFC 6455. They belong to the port, not to a server: where several servers have them, those of the first count. A client
/// of a draft reaches everything that a WebSocket of its request would reach, under the same rules.
/// </summary>
public sealed class OldSocketOptions
{
    /// <summary>The drafts that are accepted. Default: all.</summary>
    public WebSocketDrafts Drafts { get; set; } = WebSocketDrafts.All;

    /// <summary>
    /// How long the first request of a connection may take before it goes, unlooked at, to the web server and its own limits; and how long the 8 bytes behind a
    /// handshake of hixie-76 may take before the connection is cut. 1 ms to 1 day; default 10 s.
    /// </summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The most bytes that the header block of a handshake may have; a larger one is none. 1,024 to 32,768; default 8,192.</summary>
    public int MaxHandshakeBytes { get; set; } = 8192;
}
