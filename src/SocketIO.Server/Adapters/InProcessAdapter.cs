// Rooms in memory: the adapter of a single process, and the local half of every other one.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Keeps rooms in memory. A broadcast is encoded once and written to the sockets of a snapshot of its rooms.</summary>
public class InProcessAdapter : Adapter
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Room> _rooms = [];

    /// <summary>Makes an adapter.</summary>
    /// <param name="ns">The namespace that it serves.</param>
    public InProcessAdapter(Namespace ns)
        : base(ns)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, IReadOnlySet<string>> Rooms
    {
        get
        {
            var rooms = new Dictionary<string, IReadOnlySet<string>>();
            foreach (var (id, _) in Namespace.Sockets)
            {
                rooms[id] = new HashSet<string> { id };
            }

            lock (_gate)
            {
                foreach (var (name, room) in _rooms)
                {
                    var ids = room.Members.Select(static socket => socket.Id).ToHashSet();
                    ids.UnionWith(rooms.GetValueOrDefault(name) ?? new HashSet<string>());
                    rooms[name] = ids;
                }
            }

            return rooms;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, IReadOnlySet<string>> SocketIds =>
        Namespace.Sockets.ToDictionary(static entry => entry.Key, entry => GetRooms(entry.Value));

    /// <inheritdoc/>
    public override ValueTask<int> GetServerCountAsync() => new(1);

    /// <inheritdoc/>
    public override ValueTask AddAllAsync(Socket socket, IReadOnlyCollection<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(rooms);
        foreach (var name in rooms)
        {
            ArgumentNullException.ThrowIfNull(name, nameof(rooms));
        }

        foreach (var name in rooms)
        {
            // Its own room is implied by its id: no entry, no activation, no memory.
            if (name == socket.Id)
            {
                if (socket.EnterOwnRoom())
                {
                    OnRoomCreated(name);
                    OnRoomJoined(name, socket.Id);
                }

                continue;
            }

            bool created, joined;
            lock (_gate)
            {
                // Seen under the gate: who ends after this is taken out again by DeleteAllAsync.
                if (socket.HasEnded)
                {
                    return default;
                }

                var own = socket.JoinedRooms ??= [];
                if (own.Count + 1 >= Namespace.Server.Options.MaxRoomsPerSocket && !own.Contains(name))
                {
                    Namespace.Server.Engine.Bounds.Met(Bound.MaxRoomsPerSocket);
                    throw new InvalidOperationException(
                        $"The socket is in {own.Count + 1} rooms already; more are not allowed (SocketIOOptions.MaxRoomsPerSocket).");
                }

                joined = own.Add(name);
                created = joined && !_rooms.ContainsKey(name);
                if (created)
                {
                    _rooms[name] = new Room();
                }

                if (joined)
                {
                    _rooms[name].Add(socket);
                }
            }

            if (created)
            {
                OnRoomCreated(name);
            }

            if (joined)
            {
                OnRoomJoined(name, socket.Id);
            }
        }

        return default;
    }

    /// <inheritdoc/>
    public override ValueTask DeleteAsync(Socket socket, string room)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(room);
        if (room == socket.Id)
        {
            if (socket.LeaveOwnRoom())
            {
                OnRoomLeft(room, socket.Id);
                OnRoomDeleted(room);
            }

            return default;
        }

        bool left, deleted;
        lock (_gate)
        {
            left = socket.JoinedRooms?.Remove(room) == true;
            deleted = left && Remove(room, socket);
        }

        Raise(room, socket, left, deleted);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask DeleteAllAsync(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.LeaveOwnRoom())
        {
            OnRoomLeft(socket.Id, socket.Id);
            OnRoomDeleted(socket.Id);
        }

        List<(string Room, bool Deleted)> left = [];
        lock (_gate)
        {
            foreach (var room in socket.JoinedRooms ?? [])
            {
                left.Add((room, Remove(room, socket)));
            }

            socket.JoinedRooms = null;
        }

        foreach (var (room, deleted) in left)
        {
            Raise(room, socket, true, deleted);
        }

        return default;
    }

    /// <inheritdoc/>
    public override IReadOnlySet<string> GetRooms(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var rooms = new HashSet<string>();
        if (socket.IsInOwnRoom)
        {
            rooms.Add(socket.Id);
        }

        lock (_gate)
        {
            rooms.UnionWith(socket.JoinedRooms ?? []);
        }

        return rooms;
    }

    /// <inheritdoc/>
    public override ValueTask BroadcastAsync(EventPayload payload, BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(options);
        Delivery delivery;
        lock (Order)
        {
            delivery = Deliver(payload, options);
        }

        delivery.NotifyListeners();
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask BroadcastWithAckAsync(
        EventPayload payload,
        BroadcastOptions options,
        Action<int> clientCount,
        Action<EventPayload> answered,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clientCount);
        ArgumentNullException.ThrowIfNull(answered);
        var id = Namespace.NextAckId();
        var delivery = new Delivery(Namespace, payload, options, id);
        var asked = new List<Socket>();
        ForEach(options, (asked, delivery), static (state, socket) =>
        {
            // Who has no way to answer is not asked.
            if (state.delivery.Reaches(socket))
            {
                state.asked.Add(socket);
            }
        });
        clientCount(asked.Count);
        lock (Order)
        {
            foreach (var socket in asked)
            {
                socket.ExpectAck(id, new BroadcastAnswer(answered));
                delivery.SendTo(socket);
            }
        }

        delivery.NotifyListeners();
        if (asked.Count > 0 && cancellationToken.CanBeCanceled)
        {
            cancellationToken.UnsafeRegister(
                _ =>
                {
                    foreach (var socket in asked)
                    {
                        socket.ForgetAck(id);
                    }
                },
                null);
        }

        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<RemoteSocket>> FetchSocketsAsync(BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var found = new List<RemoteSocket>();
        ForEach(options, found, static (found, socket) => found.Add(new RemoteSocket(socket)));
        return new(found);
    }

    /// <inheritdoc/>
    public override async ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var socket in Collect(options))
        {
            await AddAllAsync(socket, rooms).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DeleteSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(rooms);
        foreach (var socket in Collect(options))
        {
            foreach (var room in rooms)
            {
                await DeleteAsync(socket, room).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var socket in Collect(options))
        {
            socket.Disconnect(close);
        }

        return default;
    }

    /// <inheritdoc/>
    public override ValueTask ServerSideEmitAsync(EventPayload payload) => default;

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<EventPayload>> ServerSideEmitWithAckAsync(EventPayload payload, TimeSpan timeout, CancellationToken cancellationToken) =>
        // There are no other servers to wait for.
        new([]);

    /// <summary>Whether a socket of this node has joined a room. The rooms that sockets have by their ids do not count.</summary>
    /// <param name="room">The room.</param>
    public bool HasRoom(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        lock (_gate)
        {
            return _rooms.ContainsKey(room);
        }
    }

    /// <summary>The sockets of this node that match, as they are now.</summary>
    /// <param name="options">Which.</param>
    public IReadOnlyList<Socket> Collect(BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var sockets = new List<Socket>();
        ForEach(options, sockets, static (sockets, socket) => sockets.Add(socket));
        return sockets;
    }

    /// <summary>One broadcast at a time: all receivers see all of them in one order.</summary>
    private protected Lock Order { get; } = new();

    /// <summary>Sends to all that match. The caller holds <see cref="Order"/>, and lets go of it before the application's outgoing listeners are told.</summary>
    private protected Delivery Deliver(EventPayload payload, BroadcastOptions options)
    {
        var delivery = new Delivery(Namespace, payload, options, -1);
        ForEach(options, delivery, static (delivery, socket) => delivery.SendTo(socket));
        return delivery;
    }

    private void ForEach<TState>(BroadcastOptions options, TState state, Action<TState, Socket> action)
    {
        var excluded = Exclude(options.Except);
        if (options.Rooms.Count == 0)
        {
            foreach (var socket in Namespace.GetSocketSnapshot())
            {
                Visit(socket);
            }

            return;
        }

        if (options.Rooms.Count == 1)
        {
            if (Namespace.Sockets.TryGetValue(options.Rooms[0], out var single) && single.IsInOwnRoom)
            {
                Visit(single);
            }

            foreach (var socket in Snapshot(options.Rooms[0]))
            {
                Visit(socket);
            }

            return;
        }

        var seen = new HashSet<Socket>();
        foreach (var room in options.Rooms)
        {
            if (Namespace.Sockets.TryGetValue(room, out var single) && single.IsInOwnRoom && seen.Add(single))
            {
                Visit(single);
            }

            foreach (var socket in Snapshot(room))
            {
                if (seen.Add(socket))
                {
                    Visit(socket);
                }
            }
        }

        void Visit(Socket socket)
        {
            if (socket.IsConnected && excluded?.Contains(socket) != true)
            {
                action(state, socket);
            }
        }
    }

    private HashSet<Socket>? Exclude(IReadOnlyList<string> rooms)
    {
        if (rooms.Count == 0)
        {
            return null;
        }

        var excluded = new HashSet<Socket>();
        foreach (var room in rooms)
        {
            if (Namespace.Sockets.TryGetValue(room, out var single) && single.IsInOwnRoom)
            {
                excluded.Add(single);
            }

            foreach (var socket in Snapshot(room))
            {
                excluded.Add(socket);
            }
        }

        return excluded;
    }

    private Socket[] Snapshot(string name)
    {
        lock (_gate)
        {
            return _rooms.TryGetValue(name, out var room) ? room.Snapshot() : [];
        }
    }

    private bool Remove(string name, Socket socket)
    {
        var room = _rooms[name];
        room.Remove(socket);
        return room.Members.Count == 0 && _rooms.Remove(name);
    }

    private void Raise(string room, Socket socket, bool left, bool deleted)
    {
        if (left)
        {
            OnRoomLeft(room, socket.Id);
        }

        if (deleted)
        {
            OnRoomDeleted(room);
        }
    }

    /// <summary>A room's sockets, and the same as an array that broadcasts share until somebody joins or leaves.</summary>
    private sealed class Room
    {
        private Socket[]? _snapshot;

        public HashSet<Socket> Members { get; } = [];

        public void Add(Socket socket)
        {
            Members.Add(socket);
            _snapshot = null;
        }

        public void Remove(Socket socket)
        {
            Members.Remove(socket);
            _snapshot = null;
        }

        public Socket[] Snapshot() => _snapshot ??= [.. Members];
    }

    /// <summary>
    /// A broadcast: encoded at the first receiver of each wire form, shared by all. Clients whose generation has no way to carry it are passed over.
    /// </summary>
    private protected sealed class Delivery(Namespace ns, EventPayload payload, BroadcastOptions options, long id)
    {
        private EncodedMessage? _encoded;
        private List<(PacketEncoder Encoder, EncodedMessage? Message)>? _others;
        private List<Socket>? _listening;

        public bool Reaches(Socket socket) => Encode(socket.Client) is not null;

        public void SendTo(Socket socket)
        {
            if (Encode(socket.Client) is not { } encoded)
            {
                return;
            }

            socket.Connection.Send(encoded, options.Volatile);
            if (socket.HasOutgoingListeners)
            {
                (_listening ??= []).Add(socket);
            }
        }

        private EncodedMessage? Encode(Client client) =>
            _encoded is { } encoded && ReferenceEquals(encoded.Encoder, client.Encoder) ? encoded : EncodeAnew(client);

        private EncodedMessage? EncodeAnew(Client client)
        {
            foreach (var (encoder, message) in _others ?? [])
            {
                if (ReferenceEquals(encoder, client.Encoder))
                {
                    return message;
                }
            }

            EncodedMessage? encoded = null;
            try
            {
                var carried = client.Dialect.IsLegacy ? payload.WithoutOffset() : payload;
                encoded = EncodedMessage.Create(client.Encoder, new Packet(PacketType.Event, ns.WireName, id, carried.Json, carried.Attachments), options.Compress);
            }
            catch (PacketNotSupportedException e)
            {
                ns.Server.LogPassedOver(e);
            }

            if (_encoded is null && encoded is not null)
            {
                _encoded = encoded;
            }
            else
            {
                (_others ??= []).Add((client.Encoder, encoded));
            }

            return encoded;
        }

        public void NotifyListeners()
        {
            foreach (var socket in _listening ?? [])
            {
                socket.NotifyOutgoing(payload);
            }
        }
    }

    private sealed class BroadcastAnswer(Action<EventPayload> answered) : PendingAck
    {
        public override void OnAnswer(EventPayload payload) => answered(payload);

        public override void OnDisconnected()
        {
            // The time-out tells: a client that has gone is one that did not answer.
        }
    }
}
