// Clients before 0.7 share their URLs: /<transport>[/<session>[/…]]. GET listens, POST sends.
using System.Text;
using Microsoft.AspNetCore.Http;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Serves the requests of clients 0.1 to 0.6, of the development after them, or of a wire format of the application's own.</summary>
internal sealed class PlainRequests : LegacyRequests
{
    // Remembers which session a poll began. Clients write a cookie "socket.io" of their own, which means nothing here.
    private const string GreetingCookie = "socket.io-greeting";

    private static readonly TransportResponse Accepted = new() { StatusCode = StatusCodes.Status200OK, ContentType = "text/plain", Body = "ok"u8.ToArray() };

    private static readonly TransportResponse Nothing = new() { StatusCode = StatusCodes.Status200OK, ContentType = "text/plain" };

    private static readonly TransportResponse Unauthorized = new() { StatusCode = StatusCodes.Status401Unauthorized, ContentType = "text/plain", Body = "unauthorized"u8.ToArray() };

    private static readonly TransportResponse ForeignScript = new()
    {
        StatusCode = StatusCodes.Status200OK,
        ContentType = "text/javascript; charset=UTF-8",
        Body = "alert('Cross domain security restrictions not met');"u8.ToArray(),
    };

    private readonly Engine _engine;
    private readonly Version06Options _options;
    private readonly LegacyTransportTypes _transports;
    private readonly PollingRequests _polls;
    private readonly WebSocketRequests _webSockets;
    private readonly StreamingRequests _streams;

    // Of a client whose first request tells that it is one of 0.1 to 0.2.1, of one that polls by scripts, and of any other.
    private readonly PlainDialect? _earliest;
    private readonly PlainDialect? _scripted;
    private readonly PlainDialect _others;

    private PlainRequests(Engine engine)
    {
        _engine = engine;
        _options = engine.Options.Version06;
        _transports = Restrict(_options.Transports, engine.Options);
        _polls = new PollingRequests(engine);
        _webSockets = new WebSocketRequests(engine);
        _streams = new StreamingRequests(engine);
        var generations = engine.Options.Generations;
        if (_options.Format is { } format)
        {
            _earliest = _scripted = _others = PlainDialect.OfFormat(_options, format);
        }
        else if (generations.HasFlag(Generations.Development07))
        {
            _earliest = _scripted = _others = PlainDialect.Development07(_options, engine.Options.MaxHttpBufferSize);
        }
        else
        {
            _earliest = generations.HasFlag(Generations.Version02) ? PlainDialect.Version02(_options) : null;
            _scripted = generations.HasFlag(Generations.Version06) ? PlainDialect.Version06(_options) : null;
            _others = _earliest is null ? _scripted! : _scripted is null ? _earliest : PlainDialect.Undecided(_options);
        }
    }

    /// <summary>Who serves these clients; <see langword="null"/>: they are not to be served.</summary>
    public static PlainRequests? Create(Engine engine) =>
        (engine.Options.Generations & (Generations.Version02 | Generations.Version06 | Generations.Development07)) == 0 ? null : new PlainRequests(engine);

    /// <inheritdoc/>
    public override Task ServeAsync(HttpContext context, LegacyPath path)
    {
        var transport = LegacyTransportNames.Parse(path.First);
        if (!_transports.HasFlag(transport))
        {
            return RefuseAsync(context, EngineError.UnknownTransport, StatusCodes.Status400BadRequest, $"transport '{path.First}' (Version06Options.Transports)");
        }

        if (!OriginRules.IsValid(context.Request.Headers.Origin))
        {
            return RefuseAsync(context, EngineError.BadRequest, StatusCodes.Status400BadRequest, "INVALID_ORIGIN");
        }

        if (HttpMethods.IsOptions(context.Request.Method))
        {
            return AnswerPreflightAsync(context, transport);
        }

        if (!IsOriginAllowed(context))
        {
            _engine.RaiseConnectionError(new ConnectionError(context, EngineError.Forbidden.Code, EngineError.Forbidden.Message, "the origin (EngineOptions.Cors)"));
            return _polls.WriteAsync(context, transport == LegacyTransportTypes.JsonpPolling ? ForeignScript : Unauthorized);
        }

        return path[1].Length > 0 ? ServeSessionAsync(context, path, transport)
            : HttpMethods.IsGet(context.Request.Method) ? BeginAsync(context, path, transport)
            : RefuseAsync(context, EngineError.BadHandshakeMethod, StatusCodes.Status401Unauthorized, context.Request.Method);
    }

    private bool IsOriginAllowed(HttpContext context) =>
        context.Request.Headers.Origin.ToString() is not { Length: > 0 } origin
            || ((_engine.Options.Cors is not { } cors || cors.IsOriginAllowed(origin)) && OriginRules.AllowCredentials(context, _engine.Options));

