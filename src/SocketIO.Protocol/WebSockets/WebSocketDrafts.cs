namespace SocketIO.Protocol;

/// <summary>The drafts of WebSocket that browsers, Flash and Node spoke before RFC 6455.</summary>
[Flags]
public enum WebSocketDrafts
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>
    /// <see href="https://datatracker.ietf.org/doc/html/draft-hixie-thewebsocketprotocol-75">hixie-75</see>: Chrome 4 and 5, Safari 5.0.0, the first
    /// web-socket-js. Its handshake proves nothing.
    /// </summary>
    Hixie75 = 1,

    /// <summary>
    /// <see href="https://datatracker.ietf.org/doc/html/draft-hixie-thewebsocketprotocol-76">hixie-76</see>, also called hybi-00: Chrome 6 to 13, Safari
    /// 5.0.1 to 5.1, iOS 4.2 to 5, PhantomJS 1, Flash, and the Node clients of 2011.
    /// </summary>
    Hixie76 = 2,

    /// <summary>
    /// Versions 7 and 8 (<see href="https://datatracker.ietf.org/doc/html/draft-ietf-hybi-thewebsocketprotocol-07">hybi-07</see> to 12): Firefox 6 to 10,
    /// Chrome 14 and 15. Their frames are those of RFC 6455.
    /// </summary>
    Hybi = 4,

    /// <summary>All of them.</summary>
    All = Hixie75 | Hixie76 | Hybi,
}
