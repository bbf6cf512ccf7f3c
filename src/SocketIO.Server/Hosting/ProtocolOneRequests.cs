// The URLs of clients 0.7 to 0.9: /1/ is a handshake, /1/<transport>/<session> a session's. In between are all the ways in which they have said that they leave.
using System.Text;
using Microsoft.AspNetCore.Http;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Serves the requests of clients 0.7 to 0.9.</summary>
internal sealed class ProtocolOneRequests : LegacyRequests
{
    private static readonly TransportResponse Accepted = new() { StatusCode = StatusCodes.Status200OK, ContentType = "text/plain; charset=UTF-8", Body = "1"u8.ToArray() };

    private readonly Engine _engine;
    private readonly EngineOptions _options;
    private readonly ProtocolOneDialect _dialect;
    private readonly LegacyTransportTypes _transports;
    private readonly ProtocolOneHandshakes _handshakes;
    private readonly PollingRequests _polls;
    private readonly WebSocketRequests _webSockets;
    private readonly StreamingRequests _streams;

    public ProtocolOneRequests(Engine engine)
    {
        _engine = engine;
        _options = engine.Options;
        _dialect = new ProtocolOneDialect(_options.Version09);
        _transports = Restrict(_options.Version09.Transports, _options);
        _handshakes = new ProtocolOneHandshakes(engine, _dialect, _transports);
        _polls = new PollingRequests(engine);
        _webSockets = new WebSocketRequests(engine);
        _streams = new StreamingRequests(engine);
    }

    public override Task ServeAsync(HttpContext context, LegacyPath path)
    {
        var request = context.Request;
        if (HttpMethods.IsOptions(request.Method))
        {
            // No request of theirs needs it, and none may make a session.
            return _polls.WriteAsync(context, new TransportResponse { StatusCode = StatusCodes.Status200OK, ContentType = "text/plain" });
        }

        var isWebSocket = WebSocketUpgrade.IsRequested(context);
        if (!isWebSocket && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsPost(request.Method))
        {
            return RefuseAsync(context, EngineError.BadRequest with { Message = "Unexpected method" }, request.Method);
        }

        // Clients 0.7.0 to 0.7.4 and those that leave have a slash at the end as well.
        if (path.Count > 4 || path[3].Length > 0)
        {
            return RefuseAsync(context, EngineError.BadRequest with { Message = "Cannot parse path" }, request.Path);
        }

        if (!OriginRules.IsValid(request.Headers.Origin))
        {
            return RefuseAsync(context, EngineError.BadRequest, "INVALID_ORIGIN");
        }

        if (path[2].Length > 0)
        {
            // Clients 0.9.9 and later leave the transport out.
            return request.Query.ContainsKey("disconnect") ? DisconnectAsync(context, path[2]) : ServeTransportAsync(context, path[1], path[2], isWebSocket);
        }

        // Clients 0.9.7 and 0.9.8 leave by what is a handshake otherwise.
        return path[1].Length > 0 && Find(path[1]) is not null ? DisconnectAsync(context, path[1]) : _handshakes.ServeAsync(context);
    }

    private Task ServeTransportAsync(HttpContext context, string name, string id, bool isWebSocket)
    {
        var transport = LegacyTransportNames.Parse(name) & _transports;
        if (transport == LegacyTransportTypes.None || isWebSocket != (transport is LegacyTransportTypes.WebSocket or LegacyTransportTypes.FlashSocket))
        {
            return RefuseAsync(context, EngineError.UnknownTransport with { Message = "Transport building failed" }, $"transport '{name}' (Version09Options.Transports)");
        }

        if (isWebSocket)
        {
            return ServeWebSocketAsync(context, name, id);
        }

        var isJsonp = transport == LegacyTransportTypes.JsonpPolling;
        var form = isJsonp ? new ProtocolOneJsonpForm(context.Request.Query["i"]) : PollingForm.Plain;
        if (HttpMethods.IsPost(context.Request.Method))
        {
            return PostAsync(context, form, id);
        }

        if (isJsonp)
        {
            context.Response.Headers.XXSSProtection = "0";
        }

        return transport == LegacyTransportTypes.HtmlFile ? StreamAsync(context, name, id) : PollAsync(context, form, name, id);
    }

    // What is sent to a session that is not there is dropped: its client learns of the end by its next poll.
    private Task PostAsync(HttpContext context, PollingForm form, string id)
    {
        if (context.Request.Headers.Origin.Count > 0)
        {
            context.Response.Headers.XXSSProtection = "0";
        }

        return Find(id) is { } connection
            ? _polls.ServePostAsync(context, connection, form, Accepted, Accepted)
            : _polls.WriteAsync(context, Accepted);
    }

