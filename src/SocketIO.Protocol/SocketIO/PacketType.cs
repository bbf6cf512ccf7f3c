namespace SocketIO.Protocol;

/// <summary>The type of a Socket.IO packet. That a packet has attachments is a detail of its wire form, not a type.</summary>
public enum PacketType : byte
{
    /// <summary>Asks to join a namespace, or grants it.</summary>
    Connect = 0,

    /// <summary>Leaves a namespace.</summary>
    Disconnect = 1,

    /// <summary>An event: a name and arguments.</summary>
    Event = 2,

    /// <summary>The answer to an event that had an id.</summary>
    Ack = 3,

    /// <summary>Refuses to let a client join a namespace.</summary>
    ConnectError = 4,
}
