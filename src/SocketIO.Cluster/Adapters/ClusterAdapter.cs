// Socket.IO's adapter over the relay: what is for other nodes goes through a partition and comes back in its order.
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>
/// The adapter of a namespace in a cluster. The sockets of this node and their rooms are kept by an in-process adapter; this adds routes. Everything that must
/// keep its order among nodes is published to a partition and acted upon when it comes back, here as everywhere else.
/// </summary>
internal sealed class ClusterAdapter : Adapter, IPartitionReceiver
{
    private readonly ClusterGateway _gateway;
    private readonly PartitionChannel[] _channels;
    private readonly ClusterPublisher _publisher;
    private readonly InProcessAdapter _local;
    private readonly RouteBook _routes;
    // Sockets that came from other gateways: their ids tell where they were made, not where they are.
    private readonly ConcurrentDictionary<string, Socket> _moved = new();
    private readonly SocketReturns _returns;
    private readonly bool _recovers;

    public ClusterAdapter(Namespace ns, ClusterGateway gateway, PartitionChannel[] channels)
        : base(ns)
    {
        _gateway = gateway;
        _channels = channels;
        _publisher = new ClusterPublisher(gateway, channels);
        _returns = new SocketReturns(gateway, channels[0], ns.Name);
        _local = new InProcessAdapter(ns);
        _local.RoomCreated += OnRoomCreated;
        _local.RoomDeleted += OnRoomDeleted;
        _local.RoomJoined += OnRoomJoined;
        _local.RoomLeft += OnRoomLeft;
        _routes = new RouteBook(gateway.Id, channels, room => _local.HasRoom(room) || _moved.ContainsKey(room));
        _recovers = ns.Server.Options.ConnectionStateRecovery is not null;
    }

    /// <summary>This node's place in the cluster.</summary>
    public ClusterGateway Gateway => _gateway;

    /// <inheritdoc/>
    public override bool KeepsPackets => _recovers;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, IReadOnlySet<string>> Rooms => _local.Rooms;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, IReadOnlySet<string>> SocketIds => _local.SocketIds;

