namespace SocketIO.Orleans;

/// <summary>
/// The Orleans streams between a cluster of gateways and other services, where the gateways name a stream provider. With the package
/// <c>Microsoft.Orleans.Streaming</c>: <c>provider.GetStream&lt;RoomEvent&gt;(StreamId.Create(SocketIOStreams.Rooms, SocketIOStreams.RoomKey("/chat", "lobby")))</c>.
/// </summary>
public static class SocketIOStreams
{
    /// <summary>
    /// The stream namespace of what clients do: a stream of <see cref="ClientNotice"/> for each namespace that the gateways are to publish; its key is the namespace's name.
    /// </summary>
    public const string Clients = "SocketIO.Clients";

    /// <summary>The stream namespace of what rooms are to be sent: a stream of <see cref="RoomEvent"/> for each room; its key is a <see cref="RoomKey"/>.</summary>
    public const string Rooms = "SocketIO.Rooms";

    /// <summary>The key of a room's stream.</summary>
    /// <param name="namespace">The namespace's name.</param>
    /// <param name="room">The room's name, or a socket's id.</param>
    public static string RoomKey(string @namespace, string room) => ScopedKey.Write(@namespace, room);
}
