// One client in one namespace: what an application talks to.
using System.Diagnostics;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// A client in a namespace. Its members may be called from any thread; handlers of its events start in the order in which the events came.
/// Source: <see href="https://socket.io/docs/v4/server-socket-instance/"/>.
/// </summary>
public sealed partial class Socket
{
    private readonly Client _client;
    private SocketListeners? _listeners;
    private HandlerTable? _handlers;
    private Dictionary<long, PendingAck>? _acks;
    private EventQueue? _events;
    private CancellationTokenSource? _disconnect;
    private volatile State _state;
    private bool _inOwnRoom;
    private bool _released;
    private bool _closing;

    internal Socket(Namespace ns, Client client, byte[]? auth, SocketSession? session)
    {
        Namespace = ns;
        _client = client;
        var issued = client.Connection.Engine.Time.GetUtcNow();
        Handshake = new Handshake(client.Connection.Request, issued, auth, ns.Server.Serializer.Options, isQuery: client.Dialect.IsLegacy);
        Id = session?.SocketId ?? client.Dialect.CreateSocketId(ns, client.Connection);
        Data = session?.Data ?? new SocketData();
        Recovered = session is not null;
        PrivateId = session?.PrivateId ?? (ns.Adapter.KeepsPackets && !client.Dialect.IsLegacy ? ns.Adapter.CreatePrivateId() : null);
    }

    private enum State
    {
        Connecting,
        Connected,
        Disconnected,
    }

    /// <summary>
    /// The socket's public id: 20 characters; with clients 1.0 to 2.5 the session's id, behind <c>/chat#</c> in a namespace <c>/chat</c>. It is also the name
    /// of a room that only this socket is in.
    /// </summary>
    public string Id { get; }

    /// <summary>The namespace.</summary>
    public Namespace Namespace { get; }

    /// <summary>The server.</summary>
    public SocketIOServer Server => Namespace.Server;

    /// <summary>The connection, which the client's sockets of other namespaces share.</summary>
    public EngineConnection Connection => _client.Connection;

    /// <summary>How the socket came in.</summary>
    public Handshake Handshake { get; }

    /// <summary>Who the client is, as ASP.NET Core's authentication says.</summary>
    public ClaimsPrincipal User => Handshake.User;

    /// <summary>What the application keeps with the socket.</summary>
    public SocketData Data { get; }

    /// <summary>Whether the socket is an earlier one that came back, with its id, rooms and data.</summary>
    public bool Recovered { get; }

    /// <summary>Whether the client is in the namespace: true once all middlewares have passed, until it leaves.</summary>
    public bool IsConnected => _state == State.Connected;

    /// <summary>The rooms, the socket's own included; empty after the disconnect.</summary>
    public IReadOnlySet<string> Rooms => Namespace.Adapter.GetRooms(this);

    /// <summary>Cancelled when the socket has disconnected.</summary>
    public CancellationToken DisconnectToken
    {
        get
        {
            lock (Connection.Gate)
            {
                // A source that others registered with is cancelled outside the gate, by whoever ends the socket.
                return _state == State.Disconnected
                    ? new CancellationToken(canceled: true)
                    : (_disconnect ??= new CancellationTokenSource()).Token;
            }
        }
    }

    /// <summary>Everybody in the namespace but this socket.</summary>
    public BroadcastOperator Broadcast => Namespace.Except(Id);

    /// <summary>Everybody on this node but this socket.</summary>
    public BroadcastOperator Local => Broadcast.Local;

    /// <summary>Sends that are dropped where the client cannot take them right now.</summary>
    public SocketOperator Volatile => new(this, isVolatile: true, compress: true, timeout: null, default);

    /// <summary>The rooms beside its own, under the adapter's lock.</summary>
    internal HashSet<string>? JoinedRooms { get; set; }

    internal bool IsInOwnRoom => _inOwnRoom;

    internal bool HasEnded => _state == State.Disconnected;

    internal string? PrivateId { get; }