    /// <inheritdoc/>
    public override ValueTask InitializeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Attach(this, _recovers);
        }

        return default;
    }

    /// <inheritdoc/>
    public override async ValueTask CloseAsync()
    {
        // What was published last, the end of this node's sockets for one, is to reach the others; and who comes back finds the session as it was left.
        using var end = new CancellationTokenSource(_gateway.Options.CloseTimeout);
        await _gateway.WhenPublishedAsync(Namespace.Name).WaitAsync(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_recovers)
        {
            await _gateway.Sessions!.WhenWrittenAsync(Namespace, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (var channel in _channels)
        {
            channel.Release(this);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<int> GetServerCountAsync() => new(_gateway.Count);

    /// <inheritdoc/>
    public override string CreateSocketId()
    {
        Span<byte> hint = stackalloc byte[SocketIdHint.Length];
        SocketIdHint.Write(_gateway.Id, hint);
        return string.Concat(Encoding.ASCII.GetString(hint), base.CreateSocketId().AsSpan(SocketIdHint.Length));
    }

    /// <inheritdoc/>
    public override string CreatePrivateId() => _gateway.Ids.Create(_gateway.Id, Namespace.Name);

    /// <inheritdoc/>
    public override async ValueTask AddAllAsync(Socket socket, IReadOnlyCollection<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(rooms);
        try
        {
            await _local.AddAllAsync(socket, rooms).ConfigureAwait(false);
        }
        finally
        {
            // Where one was too many, it is in those before that one.
            await AddRoutesAsync(socket, rooms).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DeleteAsync(Socket socket, string room)
    {
        await _local.DeleteAsync(socket, room).ConfigureAwait(false);
        if (_recovers)
        {
            _gateway.Sessions!.Changed(socket);
        }

        _routes.Release([room]);
    }

    /// <inheritdoc/>
    public override async ValueTask DeleteAllAsync(Socket socket)
    {
        var rooms = _local.GetRooms(socket);
        await _local.DeleteAllAsync(socket).ConfigureAwait(false);
        _moved.TryRemove(KeyValuePair.Create(socket.Id, socket));
        if (_recovers)
        {
            _gateway.Sessions!.Ended(socket);
        }

        _routes.Release(rooms.Append(socket.Id));
    }

    /// <inheritdoc/>
    public override IReadOnlySet<string> GetRooms(Socket socket) => _local.GetRooms(socket);

    /// <inheritdoc/>
    public override async ValueTask BroadcastAsync(EventPayload payload, BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Local)
        {
            await _local.BroadcastAsync(payload, options).ConfigureAwait(false);
        }
        else if (!_publisher.TryPublish(RelayItemKind.Broadcast, ClusterPublisher.FlagsOf(options), options, payload))
        {
            // Those who can be reached are; that it was not all is the caller's to know.
            await _local.BroadcastAsync(payload, options).ConfigureAwait(false);
            throw new ClusterUnavailableException();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask BroadcastWithAckAsync(
        EventPayload payload,
        BroadcastOptions options,
        Action<int> clientCount,
        Action<EventPayload> answered,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clientCount);
        ArgumentNullException.ThrowIfNull(answered);
        if (options.Local)
        {
            await _local.BroadcastWithAckAsync(payload, options, clientCount, answered, cancellationToken).ConfigureAwait(false);
            return;
        }

        // The caller keeps the time.
        var wait = options.Timeout ?? TimeSpan.Zero;
        var answers = await _publisher.AskAsync(
            RelayItemKind.Broadcast, ClusterPublisher.FlagsOf(options), options, payload, wait, wait + _gateway.Options.RequestTimeout, answered, cancellationToken).ConfigureAwait(false);
        clientCount(answers.Count);
    }

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<RemoteSocket>> FetchSocketsAsync(BroadcastOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Local)
        {
            return await _local.FetchSocketsAsync(options).ConfigureAwait(false);
        }

        var answers = await _publisher.AskAsync(RelayItemKind.FetchSockets, RelayItemFlags.None, options, null, options.Timeout).ConfigureAwait(false);
        return [.. answers.Select(answer => RemoteSocket.Read(Namespace, answer))];
    }

    /// <inheritdoc/>
    public override ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms) =>
        ChangeRoomsAsync(RelayItemKind.AddSockets, options, rooms);

    /// <inheritdoc/>
    public override ValueTask DeleteSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms) =>
        ChangeRoomsAsync(RelayItemKind.DeleteSockets, options, rooms);

    /// <inheritdoc/>
    public override async ValueTask DisconnectSocketsAsync(BroadcastOptions options, bool close)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Local)
        {
            await _local.DisconnectSocketsAsync(options, close).ConfigureAwait(false);
            return;
        }

        await _publisher.AskAsync(RelayItemKind.DisconnectSockets, close ? RelayItemFlags.Close : RelayItemFlags.None, options, null).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask ServerSideEmitAsync(EventPayload payload) =>
        _publisher.TryPublish(RelayItemKind.ServerSideEmit, RelayItemFlags.None, BroadcastOptions.All, payload) ? default : throw new ClusterUnavailableException();

    /// <inheritdoc/>
    public override async ValueTask<IReadOnlyList<EventPayload>> ServerSideEmitWithAckAsync(
        EventPayload payload,
        TimeSpan timeout,
        CancellationToken cancellationToken) =>
        await _publisher.AskAsync(
            RelayItemKind.ServerSideEmit, RelayItemFlags.None, BroadcastOptions.All, payload, timeout, timeout, null, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override ValueTask PersistSessionAsync(SocketSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        _gateway.Sessions?.Leave(session, Namespace);
        return default;
    }

    /// <inheritdoc/>
    public override async ValueTask<SocketSession?> RestoreSessionAsync(string privateId, string offset, string? user) =>
        _recovers && Offset.TryParse(offset, out _) && await _gateway.Sessions!.ClaimAsync(privateId, user, Namespace).ConfigureAwait(false) is { } session
            ? session with { Offset = offset }
            : null;

    /// <inheritdoc/>
    public override async ValueTask<bool> TryConnectAsync(Socket socket, SocketSession? session, Action<IReadOnlyList<EventPayload>> connect)
    {
        ArgumentNullException.ThrowIfNull(connect);
        if (session is null)
        {
            connect([]);
            return true;
        }

        if (session.Offset is null)
        {
            _gateway.Sessions!.Begin(socket, session);
            connect([]);
            _gateway.Sessions.Connected(socket, session);
            return true;
        }

        if (!_gateway.Sessions!.Begin(socket, session))
        {
            // Its client has come back once more meanwhile.
            socket.Connection.Close();
            return true;
        }

        var isBack = await _returns.TryConnectAsync(session, missed =>
        {
            if (_gateway.Sessions.Owns(socket))
            {
                connect(missed);
            }
        }).ConfigureAwait(false);
        if (isBack)
        {
            _gateway.Sessions.Connected(socket, session);
        }
        else
        {
            _gateway.Sessions.Refused(socket);
        }

        return isBack;
    }

    void IPartitionReceiver.OnRoom() => _routes.Retry();

    T IPartitionReceiver.WithRooms<T>(Func<IReadOnlyCollection<ReadOnlyMemory<byte>>, T> action) => _routes.WithRooms(action);

    void IPartitionReceiver.OnLost()
    {
        // Whoever is closed comes back, with a session that has no gap or with a fresh one.
        foreach (var (_, socket) in Namespace.Sockets)
        {
            socket.Connection.Close();
        }

        _returns.Lose();
    }

    void IPartitionReceiver.Deliver(in SequencedItem item)
    {
        try
        {
            Deliver(item);
        }
        catch (Exception e)
        {
            // It is the same for whoever comes after.
            _gateway.LogFailure(e, Namespace.Name);
        }
    }

    private Task AddRoutesAsync(Socket socket, IReadOnlyCollection<string> rooms)
    {
        if (_recovers)
        {
            _gateway.Sessions!.Changed(socket);
        }

        if (rooms.Contains(socket.Id) && !SocketIdHint.IsOf(_gateway.Id, socket.Id))
        {
            _moved[socket.Id] = socket;
        }

        // A socket's own room has no route: its id tells where it is.
        return _routes.AddAsync(rooms.Where(room => room == socket.Id ? _moved.ContainsKey(room) : _local.HasRoom(room)));
    }

    private void Deliver(in SequencedItem item)
    {
        var reader = new RelayItemReader(item.Item.Span);
        if (reader.Kind is RelayItemKind.Join or RelayItemKind.Leave)
        {
            return;
        }

        var rooms = new string[reader.RoomCount];
        for (var i = 0; reader.TryReadRoom(out var room); i++)
        {
            rooms[i] = Encoding.UTF8.GetString(room);
        }

        var body = reader.ReadBody(item.Item);
        var options = new BroadcastOptions
        {
            Rooms = rooms,
            Except = [.. body.Except.Select(static room => Encoding.UTF8.GetString(room.Span))],
            Volatile = reader.Flags.HasFlag(RelayItemFlags.Volatile),
            Compress = !reader.Flags.HasFlag(RelayItemFlags.NoCompress),
        };
        var answers = reader.Flags.HasFlag(RelayItemFlags.ExpectsAnswer) ? _gateway.BeginAnswers(item, body) : null;
        switch (reader.Kind)
        {
            case RelayItemKind.Broadcast:
                Broadcast(item.Offset, body, options, answers);
                break;
            case RelayItemKind.AddSockets:
            case RelayItemKind.DeleteSockets:
                _ = ChangeRoomsAsync(reader.Kind, body.Payload, options, answers);
                break;
            case RelayItemKind.DisconnectSockets:
                _ = _local.DisconnectSocketsAsync(options, reader.Flags.HasFlag(RelayItemFlags.Close)).AsTask();
                answers?.Announce(0);
                break;
            case RelayItemKind.ServerSideEmit:
                RaiseServerSide(item.Publisher, reader.Flags, body.Payload, answers);
                break;
            case RelayItemKind.FetchSockets:
                Describe(options, answers);
                break;
        }
    }

    private void Broadcast(Offset offset, RelayItemBody body, BroadcastOptions options, ClusterAnswers? answers)
    {
        if (_recovers && answers is null && !options.Volatile)
        {
            var kept = body.Payload.Append(offset.ToString());
            _ = _local.BroadcastAsync(kept, options).AsTask();
            _returns.Deliver(kept, options);
            return;
        }

        if (answers is null)
        {
            _ = _local.BroadcastAsync(body.Payload, options).AsTask();
            return;
        }

        // Whoever asked waits no longer than this; neither do the sockets' tables.
        var end = new CancellationTokenSource(body.Timeout);
        _ = _local.BroadcastWithAckAsync(body.Payload, options, answers.Announce, answers.Add, end.Token).AsTask();
    }

    private async Task ChangeRoomsAsync(RelayItemKind kind, EventPayload payload, BroadcastOptions options, ClusterAnswers? answers)
    {
        try
        {
            var rooms = RoomsJson.Read(payload);
            // All are in the local index before the next item; their routes may take a while.
            await Task.WhenAll(_local.Collect(options).Select(socket => ChangeAsync(socket, rooms))).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _gateway.LogFailure(e, Namespace.Name);
        }

        answers?.Announce(0);

        async Task ChangeAsync(Socket socket, string[] rooms)
        {
            if (kind == RelayItemKind.AddSockets)
            {
                await AddAllAsync(socket, rooms).ConfigureAwait(false);
                return;
            }

            foreach (var room in rooms)
            {
                await DeleteAsync(socket, room).ConfigureAwait(false);
            }
        }
    }

    private void RaiseServerSide(GatewayId publisher, RelayItemFlags flags, EventPayload payload, ClusterAnswers? answers)
    {
        if (publisher == _gateway.Id && !flags.HasFlag(RelayItemFlags.FromOutside))
        {
            answers?.Announce(0);
            return;
        }

        answers?.Announce(1);
        Namespace.OnServerSideEvent(payload, answers is null ? null : answers.Add);
    }

    private void Describe(BroadcastOptions options, ClusterAnswers? answers)
    {
        var sockets = _local.Collect(options);
        answers?.Announce(sockets.Count);
        foreach (var socket in sockets)
        {
            answers?.Add(Describe(socket));
        }
    }

    private EventPayload Describe(Socket socket)
    {
        try
        {
            return new RemoteSocket(Namespace, socket.Id, socket.Handshake, socket.Rooms, socket.Data).Write();
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            // Data that can't be sent does not hide the socket.
            _gateway.LogFailure(e, Namespace.Name);
            return new RemoteSocket(Namespace, socket.Id, socket.Handshake, socket.Rooms, new SocketData()).Write();
        }
    }

    private async ValueTask ChangeRoomsAsync(RelayItemKind kind, BroadcastOptions options, IReadOnlyCollection<string> rooms)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(rooms);
        foreach (var room in rooms)
        {
            RouteBook.Encode(room);
        }

        if (options.Local)
        {
            await ChangeRoomsAsync(kind, RoomsJson.Write(rooms), options, answers: null).ConfigureAwait(false);
            return;
        }

        await _publisher.AskAsync(kind, RelayItemFlags.None, options, RoomsJson.Write(rooms)).ConfigureAwait(false);
    }
}
