namespace SocketIO.Protocol;

/// <summary>What a WebSocket frame is (RFC 6455, section 5.2).</summary>
public enum WebSocketOpcode : byte
{
    /// <summary>A further fragment of a message that has begun; a reader never surfaces it.</summary>
    Continuation = 0,

    /// <summary>A message of UTF-8 text.</summary>
    Text = 1,

    /// <summary>A message of bytes.</summary>
    Binary = 2,

    /// <summary>The closing handshake: nothing, or a code of two bytes and a reason in UTF-8.</summary>
    Close = 8,

    /// <summary>A question that the peer answers with a pong of the same payload.</summary>
    Ping = 9,

    /// <summary>The answer to a ping, or a heartbeat that nobody asked for.</summary>
    Pong = 10,
}
