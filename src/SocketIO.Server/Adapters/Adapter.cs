// Socket.IO's own seam: rooms, and what is sent to them. Everything a cluster adds, it adds behind this.
namespace SocketIO.Server;

/// <summary>
/// Keeps the rooms of a namespace and delivers what is sent to them. <see cref="InProcessAdapter"/> is the default; others reach further
/// nodes. Source: <see href="https://socket.io/docs/v4/adapter/"/>.
/// </summary>
public abstract class Adapter
{
    /// <summary>Makes an adapter.</summary>
    /// <param name="ns">The namespace that it serves.</param>
    protected Adapter(Namespace ns)
    {
        ArgumentNullException.ThrowIfNull(ns);
        Namespace = ns;
    }

    /// <summary>A room has got its first socket.</summary>
    public event Action<string>? RoomCreated;

    /// <summary>A room's last socket has left.</summary>
    public event Action<string>? RoomDeleted;

    /// <summary>A socket has joined: room, socket id.</summary>
    public event Action<string, string>? RoomJoined;

    /// <summary>A socket has left: room, socket id.</summary>
    public event Action<string, string>? RoomLeft;

    /// <summary>The namespace that the adapter serves.</summary>
    public Namespace Namespace { get; }

    /// <summary>The rooms of this node and the ids of their sockets, as they are now; a socket's own room is among them.</summary>
    public abstract IReadOnlyDictionary<string, IReadOnlySet<string>> Rooms { get; }

    /// <summary>The sockets of this node and their rooms, as they are now.</summary>
    public abstract IReadOnlyDictionary<string, IReadOnlySet<string>> SocketIds { get; }

    /// <summary>Called once before the adapter is used.</summary>
    public virtual ValueTask InitializeAsync() => default;

    /// <summary>Called when the server closes.</summary>
    public virtual ValueTask CloseAsync() => default;

    /// <summary>How many servers there are, this one included.</summary>
    public abstract ValueTask<int> GetServerCountAsync();

    /// <summary>Makes the id of a new socket: 20 characters that nobody can guess.</summary>
    public virtual string CreateSocketId() => Engine.CreateId();

    /// <summary>Makes the private id of a socket whose session can be restored: whoever knows it is its client.</summary>
    public virtual string CreatePrivateId() => Engine.CreateId();

    /// <summary>Puts a socket of this node into rooms.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="rooms">The rooms; those it is in already are passed over.</param>
    public abstract ValueTask AddAllAsync(Socket socket, IReadOnlyCollection<string> rooms);

    /// <summary>Takes a socket of this node out of a room.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="room">The room.</param>
    public abstract ValueTask DeleteAsync(Socket socket, string room);

    /// <summary>Takes a socket of this node out of all rooms; more than once does no harm.</summary>
    /// <param name="socket">The socket.</param>
    public abstract ValueTask DeleteAllAsync(Socket socket);

    /// <summary>The rooms of a socket of this node, its own included; empty if there is no such socket.</summary>
    /// <param name="socket">The socket.</param>
    public abstract IReadOnlySet<string> GetRooms(Socket socket);

    /// <summary>Sends an event to all sockets that match.</summary>
    /// <param name="payload">The event's name and arguments.</param>
    /// <param name="options">Who gets it, and how.</param>
    public abstract ValueTask BroadcastAsync(EventPayload payload, BroadcastOptions options);

    /// <summary>Sends an event to all sockets that match and gives their answers as they come.</summary>
    /// <param name="payload">The event's name and arguments.</param>
    /// <param name="options">Who gets it, and how.</param>
    /// <param name="clientCount">Called with numbers of sockets whose answers are waited for; together they are all.</param>
    /// <param name="answered">Called for each answer.</param>
    /// <param name="cancellationToken">Ends the wait: later answers are dropped.</param>
    /// <returns>Completes when all numbers were told.</returns>
    public abstract ValueTask BroadcastWithAckAsync(
        EventPayload payload,
        BroadcastOptions options,
        Action<int> clientCount,
        Action<EventPayload> answered,
        CancellationToken cancellationToken);

    /// <summary>The sockets that match, of all nodes.</summary>
    /// <param name="options">Which.</param>
    public abstract ValueTask<IReadOnlyList<RemoteSocket>> FetchSocketsAsync(BroadcastOptions options);