    internal Client Client => _client;

    /// <summary>
    /// Registers a handler for an event. Its parameters are, in any order: the event's arguments, in their order, as any type that JSON
    /// gives (byte arrays, memory and streams for binary ones); <see cref="Socket"/>; <see cref="Ack"/>; <see cref="EventArguments"/>;
    /// <see cref="CancellationToken"/> (cancelled at the disconnect); services. What it returns, or its task gives, is the answer to a
    /// client that asked for one.
    /// </summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">The handler.</param>
    /// <returns>The socket, to go on.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or a parameter cannot be given.</exception>
    public Socket On(string eventName, Delegate handler) => Add(eventName, handler, once: false);

    /// <summary>The same for one event only.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">The handler.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket Once(string eventName, Delegate handler) => Add(eventName, handler, once: true);

    /// <summary>Removes a handler, or all handlers, of an event.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">The handler; <see langword="null"/>: all.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket Off(string eventName, Delegate? handler = null)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        _handlers?.Remove(eventName, handler);
        return this;
    }

    /// <summary>How many handlers an event has; listeners of <see cref="OnAny"/> do not count.</summary>
    /// <param name="eventName">The event's name.</param>
    public int ListenerCount(string eventName)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return _handlers?.Count(eventName) ?? 0;
    }

    /// <summary>Removes all event handlers.</summary>
    /// <returns>The socket, to go on.</returns>
    public Socket RemoveAllListeners()
    {
        _handlers?.Remove(null, null);
        return this;
    }

    /// <summary>Adds a middleware for each event of this socket. One that throws keeps the event from its handlers and raises <see cref="OnError"/>.</summary>
    /// <param name="middleware">Gets the event, and what comes after it.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket Use(Func<SocketEvent, Func<Task>, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Change(listeners => listeners.Middlewares = [.. listeners.Middlewares, middleware]);
        return this;
    }

    /// <summary>Adds a listener that is called for every event that arrives, before its handlers.</summary>
    /// <param name="listener">The listener.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket OnAny(Action<SocketEvent> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Change(listeners => listeners.Any = [.. listeners.Any, listener]);
        return this;
    }

    /// <summary>The same, before the listeners that are there.</summary>
    /// <param name="listener">The listener.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket PrependAny(Action<SocketEvent> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Change(listeners => listeners.Any = [listener, .. listeners.Any]);
        return this;
    }

    /// <summary>Removes a listener of <see cref="OnAny"/>, or all.</summary>
    /// <param name="listener">The listener; <see langword="null"/>: all.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket OffAny(Action<SocketEvent>? listener = null)
    {
        Change(listeners => listeners.Any = [.. listeners.Any.Where(other => listener is not null && other != listener)]);
        return this;
    }

    /// <summary>The listeners of <see cref="OnAny"/>, in the order of their calls.</summary>
    public IReadOnlyList<Action<SocketEvent>> ListenersAny => _listeners?.Any ?? [];

    /// <summary>Adds a listener that is called for every event that is sent to this client, broadcasts included; answers are not events.</summary>
    /// <param name="listener">The listener.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket OnAnyOutgoing(Action<SocketEvent> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Change(listeners => listeners.AnyOutgoing = [.. listeners.AnyOutgoing, listener]);
        return this;
    }

    /// <summary>The same, before the listeners that are there.</summary>
    /// <param name="listener">The listener.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket PrependAnyOutgoing(Action<SocketEvent> listener)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Change(listeners => listeners.AnyOutgoing = [listener, .. listeners.AnyOutgoing]);
        return this;
    }

    /// <summary>Removes a listener of <see cref="OnAnyOutgoing"/>, or all.</summary>
    /// <param name="listener">The listener; <see langword="null"/>: all.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket OffAnyOutgoing(Action<SocketEvent>? listener = null)
    {
        Change(listeners => listeners.AnyOutgoing = [.. listeners.AnyOutgoing.Where(other => listener is not null && other != listener)]);
        return this;
    }

    /// <summary>The listeners of <see cref="OnAnyOutgoing"/>, in the order of their calls.</summary>
    public IReadOnlyList<Action<SocketEvent>> ListenersAnyOutgoing => _listeners?.AnyOutgoing ?? [];

    /// <summary>Adds a handler for the end of the socket; it is in its rooms still.</summary>
    /// <param name="handler">Gets the reason, one of <see cref="CloseReasons"/>, with a detail where there is one.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket OnDisconnecting(Action<Disconnection> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Change(listeners => listeners.Disconnecting = [.. listeners.Disconnecting, handler]);
        return this;
    }

    /// <summary>Adds a handler for the end of the socket; it has left its rooms.</summary>
    /// <param name="handler">Gets the reason, one of <see cref="CloseReasons"/>, with a detail where there is one.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket OnDisconnect(Action<Disconnection> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Change(listeners => listeners.Disconnected = [.. listeners.Disconnected, handler]);
        return this;
    }

    /// <summary>Adds a handler for what goes wrong with the client's events: malformed packets, arguments that do not fit, middlewares and handlers that throw.</summary>
    /// <param name="handler">Gets the error.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket OnError(Action<Exception> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Change(listeners => listeners.Error = [.. listeners.Error, handler]);
        return this;
    }

    /// <summary>Sends an event. Never waits for the client; does nothing once the socket has disconnected.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments; byte arrays, memory and streams in them are sent as binary.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    /// <exception cref="PacketNotSupportedException">The client's generation has no form for it: binary values or a request for an answer, for instance.</exception>
    public void Emit(string eventName, params object?[] args) => Emit(eventName, args, isVolatile: false, compress: true);

    /// <summary>Sends a <c>message</c> event.</summary>
    /// <param name="args">Its arguments.</param>
    public void Send(params object?[] args) => Emit("message", args);

    /// <summary>
    /// Sends a <c>message</c> event and waits until the client has it, without an end unless the client disconnects; see <see cref="Timeout"/>. Clients 0.7 to 0.9
    /// acknowledge it by themselves, where it has one argument; others when their handler calls the function that it is given, with whatever values.
    /// </summary>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="SocketDisconnectedException">The client has gone.</exception>
    /// <exception cref="PacketNotSupportedException">The client's generation has no form for it: binary values or a request for an answer, for instance.</exception>
    public Task SendWithAckAsync(params object?[] args) => SendWithAck(args, isVolatile: false, compress: true, timeout: null, default).Task;

    /// <summary>Sends an event and waits for the client's answer, without an end unless the client disconnects; see <see cref="Timeout"/>.</summary>
    /// <typeparam name="T">What the first value of the answer is read as.</typeparam>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="SocketDisconnectedException">The client has gone.</exception>
    /// <exception cref="PacketNotSupportedException">The client's generation has no form for it: binary values or a request for an answer, for instance.</exception>
    public Task<T?> EmitWithAckAsync<T>(string eventName, params object?[] args) =>
        FirstAsync<T>(EmitWithAck(eventName, args, isVolatile: false, compress: true, timeout: null, default));

    /// <summary>The same with all values of the answer.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="SocketDisconnectedException">The client has gone.</exception>
    /// <exception cref="PacketNotSupportedException">The client's generation has no form for it: binary values or a request for an answer, for instance.</exception>
    public Task<EventArguments> EmitWithAckAsync(string eventName, params object?[] args) =>
        AllAsync(EmitWithAck(eventName, args, isVolatile: false, compress: true, timeout: null, default));

    /// <summary>How long to wait for an answer.</summary>
    /// <param name="timeout">Above zero.</param>
    public SocketOperator Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return new SocketOperator(this, isVolatile: false, compress: true, timeout, default);
    }

    /// <summary>Whether what is sent may be compressed (it may, unless said otherwise; where compression is on).</summary>
    /// <param name="compress">Whether it may.</param>
    public SocketOperator Compress(bool compress) => new(this, isVolatile: false, compress, timeout: null, default);

    /// <summary>Others in rooms; this socket is left out.</summary>
    /// <param name="rooms">The rooms.</param>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>The same as <see cref="To"/>.</summary>
    /// <param name="rooms">The rooms.</param>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>Others who are in none of these rooms.</summary>
    /// <param name="rooms">The rooms.</param>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Broadcast.Except(rooms);

    /// <summary>Joins rooms. In one process it is done when the call returns; in a cluster when the task completes. Does nothing after the disconnect.</summary>
    /// <param name="rooms">The rooms.</param>
    /// <exception cref="ArgumentNullException">One of them has no name; then none is joined.</exception>
    public ValueTask JoinAsync(params IReadOnlyCollection<string> rooms) =>
        _state == State.Disconnected ? default : Namespace.Adapter.AddAllAsync(this, rooms);

    /// <summary>Leaves a room.</summary>
    /// <param name="room">The room.</param>
    public ValueTask LeaveAsync(string room) => Namespace.Adapter.DeleteAsync(this, room);

    /// <summary>Disconnects the client from the namespace.</summary>
    /// <param name="close">Whether its other namespaces and the connection are closed as well.</param>
    /// <returns>The socket, to go on.</returns>
    public Socket Disconnect(bool close = false)
    {
        if (_state != State.Connected)
        {
            return this;
        }

        if (close || _client.Dialect.EndsWith(Namespace))
        {
            _client.Disconnect();
        }
        else
        {
            Leave();
        }

        return this;
    }

    /// <summary>Disconnects the client from the namespace alone.</summary>
    internal void Leave(bool isTold = true)
    {
        if (!BeginClose())
        {
            return;
        }

        if (isTold && _client.Encoder.Has(PacketType.Disconnect))
        {
            Write(new Packet(PacketType.Disconnect, Namespace.WireName), compress: true, isVolatile: false);
        }

        EndClose(CloseReasons.ServerNamespaceDisconnect, null);
    }

    internal bool EnterOwnRoom()
    {
        lock (Connection.Gate)
        {
            var entered = !_inOwnRoom && _state != State.Disconnected;
            _inOwnRoom |= entered;
            return entered;
        }
    }

    internal bool LeaveOwnRoom()
    {
        lock (Connection.Gate)
        {
            var left = _inOwnRoom;
            _inOwnRoom = false;
            return left;
        }
    }

    internal void MarkConnected() => _state = State.Connected;

    internal void Abandon() => End();

    /// <summary>Lets waiting events go to the handlers: the connection handlers have run.</summary>
    internal void ReleaseEvents()
    {
        EventQueue? queue;
        lock (Connection.Gate)
        {
            _released = true;
            queue = _events;
        }

        queue?.Release();
    }

    internal void Emit(string eventName, object?[] args, bool isVolatile, bool compress)
    {
        if (PrivateId is not null)
        {
            // So that it is kept, and can be sent again when the client returns.
            Namespace.To(Id).Compress(compress).EmitTo(eventName, args, isVolatile);
            return;
        }

        SocketIOServer.ThrowIfReserved(eventName);
        SendEvent(eventName, args, -1, isVolatile, compress);
    }

    internal AckWaiter EmitWithAck(
        string eventName,
        object?[] args,
        bool isVolatile,
        bool compress,
        TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        SocketIOServer.ThrowIfReserved(eventName);
        return Ask(eventName, args, isVolatile, compress, timeout, byLibrary: false, cancellationToken);
    }

    internal AckWaiter SendWithAck(object?[] args, bool isVolatile, bool compress, TimeSpan? timeout, CancellationToken cancellationToken) =>
        Ask("message", args, isVolatile, compress, timeout, byLibrary: true, cancellationToken);

    internal async Task<T?> FirstAsync<T>(AckWaiter waiter) => (await AllAsync(waiter).ConfigureAwait(false)).First<T>();

    internal async Task<EventArguments> AllAsync(AckWaiter waiter) =>
        new(Server.Serializer, await waiter.Task.ConfigureAwait(false), isEvent: false);

    internal void ExpectAck(long id, PendingAck ack)
    {
        lock (Connection.Gate)
        {
            if (_state != State.Disconnected)
            {
                (_acks ??= [])[id] = ack;
                return;
            }
        }

        ack.OnDisconnected();
    }

    internal void ForgetAck(long id)
    {
        lock (Connection.Gate)
        {
            _acks?.Remove(id);
        }
    }

    internal void SendAck<T>(long id, T value)
    {
        var writer = Server.Serializer.Rent();
        try
        {
            Server.Serializer.Write(writer, value);
            Write(writer.ToPacket(PacketType.Ack, Namespace.WireName, id), compress: true, isVolatile: false);
        }
        finally
        {
            EventSerializer.Return(writer);
        }
    }

    internal void SendAck(long id, object?[] values)
    {
        var writer = Server.Serializer.Rent();
        try
        {
            Server.Serializer.WriteAll(writer, values);
            Write(writer.ToPacket(PacketType.Ack, Namespace.WireName, id), compress: true, isVolatile: false);
        }
        finally
        {
            EventSerializer.Return(writer);
        }
    }

    internal void SendAck(long id, EventPayload answer) =>
        Write(new Packet(PacketType.Ack, Namespace.WireName, id, answer.Json, answer.Attachments), compress: true, isVolatile: false);

    /// <summary>An event that was missed while the client was away, for it alone.</summary>
    internal EncodedMessage Encode(EventPayload payload) => EncodedMessage.Create(
        _client.Encoder,
        new Packet(PacketType.Event, Namespace.WireName, -1, payload.Json, payload.Attachments),
        compress: true);

    internal void OnPacket(in Packet packet)
    {
        switch (packet.Type)
        {
            case PacketType.Event:
                OnEvent(packet);
                break;
            case PacketType.Ack:
                OnAck(packet);
                break;
            case PacketType.Disconnect:
                OnClosed(CloseReasons.ClientNamespaceDisconnect, null);
                break;
        }
    }

    internal void OnClosed(string reason, string? detail)
    {
        if (BeginClose())
        {
            EndClose(reason, detail);
        }
    }

    /// <summary>Ends the socket without an event, because its client has come back elsewhere, and closes its connection; for adapters.</summary>
    /// <returns><see langword="false"/>: it had ended already.</returns>
    public bool Evict()
    {
        if (!BeginClose())
        {
            return false;
        }

        End();
        Connection.Close();
        return true;
    }

    /// <summary>What an adapter keeps of it; <see langword="null"/> without recovery.</summary>
    internal SocketSession? CreateSession() =>
        PrivateId is null ? null : new SocketSession(Id, PrivateId, [.. Rooms], Data, Client.GetUserName(User));

    // The first step: from here on the client may ask for the namespace again, while handlers still run for this socket.
    private bool BeginClose()
    {
        lock (Connection.Gate)
        {
            if (_state != State.Connected || _closing)
            {
                return false;
            }

            _closing = true;
        }

        _client.Remove(this);
        return true;
    }

    private void EndClose(string reason, string? detail)
    {
        var disconnection = new Disconnection(reason, detail);
        Raise(_listeners?.Disconnecting, disconnection);
        if (IsRecoverable(reason) && CreateSession() is { } session)
        {
            Server.Forget(() => Namespace.Adapter.PersistSessionAsync(session));
        }

        End();
        Raise(_listeners?.Disconnected, disconnection);
    }

    // It joins nothing any more, is in no list, and nobody waits for it.
    private void End()
    {
        Dictionary<long, PendingAck>? acks;
        CancellationTokenSource? disconnect;
        lock (Connection.Gate)
        {
            _state = State.Disconnected;
            acks = _acks;
            _acks = null;
            disconnect = _disconnect;
        }

        Server.Forget(() => Namespace.Adapter.DeleteAllAsync(this));
        Namespace.Remove(this);
        foreach (var (_, ack) in acks ?? [])
        {
            ack.OnDisconnected();
        }

        if (disconnect is not null)
        {
            Server.Guard(disconnect.Cancel);
        }
    }

    /// <summary>An error of the application: a handler or middleware that threw.</summary>
    internal void RaiseError(Exception error)
    {
        Tracing.Fail(error);
        Log.EventFailed(Server.Logger, error, Id);
        Raise(_listeners?.Error, error);
    }

    /// <summary>An error of the client, who must not be able to fill the log with it.</summary>
    internal void RaiseClientError(Exception error)
    {
        Log.ClientFailed(Server.Logger, Id, error.Message);
        Raise(_listeners?.Error, error);
    }

    /// <summary>The handlers, if there are any.</summary>
    internal HandlerTable? Handlers => _handlers;

    /// <summary>The rarer listeners, if there are any.</summary>
    internal SocketListeners? RareListeners => _listeners;

    internal bool HasOutgoingListeners => _listeners is { AnyOutgoing.Length: > 0 };

    private SocketListeners Listeners
    {
        get
        {
            if (_listeners is null)
            {
                Interlocked.CompareExchange(ref _listeners, new SocketListeners(), null);
            }

            return _listeners;
        }
    }

    private void Change(Action<SocketListeners> change)
    {
        var listeners = Listeners;
        lock (Connection.Gate)
        {
            change(listeners);
        }
    }

    private static bool IsRecoverable(string reason) => reason
        is CloseReasons.TransportError
        or CloseReasons.TransportClose
        or CloseReasons.ForcedClose
        or CloseReasons.PingTimeout
        or CloseReasons.ServerShuttingDown
        or CloseReasons.ForcedServerClose;

    private Socket Add(string eventName, Delegate handler, bool once)
    {
        ArgumentNullException.ThrowIfNull(handler);
        SocketIOServer.ThrowIfReserved(eventName);
        if (_handlers is null)
        {
            Interlocked.CompareExchange(ref _handlers, new HandlerTable(), null);
        }

        _handlers.Add(Server.Binder.Bind(eventName, handler, once));
        return this;
    }

    // By library: the client's may answer in place of its application.
    private AckWaiter Ask(
        string eventName,
        object?[] args,
        bool isVolatile,
        bool compress,
        TimeSpan? timeout,
        bool byLibrary,
        CancellationToken cancellationToken)
    {
        var id = Namespace.NextAckId();
        var waiter = new AckWaiter(this, id, timeout);
        waiter.CancelWith(cancellationToken);
        ExpectAck(id, waiter);
        if (waiter.Task.IsCompleted)
        {
            // It ended before it was listed.
            ForgetAck(id);
        }

        try
        {
            SendEvent(eventName, args, id, isVolatile, compress, byLibrary);
        }
        catch
        {
            waiter.Abandon();
            throw;
        }

        return waiter;
    }

    private void SendEvent(string eventName, object?[] args, long id, bool isVolatile, bool compress, bool byLibrary = false)
    {
        var writer = Server.Serializer.Rent();
        try
        {
            writer.Json.WriteStringValue(eventName);
            Server.Serializer.WriteAll(writer, args);
            var packet = writer.ToPacket(PacketType.Event, Namespace.WireName, id) with { IsAutoAcknowledged = byLibrary };
            if (!HasOutgoingListeners)
            {
                Write(packet, compress, isVolatile);
                return;
            }

            // Encoded before anybody hears of it: the client's generation may have no form for it.
            var encoded = EncodedMessage.Create(_client.Encoder, packet, compress);
            NotifyOutgoing(new EventPayload(packet.Payload.ToArray(), packet.Attachments.ToArray()));
            if (_state != State.Disconnected)
            {
                _client.SendEncoded(encoded, isVolatile);
            }
        }
        finally
        {
            EventSerializer.Return(writer);
        }
    }

    private void Write(in Packet packet, bool compress, bool isVolatile)
    {
        if (_state != State.Disconnected)
        {
            _client.Send(packet, compress, isVolatile);
        }
    }

    internal void NotifyOutgoing(EventPayload payload)
    {
        var arguments = new EventArguments(Server.Serializer, payload, isEvent: true);
        Raise(_listeners!.AnyOutgoing, new SocketEvent(arguments.ReadName(), arguments, null));
    }

    private void OnEvent(in Packet packet)
    {
        // Without arguments there is no name: such a packet is nobody's.
        if (packet.Arguments.Length == 0)
        {
            return;
        }

        if ((_events is not null || !_released) && GetQueue().TryEnqueue(packet))
        {
            return;
        }

        Start(packet);
    }

    /// <summary>Starts an event and sees to its end.</summary>
    internal void Start(in Packet packet)
    {
        if (Tracing.IsOn)
        {
            StartTraced(packet);
            return;
        }

        var running = EventDispatcher.Dispatch(this, packet);
        if (!running.IsCompletedSuccessfully)
        {
            GetQueue().Run(running);
        }
    }

    private void StartTraced(in Packet packet)
    {
        var before = Activity.Current;
        var activity = Tracing.StartEvent(this, packet);
        var running = EventDispatcher.Dispatch(this, packet);
        if (running.IsCompletedSuccessfully)
        {
            activity?.Stop();
        }
        else
        {
            GetQueue().Run(running, activity);
        }

        // What comes next is no part of it.
        Activity.Current = before;
    }

    /// <summary>What of its events runs and waits; as of any moment.</summary>
    internal (int Running, int Bytes) Load => _events is { } events ? (events.Running, events.Bytes) : default;

    private EventQueue GetQueue()
    {
        lock (Connection.Gate)
        {
            return _events ??= new EventQueue(this, _released);
        }
    }

    private void OnAck(in Packet packet)
    {
        PendingAck? ack = null;
        lock (Connection.Gate)
        {
            _acks?.Remove(packet.Id, out ack);
        }

        if (ack is null)
        {
            return;
        }

        var detached = packet.Detach();
        ack.OnAnswer(detached.Payload.IsEmpty ? EventPayload.Empty : new EventPayload(detached.Payload, detached.Attachments));
    }

    /// <summary>Calls listeners, whose failures are their own.</summary>
    internal void Raise<T>(Action<T>[]? listeners, T value)
    {
        foreach (var listener in listeners ?? [])
        {
            try
            {
                listener(value);
            }
            catch (Exception e)
            {
                Log.ListenerFailed(Server.Logger, e, Id);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Warning, "An event of socket {Id} failed")]
        public static partial void EventFailed(ILogger logger, Exception exception, string id);

        [LoggerMessage(32, LogLevel.Debug, "The client of socket {Id} sent what it must not: {Problem}")]
        public static partial void ClientFailed(ILogger logger, string id, string problem);

        [LoggerMessage(31, LogLevel.Error, "A listener of socket {Id} failed")]
        public static partial void ListenerFailed(ILogger logger, Exception exception, string id);
    }
}

/// <summary>Why a socket ended.</summary>
/// <param name="Reason">One of <see cref="CloseReasons"/>.</param>
/// <param name="Detail">What exactly happened, where that is known.</param>
public sealed record Disconnection(string Reason, string? Detail);

/// <summary>The rarer listeners of a socket; made when the first is added.</summary>
internal sealed class SocketListeners
{
    public Action<SocketEvent>[] Any { get; set; } = [];

    public Action<SocketEvent>[] AnyOutgoing { get; set; } = [];

    public Func<SocketEvent, Func<Task>, Task>[] Middlewares { get; set; } = [];

    public Action<Disconnection>[] Disconnecting { get; set; } = [];

    public Action<Disconnection>[] Disconnected { get; set; } = [];

    public Action<Exception>[] Error { get; set; } = [];

    public bool NeedsEvent => Any.Length > 0 || Middlewares.Length > 0;
}