    private async Task PollAsync(HttpContext context, PollingForm form, string name, string id)
    {
        if (Find(id)?.CurrentTransport is not ProtocolOnePolling polling || polling.Name != name)
        {
            if (Open(id) is not var (connection, begin))
            {
                RaiseUnknownSession(context, id);
                await _polls.WriteAsync(context, ProtocolOnePolling.AnswerStranger(form)).ConfigureAwait(false);
                return;
            }

            polling = new ProtocolOnePolling(connection, form, _options.Version09, name);
            if (!begin(polling))
            {
                var (error, detail) = _engine.Refuse() ?? (EngineError.UnknownSession, "the session has ended");
                await RefuseAsync(context, error, detail).ConfigureAwait(false);
                return;
            }
        }

        await _polls.ServeAsync(context, polling, form).ConfigureAwait(false);
    }

    private Task StreamAsync(HttpContext context, string name, string id)
    {
        context.Response.ContentType = "text/html; charset=UTF-8";
        var (connection, begin) = Open(id) ?? Dismiss(context, id);
        return _streams.ServeAsync(context, connection, name, ProtocolOneHtmlFraming.Preamble, ProtocolOneHtmlFraming.Instance, begin);
    }

    private Task ServeWebSocketAsync(HttpContext context, string name, string id)
    {
        if (!OriginRules.AllowOrigin(context, _options) || !OriginRules.AllowCredentials(context, _options))
        {
            return RefuseAsync(context, EngineError.Forbidden, "the origin is not allowed (EngineOptions.Cors)");
        }

        if (!WebSocketUpgrade.IsValid(context))
        {
            return RefuseAsync(context, EngineError.BadRequest, "the WebSocket handshake is invalid");
        }

        var (connection, begin) = Open(id) ?? Dismiss(context, id);
        return _webSockets.ServeAsync(context, connection, connection.Codec, begin, name);
    }

    /// <summary>A session, and how it goes on by a transport: as its first, or in the place of the one that it has.</summary>
    private (EngineConnection Connection, Func<Transport, bool> Begin)? Open(string id)
    {
        // Sought once more: another request may have taken the handshake in between.
        return Find(id) is { } known ? (known, known.Attach)
            : _handshakes.Take(id) is { } pending ? (pending, transport => _engine.Start(pending, transport))
            : Find(id) is { } begun ? (begun, begun.Attach)
            : null;
    }

    /// <summary>No session: a transport that says so, and ends.</summary>
    private (EngineConnection Connection, Func<Transport, bool> Begin) Dismiss(HttpContext context, string id)
    {
        RaiseUnknownSession(context, id);
        var stranger = new EngineConnection(_engine, id, new HandshakeRequest([], [], url: "", isSecure: false, remoteAddress: null, _engine.Time.GetUtcNow()), _dialect);
        return (stranger, transport => Dismiss(stranger, transport));
    }

    // A response that ends tells it as it ends.
    private static bool Dismiss(EngineConnection stranger, Transport transport)
    {
        if (transport is WebSocketTransport)
        {
            lock (stranger.Gate)
            {
                transport.TryWrite(new EnginePacket(EnginePacketType.Message, ProtocolOneDialect.NotHandshaken), compress: false);
            }
        }

        return false;
    }

    private void RaiseUnknownSession(HttpContext context, string id) =>
        _engine.RaiseConnectionError(new ConnectionError(context, EngineError.UnknownSession.Code, EngineError.UnknownSession.Message, $"sid '{id}'"));

    private EngineConnection? Find(string id) => _engine.Find(id) is { Dialect: ProtocolOneDialect } connection ? connection : null;

    private Task DisconnectAsync(HttpContext context, string id)
    {
        if (Find(id) is { } connection)
        {
            connection.OnLeft();
        }
        else
        {
            _handshakes.Take(id);
        }

        return _polls.WriteAsync(context, new TransportResponse { StatusCode = StatusCodes.Status200OK });
    }

    private Task RefuseAsync(HttpContext context, EngineError error, string detail)
    {
        _engine.RaiseConnectionError(new ConnectionError(context, error.Code, error.Message, detail));
        context.Response.Headers.Connection = "close";
        return _polls.WriteAsync(context, new TransportResponse { StatusCode = error.StatusCode, ContentType = "text/plain", Body = Encoding.UTF8.GetBytes(error.Message) });
    }
}
