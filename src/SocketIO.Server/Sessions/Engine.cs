// The Engine.IO server: all sessions of one path, their clock and their rules.
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// The Engine.IO server below the namespaces: it holds the connections of one path.
/// Source: <see href="https://socket.io/docs/v4/server-instance/#serverengine"/>.
/// </summary>
public sealed partial class Engine : IDisposable
{
    private static readonly TimeSpan DrainStep = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, EngineConnection> _connections = new();
    private readonly StringCache _strings = new();
    private readonly RequestTargetCache _targets;
    private readonly TimeProvider _time;
    private Func<HttpContext, Func<Task>, Task>[] _middlewares = [];
    private volatile bool _closed;
    private long _malformed;

    internal Engine(EngineOptions options, TimeProvider time, ILogger logger)
    {
        Options = options;
        _time = time;
        Logger = logger;
        Timers = new TimerWheel(time, e => Log.TimerFailed(logger, e));
        Departures = new Departures(Timers);
        DeflateFraming = new WebSocketFraming(options.PerMessageDeflate?.Threshold ?? int.MaxValue);
        _targets = new RequestTargetCache(_strings);
        options.Relay?.Attach(this);
    }

    /// <summary>A client has connected.</summary>
    public event Action<EngineConnection>? Connection;

    /// <summary>The first response of a session is about to be sent; headers may be added.</summary>
    public event Action<IHeaderDictionary, HttpContext>? InitialHeaders;

    /// <summary>A response is about to be sent; headers may be added.</summary>
    public event Action<IHeaderDictionary, HttpContext>? Headers;

    /// <summary>A request was refused.</summary>
    public event Action<ConnectionError>? ConnectionError;

    /// <summary>What waits for a connection is about to be handed to its transport.</summary>
    public event Action<EngineConnection>? Flush;

    /// <summary>All that waited for a connection has been handed to its transport.</summary>
    public event Action<EngineConnection>? Drain;

    /// <summary>An open connection has ended, for the reason given.</summary>
    internal event Action<EngineConnection, string>? Ended;

    /// <summary>How many connections are open.</summary>
    public int ClientsCount => _connections.Count;

    /// <summary>The options in force; they are not to be changed any more.</summary>
    public EngineOptions Options { get; }

    /// <summary>The open connections, as they are while they are listed.</summary>
    public IEnumerable<EngineConnection> Connections
    {
        get
        {
            foreach (var (_, connection) in _connections)
            {
                yield return connection;
            }
        }
    }

    internal TimerWheel Timers { get; }

    internal Departures Departures { get; }

    internal FlushScheduler FlushScheduler { get; } = new();

    /// <summary>The frames of WebSockets whose client has agreed to compression.</summary>
    internal WebSocketFraming DeflateFraming { get; }

    /// <summary>How often clients have met the bounds.</summary>
    internal BoundCounts Bounds { get; } = new();

    internal ILogger Logger { get; }

    internal TimeProvider Time => _time;

    internal IReadOnlyList<Func<HttpContext, Func<Task>, Task>> Middlewares => _middlewares;

    /// <summary>Whether no new connections are taken any more: clients have <see cref="EngineOptions.ShutdownTimeout"/> to go once they are told.</summary>
    internal bool IsClosing => _closed;

    /// <summary>Packets that could not be read.</summary>
    internal long Malformed => Interlocked.Read(ref _malformed);

    /// <summary>Why a new connection is not taken now; <see langword="null"/>: it is.</summary>
    internal (EngineError Error, string Detail)? Refuse()
    {
        if (_closed)
        {
            return (EngineError.ShuttingDown, "the host is stopping");
        }

        if (_connections.Count < Options.MaxConnections || Options.MaxConnections is null)
        {
            return null;
        }

        Bounds.Met(Bound.MaxConnections);
        return (EngineError.Full, "EngineOptions.MaxConnections");
    }

    /// <summary>A packet could not be read.</summary>
    internal void CountMalformed() => Interlocked.Increment(ref _malformed);

    /// <summary>
    /// Adds a middleware that sees every request below the path, upgrades included. One that throws refuses the request with
    /// <c>Bad request</c>; one that neither calls <c>next</c> nor throws has answered the request itself.
    /// </summary>
    /// <param name="middleware">Gets the request and what comes after it.</param>
    public void Use(Func<HttpContext, Func<Task>, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        lock (_connections)
        {
            _middlewares = [.. _middlewares, middleware];
        }
    }

