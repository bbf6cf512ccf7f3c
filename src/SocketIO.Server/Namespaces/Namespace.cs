using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// A channel of its own on the clients' connections: its handlers, middlewares, rooms and sockets.
/// Source: <see href="https://socket.io/docs/v4/namespaces/"/>.
/// </summary>
public partial class Namespace
{
    private readonly ConcurrentDictionary<string, Socket> _sockets = new();
    private readonly Lock _gate = new();
    private readonly BroadcastOperator _all;
    private Func<Socket, Func<Task>, Task>[] _middlewares = [];
    private Func<Socket, Task>[] _connectionHandlers = [];
    private Action<string, EventArguments, Action<EventPayload>?>[] _serverSideHandlers = [];
    private Socket[]? _snapshot;
    private long _ackIds = -1;
    private int _arriving;
    private bool _retired;

    internal Namespace(SocketIOServer server, string name, Func<Namespace, Adapter> adapter)
    {
        Server = server;
        Name = name;
        WireName = name == "/" ? default : Encoding.UTF8.GetBytes(name);
        Adapter = adapter(this);
        _all = new BroadcastOperator(this, BroadcastOptions.All);
    }

    /// <summary>The name, with its leading slash.</summary>
    public string Name { get; }

    /// <summary>The server.</summary>
    public SocketIOServer Server { get; }

    /// <summary>What keeps the rooms.</summary>
    public Adapter Adapter { get; private set; }

    /// <summary>The connected sockets of this node by id, as they are while they are looked at.</summary>
    public IReadOnlyDictionary<string, Socket> Sockets => _sockets;

    /// <summary>All sockets of this node: <see cref="BroadcastOperator.Local"/>.</summary>
    public BroadcastOperator Local => _all.Local;

    /// <summary>All sockets that can take it right now: <see cref="BroadcastOperator.Volatile"/>.</summary>
    public BroadcastOperator Volatile => _all.Volatile;

    internal ReadOnlyMemory<byte> WireName { get; }

    internal ParentNamespace? Parent { get; init; }

    /// <summary>Adds a middleware. The client is refused with <c>connect_error</c> if it throws, or does not call <c>next</c>. The message and data of a <see cref="ConnectRefusedException"/> reach the client; those of other exceptions do not.</summary>
    /// <param name="middleware">Gets the socket, not connected yet, and what comes after it.</param>
    /// <returns>The namespace, to go on.</returns>
    public Namespace Use(Func<Socket, Func<Task>, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        lock (_gate)
        {
            _middlewares = [.. _middlewares, middleware];
        }

        return this;
    }

    /// <summary>Adds a handler for sockets that have connected. Events of a socket wait until its handlers have run, asynchronous ones to their end.</summary>
    /// <param name="handler">Gets the socket and registers its events.</param>
    /// <returns>The namespace, to go on.</returns>
    public Namespace OnConnection(Action<Socket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnConnection(socket =>
        {
            handler(socket);
            return Task.CompletedTask;
        });
    }

    /// <inheritdoc cref="OnConnection(Action{Socket})"/>
    public Namespace OnConnection(Func<Socket, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_gate)
        {
            _connectionHandlers = [.. _connectionHandlers, handler];
        }

