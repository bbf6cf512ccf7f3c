namespace SocketIO.Protocol;

/// <summary>The type of an Engine.IO packet; its value is the digit on the wire.</summary>
public enum EnginePacketType : byte
{
    /// <summary>The handshake, sent by the server when a session begins.</summary>
    Open = 0,

    /// <summary>The sender is about to close the transport.</summary>
    Close = 1,

    /// <summary>A heartbeat (from the server in revision 4), or the probe of an upgrade.</summary>
    Ping = 2,

    /// <summary>The answer to <see cref="Ping"/>.</summary>
    Pong = 3,

    /// <summary>Data of the application above.</summary>
    Message = 4,

    /// <summary>The client has finished an upgrade to this transport.</summary>
    Upgrade = 5,

    /// <summary>Nothing: ends a waiting poll while an upgrade is under way.</summary>
    Noop = 6,
}