    /// <summary>
    /// Serves a WebTransport session that the application has accepted: a new connection, or the upgrade of a polling one, as the client's
    /// first packet says. The session is closed at once where WebTransport is not among <see cref="EngineOptions.Transports"/>, or where
    /// <see cref="EngineOptions.Cors"/> or a middleware is in use: they need a request, and there is none. For the same reason handshakes have
    /// neither headers nor query, and neither <see cref="EngineOptions.AllowRequest"/> nor <see cref="EngineOptions.GenerateId"/> is asked.
    /// Source: <see href="https://socket.io/docs/v4/how-to/enable-webtransport"/>.
    /// </summary>
    /// <param name="session">The session; it is closed when it has been served.</param>
    /// <returns>A task that ends with the session.</returns>
    public Task OnWebTransportSessionAsync(WebTransportSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return new WebTransportHandshake(this, session).RunAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        Timers.Dispose();
    }

    internal EngineConnection? Find(string id) =>
        _connections.GetValueOrDefault(id) is { } connection && !connection.EndIfExpired() ? connection : null;

    /// <summary>The path and query of a request.</summary>
    internal RequestTarget GetTarget(HttpRequest request) => _targets.Get(request);

    /// <summary>Makes a connection for a handshake; <see cref="Start"/> opens it.</summary>
    internal async ValueTask<EngineConnection> CreateAsync(HttpContext context, Dialect dialect)
    {
        var id = Options.GenerateId is { } generate ? await generate(context).ConfigureAwait(false) : CreateSessionId();
        return new EngineConnection(this, id, new HandshakeRequest(context, GetTarget(context.Request), _time.GetUtcNow(), _strings), dialect);
    }

    /// <summary>Makes a connection for a WebTransport session, which comes without a request.</summary>
    internal EngineConnection Create(WebTransportSession session) =>
        new(this, CreateSessionId(), new HandshakeRequest([], [], url: "", isSecure: true, session.RemoteAddress, _time.GetUtcNow()), Dialect.Current);

    /// <summary>Opens a connection on its first transport: the open packet goes out, the heartbeat starts, the layer above hears of it.</summary>
    internal bool Start(EngineConnection connection, Transport transport)
    {
        connection.Open(transport);
        if (!_connections.TryAdd(connection.Id, connection))
        {
            return false;
        }

        // Seen again, now that it counts: other handshakes, or the end of the server, may have come between.
        if (_closed || _connections.Count > Options.MaxConnections)
        {
            _connections.TryRemove(KeyValuePair.Create(connection.Id, connection));
            return false;
        }

        var handshake = Scratch.Rent();
        try
        {
            connection.Dialect.WriteOpen(handshake, connection, GetUpgrades(connection.Dialect, transport.Name));
            connection.Send(new EnginePacket(EnginePacketType.Open, handshake.WrittenMemory));
        }
        finally
        {
            Scratch.Return(handshake);
        }

        if (Options.InitialPacket is { Length: > 0 } initial)
        {
            connection.Send(new EnginePacket(EnginePacketType.Message, Encoding.UTF8.GetBytes(initial)));
        }

        connection.StartHeartbeat();
        Log.Opened(Logger, connection.Id, transport.Name);
        Raise(Connection, connection);
        connection.OnAnnounced();
        return true;
    }

    internal void OnConnectionClosed(EngineConnection connection, string reason)
    {
        if (_connections.TryRemove(KeyValuePair.Create(connection.Id, connection)))
        {
            Ended?.Invoke(connection, reason);
        }

        Log.Closed(Logger, connection.Id, reason);
    }

    internal void RaiseInitialHeaders(HttpContext context) => InitialHeaders?.Invoke(context.Response.Headers, context);

    internal void RaiseHeaders(HttpContext context) => Headers?.Invoke(context.Response.Headers, context);

    internal void RaiseFlush(EngineConnection connection) => Raise(Flush, connection);

    internal void RaiseDrain(EngineConnection connection) => Raise(Drain, connection);

    internal void LogFailure(Exception exception, string id) => Log.Failed(Logger, exception, id);

    internal void LogListenerFailed(Exception exception, string id) => Log.ListenerFailed(Logger, exception, id);

    internal void RaiseConnectionError(ConnectionError error)
    {
        Log.Refused(Logger, error.Code, error.Message, error.Context);
        ConnectionError?.Invoke(error);
    }

    /// <summary>Takes no new connections from now on.</summary>
    internal void BeginDrain() => _closed = true;