    private async Task ServeSessionAsync(HttpContext context, LegacyPath path, LegacyTransportTypes transport)
    {
        if (_engine.Find(path[1]) is not { Dialect: PlainDialect } connection)
        {
            await RefuseStrangerAsync(context, path, transport).ConfigureAwait(false);
            return;
        }

        if (HttpMethods.IsPost(context.Request.Method))
        {
            await _polls.ServePostAsync(context, connection, GetForm(path, transport, connection), Accepted, Unauthorized).ConfigureAwait(false);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method))
        {
            await RefuseAsync(context, EngineError.BadRequest, StatusCodes.Status401Unauthorized, context.Request.Method).ConfigureAwait(false);
            return;
        }

        await ListenAsync(context, path, transport, connection, isNew: false).ConfigureAwait(false);
    }

    private async Task BeginAsync(HttpContext context, LegacyPath path, LegacyTransportTypes transport)
    {
        var dialect = transport == LegacyTransportTypes.ServerEvents || (path.Count == 1 && !IsWebSocket(transport)) ? _earliest
            : transport == LegacyTransportTypes.JsonpPolling ? _scripted
            : _others;
        if (dialect is null)
        {
            await RefuseAsync(context, EngineError.UnsupportedProtocolVersion, StatusCodes.Status400BadRequest, "EngineOptions.Generations").ConfigureAwait(false);
            return;
        }

        if (IsWebSocket(transport) && !(WebSocketUpgrade.IsRequested(context) && WebSocketUpgrade.IsValid(context)))
        {
            await RefuseAsync(context, EngineError.BadRequest, StatusCodes.Status400BadRequest, "the WebSocket handshake is invalid").ConfigureAwait(false);
            return;
        }

        if (transport == LegacyTransportTypes.XhrPolling && FindUngreeted(context)?.GreetAgain() is { } greeting)
        {
            await _polls.WriteAsync(context, greeting).ConfigureAwait(false);
            return;
        }

        if (_engine.Options.AllowRequest is { } allow && await allow(context).ConfigureAwait(false) is { } refusal)
        {
            _engine.RaiseConnectionError(new ConnectionError(context, EngineError.Forbidden.Code, refusal.Length == 0 ? EngineError.Forbidden.Message : refusal, "allowRequest"));
            await _polls.WriteAsync(context, Unauthorized).ConfigureAwait(false);
            return;
        }

        if (_engine.Refuse() is { } full)
        {
            await RefuseAsync(context, full.Error, full.Error.StatusCode, full.Detail).ConfigureAwait(false);
            return;
        }

        if (await CreateAsync(context, dialect).ConfigureAwait(false) is { } connection)
        {
            await ListenAsync(context, path, transport, connection, isNew: true).ConfigureAwait(false);
        }
    }

    // No session: the request has been answered.
    private async ValueTask<EngineConnection?> CreateAsync(HttpContext context, PlainDialect dialect)
    {
        EngineConnection connection;
        try
        {
            connection = await _engine.CreateAsync(context, dialect).ConfigureAwait(false);
        }
        catch (Exception e) when (_engine.Options.GenerateId is not null)
        {
            await RefuseAsync(context, EngineError.BadRequest, StatusCodes.Status400BadRequest, "ID_GENERATION_ERROR: " + e.Message).ConfigureAwait(false);
            return null;
        }

        // What follows a slash would be no part of it in the URLs of the session.
        if (connection.Id.AsSpan().IndexOfAny('/', '?', '#') >= 0)
        {
            await RefuseAsync(context, EngineError.BadRequest, StatusCodes.Status400BadRequest, "ID_GENERATION_ERROR: a session's id has no '/', '?' or '#'").ConfigureAwait(false);
            return null;
        }

        if (_engine.Options.Cookie is { } cookie)
        {
            context.Response.Cookies.Append(cookie.Name ?? "io", connection.Id, cookie.Build(context));
        }

        _engine.RaiseInitialHeaders(context);
        return connection;
    }

    /// <summary>Answers a GET by the transport that it asks for; of a session that is there already, the transport takes the place of the one before.</summary>
    private Task ListenAsync(HttpContext context, LegacyPath path, LegacyTransportTypes transport, EngineConnection connection, bool isNew)
    {
        var begin = isNew ? (Func<Transport, bool>)(started => _engine.Start(connection, started)) : connection.Attach;
        if (IsWebSocket(transport))
        {
            return ListenByWebSocketAsync(context, connection, path.First, begin);
        }

        if (transport is LegacyTransportTypes.XhrPolling or LegacyTransportTypes.JsonpPolling)
        {
            return PollAsync(context, path, transport, connection, begin, isNew);
        }

        var headers = context.Response.Headers;
        switch (transport)
        {
            case LegacyTransportTypes.HtmlFile:
                headers.ContentType = "text/html";
                var framing = ReferenceEquals(connection.Dialect, _earliest) && connection.Codec is EnvelopeCodec ? HtmlFileFraming.Objects : HtmlFileFraming.Strings;
                return _streams.ServeAsync(context, connection, path.First, framing.Preamble, framing, begin);
            case LegacyTransportTypes.XhrMultipart:
                headers.ContentType = MultipartFraming.ContentType;
                return _streams.ServeAsync(context, connection, path.First, MultipartFraming.Preamble, MultipartFraming.Instance, begin);
            default:
                headers.ContentType = ServerEventsFraming.ContentType;
                return _streams.ServeAsync(context, connection, path.First, default, ServerEventsFraming.Instance, begin);
        }
    }

    private Task ListenByWebSocketAsync(HttpContext context, EngineConnection connection, string name, Func<Transport, bool> begin)
    {
        if (!WebSocketUpgrade.IsRequested(context) || !WebSocketUpgrade.IsValid(context))
        {
            return RefuseAsync(context, EngineError.BadRequest, StatusCodes.Status400BadRequest, "the WebSocket handshake is invalid");
        }

        // What was kept of a packet is no part of what comes by another transport.
        (connection.Codec as StreamingCodec)?.Reset();
        return _webSockets.ServeAsync(context, connection, connection.Codec, begin, name);
    }

    private async Task PollAsync(HttpContext context, LegacyPath path, LegacyTransportTypes transport, EngineConnection connection, Func<Transport, bool> begin, bool isNew)
    {
        var form = GetForm(path, transport, connection);
        if (isNew || connection.CurrentTransport is not PlainPolling polling || polling.Name != path.First)
        {
            polling = new PlainPolling(connection, form, _options, path.First);
            if (!begin(polling))
            {
                var (error, detail) = _engine.Refuse() ?? (EngineError.UnknownSession, "the session has ended");
                await RefuseAsync(context, error, error.StatusCode, detail).ConfigureAwait(false);
                return;
            }
        }

        if (isNew && connection.Codec is DualGreetingCodec && transport == LegacyTransportTypes.XhrPolling)
        {
            context.Response.Cookies.Append(GreetingCookie, connection.Id, new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Secure = context.Request.IsHttps,
                Path = _engine.Options.Path,
            });
        }

        await _polls.ServeAsync(context, polling, form).ConfigureAwait(false);
    }

    /// <summary>The polls of a session that this client has begun and does not seem to know of.</summary>
    private PlainPolling? FindUngreeted(HttpContext context) =>
        context.Request.Cookies.TryGetValue(GreetingCookie, out var id) && _engine.Find(id) is { Dialect: PlainDialect, CurrentTransport: PlainPolling polling } ? polling : null;

    private static bool IsWebSocket(LegacyTransportTypes transport) => transport is LegacyTransportTypes.WebSocket or LegacyTransportTypes.FlashSocket;

    // /jsonp-polling/<session>/<time>/<index>
    private static PlainForm GetForm(LegacyPath path, LegacyTransportTypes transport, EngineConnection connection) =>
        transport != LegacyTransportTypes.JsonpPolling ? PlainForm.Xhr
            : new PlainJsonpForm(path[3], connection.Codec is StreamingCodec ? ")" : ");");

    private Task AnswerPreflightAsync(HttpContext context, LegacyTransportTypes transport)
    {
        if (context.Request.Headers.AccessControlRequestMethod.ToString() is "POST" or "GET")
        {
            context.Response.Headers.AccessControlAllowMethods = context.Request.Headers.AccessControlRequestMethod;
        }

        return _polls.WriteAsync(context, transport == LegacyTransportTypes.XhrMultipart ? Accepted : Nothing);
    }

    // Clients up to 0.5 take any answer to a poll for the end of that poll, and ask again at once, without end. So there is none, as the servers of their time had it.
    private Task RefuseStrangerAsync(HttpContext context, LegacyPath path, LegacyTransportTypes transport)
    {
        var detail = $"session '{path[1]}'";
        if (transport != LegacyTransportTypes.XhrPolling || !HttpMethods.IsGet(context.Request.Method))
        {
            return RefuseAsync(context, EngineError.UnknownSession, StatusCodes.Status400BadRequest, detail);
        }

        _engine.RaiseConnectionError(new ConnectionError(context, EngineError.UnknownSession.Code, EngineError.UnknownSession.Message, detail));
        context.Abort();
        return Task.CompletedTask;
    }

    // A later client of these generations gives up at any answer but 200, whatever it says.
    private async Task RefuseAsync(HttpContext context, EngineError error, int status, string detail)
    {
        _engine.RaiseConnectionError(new ConnectionError(context, error.Code, error.Message, detail));
        context.Response.Headers.Connection = "close";
        await _polls.WriteAsync(context, new TransportResponse { StatusCode = status, ContentType = "text/plain", Body = Encoding.ASCII.GetBytes(error.Message) }).ConfigureAwait(false);
    }
}
