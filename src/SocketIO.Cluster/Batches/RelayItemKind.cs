namespace SocketIO.Cluster;

/// <summary>What an item asks for. The partition acts on <see cref="Join"/> and <see cref="Leave"/>; the rest it only routes by rooms.</summary>
internal enum RelayItemKind : byte
{
    /// <summary>An event for the sockets that match.</summary>
    Broadcast = 1,

    /// <summary>The publisher's gateway has its first socket in the rooms: routes them to it, and comes back to it alone, which completes the join.</summary>
    Join = 2,

    /// <summary>The publisher's gateway has no socket in the rooms any more.</summary>
    Leave = 3,

    /// <summary>The sockets that match join the rooms of the payload.</summary>
    AddSockets = 4,

    /// <summary>The sockets that match leave the rooms of the payload.</summary>
    DeleteSockets = 5,

    /// <summary>The sockets that match are disconnected.</summary>
    DisconnectSockets = 6,

    /// <summary>An event for the servers.</summary>
    ServerSideEmit = 7,

    /// <summary>The sockets that match are described to the publisher.</summary>
    FetchSockets = 8,
}
