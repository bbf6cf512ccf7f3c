using System.Buffers;
using System.Diagnostics;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>
/// A client of a Socket.IO server: one namespace over one WebSocket. Its members may be called from any thread; handlers of events start in the order in which
/// the events came. Add them before <see cref="ConnectAsync"/>, so that they miss none. After the end the same client may connect again; it does not by itself.
/// </summary>
public sealed class SocketIOClient : IAsyncDisposable
{
    private readonly Uri _url;
    private readonly SocketIOClientOptions _options;
    private readonly ClientSerializer _serializer;
    private readonly ReadOnlyMemory<byte> _namespace;
    private readonly HandlerTable _handlers = new();
    private readonly EventDispatcher _dispatcher;
    private readonly Lock _gate = new();
    private Action<ClientDisconnection>[] _onDisconnect = [];
    private Action<Exception>[] _onError = [];
    private volatile ClientSession? _session;
    private bool _isDisposed;

    /// <summary>Makes a client that is not connected yet.</summary>
    /// <param name="url">
    /// The server, <c>http</c>, <c>https</c>, <c>ws</c> or <c>wss</c>. As with the JavaScript client the path is the namespace, or the realm of
    /// <see cref="ClientProtocol.Development07"/>, and the query goes with the handshake.
    /// </param>
    /// <param name="options">The options, of which a copy is kept; <see langword="null"/>: the defaults.</param>
    /// <exception cref="ArgumentException">The URL is of another kind, or an option is out of its range.</exception>
    /// <exception cref="PacketNotSupportedException">The URL names a namespace, but the protocol has none.</exception>
    public SocketIOClient(Uri url, SocketIOClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https" or "ws" or "wss"))
        {
            throw new ArgumentException($"A server's URL begins with http, https, ws or wss; it is \"{url}\".", nameof(url));
        }

        _url = url;
        _options = (options ?? new SocketIOClientOptions()).Freeze();
        _serializer = new ClientSerializer(_options.SerializerOptions);
        _namespace = url.AbsolutePath == "/" ? default : Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.AbsolutePath));
        _dispatcher = new EventDispatcher(this, _handlers, _serializer);
        // Whoever cannot carry the namespace says so now, and not at the first event.
        _options.Protocol.Parser.Encoder.Encode(_serializer.WriteEvent(_namespace, "message", [""]), new ArrayBufferWriter<byte>());
    }

    /// <summary>Makes a client that is not connected yet.</summary>
    /// <param name="url">The server, as in the other constructor.</param>
    /// <param name="options">The options, of which a copy is kept; <see langword="null"/>: the defaults.</param>
    /// <exception cref="UriFormatException">It is no URL.</exception>
    /// <inheritdoc cref="SocketIOClient(Uri, SocketIOClientOptions)" path="/exception"/>
    public SocketIOClient(string url, SocketIOClientOptions? options = null)
        : this(new Uri(url), options)
    {
    }

    /// <summary>Whether the server has let the client in, and the connection has not ended.</summary>
    public bool IsConnected => _session is { IsConnected: true };

    /// <summary>The id of the session, current or last; <see langword="null"/> before the first.</summary>
    public string? SessionId => _session?.SessionId;

    /// <summary>
    /// The id by which the server's application knows the client, current or last: that of the socket in its namespace. Before the current protocol it is
    /// <see cref="SessionId"/>.
    /// </summary>
    public string? Id => _session?.SocketId;

    /// <summary>Completes after the current connection's end, when <see cref="OnDisconnect"/> has been raised; or after the last one's.</summary>
    /// <exception cref="NotConnectedException">There has been no connection yet.</exception>
    public Task<ClientDisconnection> Completion => (_session ?? throw new NotConnectedException(null)).Completion;

    /// <summary>Connects, joins the namespace, and completes when the server has let the client in.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnectException">It was not possible.</exception>
    /// <exception cref="InvalidOperationException">The client is connected already, or connecting.</exception>
    /// <exception cref="ObjectDisposedException">The client has been disposed of.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        ClientSession session;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_session is { HasEnded: false })
            {
                throw new InvalidOperationException("The client is connected already, or connecting.");
            }

            _session = session = new ClientSession(_options, _serializer, _namespace, _dispatcher.DispatchAsync, RaiseDisconnect);
        }

        return session.ConnectAsync(_url, cancellationToken);
    }

    /// <summary>
    /// Adds a handler for an event. Its parameters are, in any order: the event's arguments, in their order, as any type that JSON gives (byte arrays and memory
    /// for binary ones); <see cref="ReceivedArguments"/>; <see cref="SocketIOClient"/>; <see cref="CancellationToken"/> (cancelled at the disconnect). What it
    /// returns, or its task gives, is the answer to a server that asked for one.
    /// </summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">The handler.</param>
    /// <returns>The client, to go on.</returns>
    /// <exception cref="ArgumentException">The name is reserved, or a parameter cannot be given.</exception>
    public SocketIOClient On(string eventName, Delegate handler)
    {
        ThrowIfReserved(eventName);
        ArgumentNullException.ThrowIfNull(handler);
        _handlers.Add(eventName, handler);
        return this;
    }

    /// <summary>
    /// Adds a handler for <c>message</c> events, which are all that servers before 0.7 know: a text is a <see cref="string"/>, and JSON what it holds; a
    /// <see cref="System.Text.Json.JsonElement"/> takes both.
    /// </summary>
    /// <param name="handler">The handler, as of <see cref="On"/>.</param>
    /// <returns>The client, to go on.</returns>
    /// <exception cref="ArgumentException">A parameter cannot be given.</exception>
    public SocketIOClient OnMessage(Delegate handler) => On("message", handler);

    /// <summary>Removes a handler, or all handlers, of an event.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="handler">The handler; <see langword="null"/>: all.</param>
    /// <returns>The client, to go on.</returns>
    public SocketIOClient Off(string eventName, Delegate? handler = null)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        _handlers.Remove(eventName, handler);
        return this;
    }

    /// <summary>Adds a handler for the end of a connection that had come about; all events before it have been given to their handlers.</summary>
    /// <param name="handler">Gets the reason, one of <see cref="DisconnectReasons"/>, with a detail where there is one.</param>
    /// <returns>The client, to go on.</returns>
    public SocketIOClient OnDisconnect(Action<ClientDisconnection> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_gate)
        {
            _onDisconnect = [.. _onDisconnect, handler];
        }

        return this;
    }

    /// <summary>
    /// Adds a handler for what goes wrong with events: arguments that do not fit (a <see cref="System.Text.Json.JsonException"/> that names them), and what
    /// handlers throw. As long as there is none, it goes to <see cref="Trace"/>.
    /// </summary>
    /// <param name="handler">Gets the error. It must not throw.</param>
    /// <returns>The client, to go on.</returns>
    public SocketIOClient OnError(Action<Exception> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        lock (_gate)
        {
            _onError = [.. _onError, handler];
        }

        return this;
    }

    /// <summary>Sends an event. Never waits: it is kept, in order, until the connection takes it, see <see cref="FlushAsync"/>.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments; byte arrays and memory in them are sent as binary.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    /// <exception cref="NotConnectedException">There is no connection.</exception>
    /// <exception cref="ClientQueueFullException">Too much waits to be sent.</exception>
    /// <exception cref="PacketNotSupportedException">The protocol has no form for it: binary values before the current one.</exception>
    public void Emit(string eventName, params object?[] args)
    {
        ThrowIfReserved(eventName);
        GetSession().Send(_serializer.WriteEvent(_namespace, eventName, args));
    }

    /// <summary>
    /// Sends a <c>message</c> event. Before the current protocol a string is a text, a number its digits, any other value JSON, and several arguments are several
    /// messages.
    /// </summary>
    /// <param name="args">Its arguments.</param>
    /// <inheritdoc cref="Emit" path="/exception"/>
    public void Send(params object?[] args) => Emit("message", args);

    /// <summary>Sends an event and waits for the server's answer; for how long, <see cref="SocketIOClientOptions.AckTimeout"/> says.</summary>
    /// <typeparam name="T">What the first value of the answer is read as.</typeparam>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    /// <exception cref="TimeoutException">The server has not answered in time.</exception>
    /// <exception cref="NotConnectedException">There is no connection, or it ended before the answer.</exception>
    /// <exception cref="ClientQueueFullException">Too much waits to be sent, or to be answered.</exception>
    /// <exception cref="PacketNotSupportedException">The protocol has no acknowledgements.</exception>
    /// <exception cref="System.Text.Json.JsonException">The answer is no <typeparamref name="T"/>.</exception>
    public Task<T?> EmitWithAckAsync<T>(string eventName, params object?[] args) => Ask().EmitWithAckAsync<T>(eventName, args);

    /// <summary>The same with all values of the answer.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    /// <exception cref="TimeoutException">The server has not answered in time.</exception>
    /// <exception cref="NotConnectedException">There is no connection, or it ended before the answer.</exception>
    /// <exception cref="ClientQueueFullException">Too much waits to be sent, or to be answered.</exception>
    /// <exception cref="PacketNotSupportedException">The protocol has no acknowledgements.</exception>
    public Task<ReceivedArguments> EmitWithAckAsync(string eventName, params object?[] args) => Ask().EmitWithAckAsync(eventName, args);

    /// <summary>How long to wait for an answer.</summary>
    /// <param name="timeout">Above zero.</param>
    public ClientOperator Timeout(TimeSpan timeout) => Ask().Timeout(timeout);

    /// <summary>Gives up waiting for an answer when <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <param name="cancellationToken">The token.</param>
    public ClientOperator WithCancellation(CancellationToken cancellationToken) => Ask().WithCancellation(cancellationToken);

    /// <summary>Completes when nothing waits to be sent any more: a program that emits much waits here from time to time.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="NotConnectedException">There is no connection, or it ended with something unsent.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) => GetSession().FlushAsync(cancellationToken);

    /// <summary>
    /// Sends what waits, and closes the connection; does nothing where there is none. <see cref="SocketIOClientOptions.CloseTimeout"/> bounds it.
    /// </summary>
    /// <param name="cancellationToken">Cuts the connection at once.</param>
    public Task CloseAsync(CancellationToken cancellationToken = default) => _session?.CloseAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Closes the connection for good.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }

        await CloseAsync().ConfigureAwait(false);
    }

    internal async Task<ReceivedArguments> EmitWithAckAsync(string eventName, object?[] args, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ThrowIfReserved(eventName);
        var session = GetSession();
        var (id, answer) = session.Acks.Add();
        try
        {
            session.Send(_serializer.WriteEvent(_namespace, eventName, args, id));
            var wait = timeout ?? _options.AckTimeout;
            return new ReceivedArguments(_serializer, await answer.WaitAsync(wait, _options.TimeProvider, cancellationToken).ConfigureAwait(false));
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The server has not answered \"{eventName}\" within {timeout ?? _options.AckTimeout}.", e);
        }
        finally
        {
            session.Acks.Remove(id);
        }
    }

    internal void RaiseError(Exception error)
    {
        var listeners = Volatile.Read(ref _onError);
        if (listeners.Length == 0)
        {
            Trace.TraceError($"{nameof(SocketIOClient)}: {error}");
        }

        foreach (var listener in listeners)
        {
            listener(error);
        }
    }

    private void RaiseDisconnect(ClientDisconnection end)
    {
        foreach (var listener in Volatile.Read(ref _onDisconnect))
        {
            try
            {
                listener(end);
            }
            catch (Exception e)
            {
                RaiseError(e);
            }
        }
    }

    private ClientOperator Ask() => new(this, timeout: null, default);

    private ClientSession GetSession() => _session ?? throw new NotConnectedException(null);

    private static void ThrowIfReserved(string eventName)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        if (eventName is "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener")
        {
            throw new ArgumentException($"\"{eventName}\" is a reserved event name", nameof(eventName));
        }
    }
}