        return this;
    }

    /// <summary>Adds a handler for sockets that have connected, before the handlers that there are: it sees a socket as nobody has touched it yet.</summary>
    /// <param name="handler">Gets the socket.</param>
    internal void PrependConnection(Action<Socket> handler)
    {
        lock (_gate)
        {
            _connectionHandlers =
            [
                socket =>
                {
                    handler(socket);
                    return Task.CompletedTask;
                },
                .. _connectionHandlers,
            ];
        }
    }

    /// <summary>Adds a handler for events that other servers send with <see cref="ServerSideEmit"/>; what it returns is the answer.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">Gets the arguments.</param>
    /// <returns>The namespace, to go on.</returns>
    public Namespace OnServerSide(string eventName, Func<EventArguments, object?> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_gate)
        {
            _serverSideHandlers =
            [
                .. _serverSideHandlers,
                (name, arguments, answer) =>
                {
                    if (name == eventName)
                    {
                        var result = handler(arguments);
                        answer?.Invoke(Server.CreateAnswer(result));
                    }
                },
            ];
        }

        return this;
    }

    /// <inheritdoc cref="BroadcastOperator.To"/>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => _all.To(rooms);

    /// <inheritdoc cref="BroadcastOperator.To"/>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => _all.To(rooms);

    /// <inheritdoc cref="BroadcastOperator.Except"/>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => _all.Except(rooms);

    /// <inheritdoc cref="BroadcastOperator.Compress"/>
    public BroadcastOperator Compress(bool compress) => _all.Compress(compress);

    /// <inheritdoc cref="BroadcastOperator.Timeout"/>
    public BroadcastOperator Timeout(TimeSpan timeout) => _all.Timeout(timeout);

    /// <inheritdoc cref="BroadcastOperator.Emit"/>
    public void Emit(string eventName, params object?[] args) => _all.Emit(eventName, args);

    /// <inheritdoc cref="BroadcastOperator.Send"/>
    public void Send(params object?[] args) => _all.Send(args);

    /// <inheritdoc cref="BroadcastOperator.EmitWithAckAsync"/>
    public Task<IReadOnlyList<T?>> EmitWithAckAsync<T>(string eventName, params object?[] args) => _all.EmitWithAckAsync<T>(eventName, args);

    /// <inheritdoc cref="BroadcastOperator.FetchSocketsAsync"/>
    public ValueTask<IReadOnlyList<RemoteSocket>> FetchSocketsAsync() => _all.FetchSocketsAsync();

    /// <inheritdoc cref="BroadcastOperator.SocketsJoinAsync"/>
    public ValueTask SocketsJoinAsync(params IReadOnlyCollection<string> rooms) => _all.SocketsJoinAsync(rooms);

    /// <inheritdoc cref="BroadcastOperator.SocketsLeaveAsync"/>
    public ValueTask SocketsLeaveAsync(params IReadOnlyCollection<string> rooms) => _all.SocketsLeaveAsync(rooms);

    /// <inheritdoc cref="BroadcastOperator.DisconnectSocketsAsync"/>
    public ValueTask DisconnectSocketsAsync(bool close = false) => _all.DisconnectSocketsAsync(close);

    /// <summary>Sends an event to the namespace's handlers on the other servers, not on this one.</summary>
    /// <param name="eventName">The event's name; <c>connect</c>, <c>connection</c> and <c>new_namespace</c> are reserved.</param>
    /// <param name="args">Its arguments.</param>
    public void ServerSideEmit(string eventName, params object?[] args)
    {
        ThrowIfReservedOnServerSide(eventName);
        Server.Forget(Adapter.ServerSideEmitAsync(Server.CreatePayload(eventName, args)));
    }

    /// <summary>The same, and waits for one answer of each of the other servers; none, where there are none.</summary>
    /// <typeparam name="T">What an answer is read as.</typeparam>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="AckTimeoutException">Not all have answered within 5 s.</exception>
    public Task<IReadOnlyList<T?>> ServerSideEmitWithAckAsync<T>(string eventName, params object?[] args)
    {
        ThrowIfReservedOnServerSide(eventName);
        return CollectAsync(Server.CreatePayload(eventName, args));

        async Task<IReadOnlyList<T?>> CollectAsync(EventPayload payload)
        {
            var answers = await Adapter.ServerSideEmitWithAckAsync(payload, TimeSpan.FromSeconds(5), CancellationToken.None).ConfigureAwait(false);
            return [.. answers.Select(answer => new EventArguments(Server.Serializer, answer, isEvent: false).First<T>())];
        }
    }

    /// <summary>Gives an event of another server to the handlers; for adapters.</summary>
    /// <param name="payload">The event's name and arguments.</param>
    /// <param name="answer">Takes the first answer, where one is wanted.</param>
    public void OnServerSideEvent(EventPayload payload, Action<EventPayload>? answer)
    {
        ArgumentNullException.ThrowIfNull(payload);
        var arguments = new EventArguments(Server.Serializer, payload, isEvent: true);
        var name = arguments.ReadName();
        var answered = 0;
        foreach (var handler in _serverSideHandlers)
        {
            Server.Guard(() => handler(name, arguments, answer is null ? null : result =>
            {
                if (Interlocked.Exchange(ref answered, 1) == 0)
                {
                    answer(result);
                }
            }));
        }
    }

    internal long NextAckId() => Interlocked.Increment(ref _ackIds);

    internal void ReplaceAdapter(Func<Namespace, Adapter> adapter)
    {
        Server.Forget(Adapter.CloseAsync());
        Adapter = adapter(this);
        Server.Forget(Adapter.InitializeAsync());
    }

    /// <summary>The connected sockets as an array that is shared until somebody comes or goes.</summary>
    internal Socket[] GetSocketSnapshot()
    {
        if (System.Threading.Volatile.Read(ref _snapshot) is { } snapshot)
        {
            return snapshot;
        }

        lock (_gate)
        {
            return _snapshot ??= [.. _sockets.Values];
        }
    }

    internal void CopyHandlersTo(Namespace child)
    {
        lock (_gate)
        {
            child._middlewares = _middlewares;
            child._connectionHandlers = _connectionHandlers;
        }
    }

    /// <summary>Takes a client in: middlewares, then the socket, or the refusal.</summary>
    /// <returns><see langword="false"/>: the namespace has been removed meanwhile, and is to be found anew.</returns>
    internal async ValueTask<bool> TryAddAsync(Client client, byte[]? auth)
    {
        lock (_gate)
        {
            if (_retired)
            {
                return false;
            }

            _arriving++;
        }

        using var activity = Tracing.StartConnect(this, client.Connection.Request);
        Socket? socket;
        try
        {
            socket = await AdmitAsync(client, auth).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _arriving--;
            }

            Parent?.RemoveIfEmpty(this);
        }

        if (socket is not null)
        {
            await RunConnectionHandlersAsync(socket).ConfigureAwait(false);
        }

        return true;
    }

    internal void Remove(Socket socket)
    {
        if (_sockets.TryRemove(KeyValuePair.Create(socket.Id, socket)))
        {
            ForgetSnapshot();
        }

        Parent?.RemoveIfEmpty(this);
    }

    /// <summary>Takes nobody in any more, if nobody is here or on the way in.</summary>
    internal bool TryRetire()
    {
        lock (_gate)
        {
            _retired |= _arriving == 0 && _sockets.IsEmpty;
            return _retired;
        }
    }

    private async ValueTask<Socket?> AdmitAsync(Client client, byte[]? auth)
    {
        SocketSession? session = null;
        var options = Server.Options.ConnectionStateRecovery;
        if (options is not null && !client.Dialect.IsLegacy && ReadRecovery(auth) is var (privateId, offset) && privateId is not null)
        {
            var user = Client.GetUserName(client.Connection.Request.User);
            session = await Adapter.RestoreSessionAsync(privateId, offset!, user).ConfigureAwait(false);
        }

        return await AdmitAsync(client, auth, session).ConfigureAwait(false);
    }

    private async ValueTask<Socket?> AdmitAsync(Client client, byte[]? auth, SocketSession? session)
    {
        var socket = new Socket(this, client, auth, session);
        if (session is null || !Server.Options.ConnectionStateRecovery!.SkipMiddlewares)
        {
            try
            {
                await RunMiddlewaresAsync(socket).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                if (e is not ConnectRefusedException)
                {
                    Tracing.Fail(e);
                    Log.MiddlewareFailed(Server.Logger, e, Name);
                }

                Abandon(socket, session);
                // What another exception says may not be for the client's eyes.
                client.Refuse(this, e is ConnectRefusedException ? e.Message : ConnectRefusedException.DefaultMessage, (e as ConnectRefusedException)?.Details);
                return null;
            }
        }

        return await ConnectAsync(client, socket, session, auth).ConfigureAwait(false);
    }

    private async ValueTask<Socket?> ConnectAsync(Client client, Socket socket, SocketSession? session, byte[]? auth)
    {
        var rooms = session is null ? [socket.Id] : session.Rooms.Append(socket.Id).Distinct().ToArray();
        var answer = client.EncodeConnect(socket);
        var connected = false;
        bool possible;
        try
        {
            await Adapter.AddAllAsync(socket, rooms).ConfigureAwait(false);
            possible = await Adapter.TryConnectAsync(socket, session ?? socket.CreateSession(), missed => connected = client.Connect(socket, answer, missed, () =>
            {
                _sockets[socket.Id] = socket;
                ForgetSnapshot();
            })).ConfigureAwait(false);
        }
        catch
        {
            Abandon(socket, session);
            throw;
        }

        if (!possible)
        {
            // The log has moved on meanwhile: a fresh session, never a gap, and never past the middlewares.
            socket.Abandon();
            return await AdmitAsync(client, auth, null).ConfigureAwait(false);
        }

        if (!connected)
        {
            // The client has gone again before it was back.
            Abandon(socket, session);
            return null;
        }

        if (answer is not null)
        {
            client.Connection.RaiseCreated(new EnginePacket(EnginePacketType.Message, answer.First, answer.IsBinary));
        }

        return socket;
    }

    // A socket that does not connect. Its client's next attempt finds the session as this one did.
    private void Abandon(Socket socket, SocketSession? session)
    {
        socket.Abandon();
        if (session is not null)
        {
            Server.Forget(() => Adapter.PersistSessionAsync(session));
        }
    }

    private async ValueTask RunConnectionHandlersAsync(Socket socket)
    {
        try
        {
            foreach (var handler in _connectionHandlers)
            {
                try
                {
                    await handler(socket).ConfigureAwait(false);
                }
                catch (Exception e)
                {
                    Tracing.Fail(e);
                    Log.ConnectionHandlerFailed(Server.Logger, e, Name);
                }
            }
        }
        finally
        {
            socket.ReleaseEvents();
        }
    }

    private void ForgetSnapshot()
    {
        lock (_gate)
        {
            _snapshot = null;
        }
    }

    private async Task RunMiddlewaresAsync(Socket socket)
    {
        var middlewares = _middlewares;
        if (middlewares.Length == 0)
        {
            return;
        }

        var passed = false;
        await RunAsync(0).ConfigureAwait(false);
        if (!passed)
        {
            throw new ConnectRefusedException(ConnectRefusedException.DefaultMessage);
        }

        Task RunAsync(int index)
        {
            if (index < middlewares.Length)
            {
                return middlewares[index](socket, () => RunAsync(index + 1));
            }

            passed = true;
            return Task.CompletedTask;
        }
    }

    private (string? PrivateId, string? Offset) ReadRecovery(byte[]? auth)
    {
        if (auth is null)
        {
            return default;
        }

        using var document = System.Text.Json.JsonDocument.Parse(auth, new System.Text.Json.JsonDocumentOptions { MaxDepth = Server.PacketLimits.MaxDepth });
        try
        {
            return document.RootElement.TryGetProperty("pid"u8, out var pid) && pid.ValueKind == System.Text.Json.JsonValueKind.String
                && document.RootElement.TryGetProperty("offset"u8, out var offset) && offset.ValueKind == System.Text.Json.JsonValueKind.String
                ? (pid.GetString(), offset.GetString())
                : default;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, which JSON allows: no id of ours.
            return default;
        }
    }

    private static void ThrowIfReservedOnServerSide(string eventName)
    {
        if (eventName is "connect" or "connection" or "new_namespace")
        {
            throw new ArgumentException($"\"{eventName}\" is a reserved event name", nameof(eventName));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Warning, "A middleware of namespace {Namespace} failed")]
        public static partial void MiddlewareFailed(ILogger logger, Exception exception, string @namespace);

        [LoggerMessage(21, LogLevel.Error, "A connection handler of namespace {Namespace} failed")]
        public static partial void ConnectionHandlerFailed(ILogger logger, Exception exception, string @namespace);
    }
}