    /// <summary>
    /// Lets the clients go as the options say: from now on no new ones are taken, and after <see cref="EngineOptions.DrainDelay"/> the connections are closed at
    /// the pace of <see cref="EngineOptions.DrainRate"/>. Once it is cancelled it ends at once: <see cref="Close"/> closes what is left.
    /// </summary>
    internal async Task DrainAsync(CancellationToken cancellationToken)
    {
        BeginDrain();
        try
        {
            await Task.Delay(Options.DrainDelay, _time, cancellationToken).ConfigureAwait(false);
            if (Options.DrainRate is not { } rate)
            {
                return;
            }

            var start = _time.GetTimestamp();
            var closed = 0;
            foreach (var close in GetClosings())
            {
                var wait = TimeSpan.FromSeconds((double)closed++ / rate) - _time.GetElapsedTime(start);
                // Timers are coarse: a few at a time keep the pace as well.
                if (wait >= DrainStep)
                {
                    await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
                }

                close();
            }
        }
        catch (OperationCanceledException)
        {
            // The host does not wait any longer.
        }
    }

    /// <summary>Closes all connections; no new ones are taken.</summary>
    internal void Close()
    {
        _closed = true;
        foreach (var (_, connection) in _connections)
        {
            connection.Close();
        }

        foreach (var webSocket in Options.Relay?.WebSockets ?? [])
        {
            webSocket.Close();
        }
    }

    /// <summary>Waits until the clients have taken their close packets, as far as they do so in time.</summary>
    internal async Task WaitUntilClosedAsync(CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        while ((!_connections.IsEmpty || Options.Relay is { IsBusy: true }) && _time.GetElapsedTime(start) < Options.ShutdownTimeout && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, CancellationToken.None).ConfigureAwait(false);
        }

        foreach (var (_, connection) in _connections)
        {
            connection.Discard();
        }
    }

    internal static string CreateId()
    {
        Span<byte> random = stackalloc byte[15];
        RandomNumberGenerator.Fill(random);
        return Base64Url.EncodeToString(random);
    }

    private string CreateSessionId() => Options.Relay?.CreateId() ?? CreateId();

    // Of the clients that are here: those of other servers' sessions count as well.
    private IEnumerable<Action> GetClosings()
    {
        foreach (var (_, connection) in _connections)
        {
            yield return connection.ShutDown;
        }

        foreach (var webSocket in Options.Relay?.WebSockets ?? [])
        {
            yield return webSocket.Close;
        }
    }

    // Called for every flush: without a closure.
    private void Raise(Action<EngineConnection>? listener, EngineConnection connection)
    {
        try
        {
            listener?.Invoke(connection);
        }
        catch (Exception e)
        {
            Log.ListenerFailed(Logger, e, connection.Id);
        }
    }

    private string[] GetUpgrades(Dialect dialect, string transport)
    {
        if (transport != TransportNames.Polling || !Options.AllowUpgrades)
        {
            return [];
        }

        var transports = Options.Transports & dialect.Transports;
        List<string> upgrades = [];
        if (transports.HasFlag(TransportTypes.WebSocket))
        {
            upgrades.Add(TransportNames.WebSocket);
        }

        if (transports.HasFlag(TransportTypes.WebTransport))
        {
            upgrades.Add(TransportNames.WebTransport);
        }

        return [.. upgrades];
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Connection {Id} opened on {Transport}")]
        public static partial void Opened(ILogger logger, string id, string transport);

        [LoggerMessage(2, LogLevel.Debug, "Connection {Id} closed: {Reason}")]
        public static partial void Closed(ILogger logger, string id, string reason);

        [LoggerMessage(4, LogLevel.Error, "A listener of connection {Id} failed")]
        public static partial void ListenerFailed(ILogger logger, Exception exception, string id);

        [LoggerMessage(6, LogLevel.Error, "A timer failed")]
        public static partial void TimerFailed(ILogger logger, Exception exception);

        [LoggerMessage(5, LogLevel.Error, "Connection {Id} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string id);

        [LoggerMessage(3, LogLevel.Debug, "Request refused with code {Code} ({Message}): {Context}")]
        public static partial void Refused(ILogger logger, int code, string message, string context);
    }
}

/// <summary>Why a request was refused. Source: <see href="https://socket.io/docs/v4/server-instance/#connection_error"/>.</summary>
/// <param name="Request">The request.</param>
/// <param name="Code">The protocol's code, 0 to 5.</param>
/// <param name="Message">What the client was told.</param>
/// <param name="Context">What exactly was wrong, for the server's eyes.</param>
public sealed record ConnectionError(HttpContext Request, int Code, string Message, string Context);