    /// <summary>Puts the sockets that match into rooms.</summary>
    /// <param name="options">Which.</param>
    /// <param name="rooms">The rooms.</param>
    public abstract ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms);

    /// <summary>Takes the sockets that match out of rooms.</summary>
    /// <param name="options">Which.</param>
    /// <param name="rooms">The rooms.</param>
    public abstract ValueTask DeleteSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms);

    /// <summary>Disconnects the sockets that match.</summary>
    /// <param name="options">Which.</param>
    /// <param name="close">Whether their connections are closed as well.</param>
    public abstract ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close);

    /// <summary>Sends an event to the other servers.</summary>
    /// <param name="payload">The event's name and arguments.</param>
    public abstract ValueTask ServerSideEmitAsync(EventPayload payload);

    /// <summary>Sends an event to the other servers and collects one answer of each.</summary>
    /// <param name="payload">The event's name and arguments.</param>
    /// <param name="timeout">How long to wait for them.</param>
    /// <param name="cancellationToken">Gives up earlier.</param>
    /// <exception cref="AckTimeoutException">Not all have answered in time.</exception>
    public abstract ValueTask<IReadOnlyList<EventPayload>> ServerSideEmitWithAckAsync(EventPayload payload, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Keeps what a socket that lost its connection needs to come back. Without recovery it does nothing.</summary>
    /// <param name="session">The session.</param>
    public virtual ValueTask PersistSessionAsync(SocketSession session) => default;

    /// <summary>Claims a kept session, once; <see langword="null"/>: unknown, expired, or the offset is not known (any more).</summary>
    /// <param name="privateId">The id that only the client knows.</param>
    /// <param name="offset">The last offset that the client has seen.</param>
    /// <param name="user">The name of the client's authenticated user, or <see langword="null"/>: a session of another user stays unclaimed.</param>
    public virtual ValueTask<SocketSession?> RestoreSessionAsync(string privateId, string offset, string? user) => default;

    /// <summary>
    /// Puts a socket into the namespace, a restored one with its rooms and what it missed. Nothing is sent to those rooms between the missed events and
    /// <paramref name="connect"/>, so nothing is lost and nothing comes twice.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="session">The session it returned to, or its new one, which has no offset; <see langword="null"/> without recovery.</param>
    /// <param name="connect">Sends the missed events that it is given and lists the socket.</param>
    /// <returns><see langword="false"/>: what the client missed is not complete any more; nothing was done.</returns>
    public virtual ValueTask<bool> TryConnectAsync(Socket socket, SocketSession? session, Action<IReadOnlyList<EventPayload>> connect)
    {
        ArgumentNullException.ThrowIfNull(connect);
        connect([]);
        return new(true);
    }

    /// <summary>Whether events to single sockets go through <see cref="BroadcastAsync"/> as well, to be kept for recovery.</summary>
    public virtual bool KeepsPackets => false;

    /// <summary>Raises <see cref="RoomCreated"/>.</summary>
    /// <param name="room">The room.</param>
    protected void OnRoomCreated(string room) => Raise(RoomCreated, room);

    /// <summary>Raises <see cref="RoomDeleted"/>.</summary>
    /// <param name="room">The room.</param>
    protected void OnRoomDeleted(string room) => Raise(RoomDeleted, room);

    /// <summary>Raises <see cref="RoomJoined"/>.</summary>
    /// <param name="room">The room.</param>
    /// <param name="socketId">The socket's id.</param>
    protected void OnRoomJoined(string room, string socketId) => Raise(RoomJoined, room, socketId);

    /// <summary>Raises <see cref="RoomLeft"/>.</summary>
    /// <param name="room">The room.</param>
    /// <param name="socketId">The socket's id.</param>
    protected void OnRoomLeft(string room, string socketId) => Raise(RoomLeft, room, socketId);

    // A listener's failure is its own: whoever joins or leaves goes on.
    private void Raise(Action<string>? listener, string room)
    {
        try
        {
            listener?.Invoke(room);
        }
        catch (Exception e)
        {
            Namespace.Server.LogFailure(e);
        }
    }

    private void Raise(Action<string, string>? listener, string room, string socketId)
    {
        try
        {
            listener?.Invoke(room, socketId);
        }
        catch (Exception e)
        {
            Namespace.Server.LogFailure(e);
        }
    }
}

/// <summary>Which sockets something is for, and how it is sent.</summary>
public sealed record BroadcastOptions
{
    /// <summary>Everybody in the namespace.</summary>
    public static BroadcastOptions All { get; } = new();

    /// <summary>The union of these rooms; empty: everybody.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>But nobody in these rooms.</summary>
    public IReadOnlyList<string> Except { get; init; } = [];

    /// <summary>Only sockets of this node.</summary>
    public bool Local { get; init; }

    /// <summary>Only clients that can take it right now.</summary>
    public bool Volatile { get; init; }

    /// <summary>Whether it may be compressed.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>How long to wait for answers; <see langword="null"/>: not given.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>What a socket needs to come back: <see href="https://socket.io/docs/v4/connection-state-recovery"/>.</summary>
/// <param name="SocketId">Its id.</param>
/// <param name="PrivateId">The id that only the client knows.</param>
/// <param name="Rooms">Its rooms, its own among them.</param>
/// <param name="Data">Its data.</param>
/// <param name="User">The name of its authenticated user, or <see langword="null"/>; only the same one may return.</param>
public sealed record SocketSession(string SocketId, string PrivateId, IReadOnlyList<string> Rooms, SocketData Data, string? User)
{
    /// <summary>The offset that the client returned with; <see langword="null"/> in a new session.</summary>
    public string? Offset { get; init; }
}
