// The edge: requests are checked here, in the order and with the errors of the protocol, and handed to their session's transport.
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>Serves the requests of one engine.</summary>
internal sealed class EngineEndpoint(Engine engine, ICorsService cors)
{
    private static readonly string[] DefaultMethods = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"];

    private readonly EngineOptions _options = engine.Options;
    private readonly PollingRequests _polls = new(engine);
    private readonly WebSocketRequests _webSockets = new(engine);
    private readonly LegacyEndpoint? _legacy = LegacyEndpoint.Create(engine);

    public async Task HandleAsync(HttpContext context)
    {
        if (_options.Cors is { } policy && ApplyCors(context, policy))
        {
            return;
        }

        try
        {
            await RunMiddlewaresAsync(context, 0).ConfigureAwait(false);
        }
        catch (EngineMiddlewareException e)
        {
            await RefuseAsync(context, EngineError.BadRequest, "MIDDLEWARE_FAILURE: " + e.InnerException!.Message).ConfigureAwait(false);
        }
    }

    /// <summary>Serves something else below the path, under the same cross-origin rules.</summary>
    public Task WithCorsAsync(HttpContext context, Func<Task> serve) =>
        _options.Cors is { } policy && ApplyCors(context, policy) ? Task.CompletedTask : serve();

    private async Task RunMiddlewaresAsync(HttpContext context, int index)
    {
        if (index == engine.Middlewares.Count)
        {
            await ServeAsync(context).ConfigureAwait(false);
            return;
        }

        Exception? passed = null;
        try
        {
            await engine.Middlewares[index](context, async () =>
            {
                try
                {
                    await RunMiddlewaresAsync(context, index + 1).ConfigureAwait(false);
                }
                catch (Exception e)
                {
                    passed = e;
                    throw;
                }
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (!ReferenceEquals(e, passed) && !context.Response.HasStarted)
        {
            throw new EngineMiddlewareException(e);
        }
    }

    // True: the request was a preflight and is answered.
    private bool ApplyCors(HttpContext context, CorsPolicy policy)
    {
        var isOptions = HttpMethods.IsOptions(context.Request.Method);
        if (OriginRules.CanBeEchoed(context.Request.Headers))
        {
            if (isOptions && policy.Methods.Count == 0)
            {
                context.Response.Headers.AccessControlAllowMethods = string.Join(',', DefaultMethods);
            }

            if (isOptions && policy.Headers.Count == 0)
            {
                context.Response.Headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
            }

            var result = cors.EvaluatePolicy(context, policy);
            cors.ApplyResult(result, context.Response);
        }

        if (!isOptions || _legacy?.AnswersPreflights(context) == true)
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.ContentLength = 0;
        return true;
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (_legacy?.Serve(context) is { } serving)
        {
            await serving.ConfigureAwait(false);
            return;
        }

        var isWebSocket = WebSocketUpgrade.IsRequested(context);
        var target = engine.GetTarget(context.Request);
        string? transport = target["transport"];
        string? sid = target["sid"];
        if (transport is null or TransportNames.WebTransport || !_options.Transports.HasFlag(TransportNames.Parse(transport)))
        {
            await RefuseAsync(context, EngineError.UnknownTransport, $"transport '{transport}'").ConfigureAwait(false);
            return;
        }

        if (!OriginRules.IsValid(context.Request.Headers.Origin))
        {
            await RefuseAsync(context, EngineError.BadRequest, "INVALID_ORIGIN").ConfigureAwait(false);
            return;
        }

        if (!string.IsNullOrEmpty(sid))
        {
            await ServeSessionAsync(context, target, sid, transport, isWebSocket).ConfigureAwait(false);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !(isWebSocket && HttpMethods.IsConnect(context.Request.Method)))
        {
            await RefuseAsync(context, EngineError.BadHandshakeMethod, context.Request.Method).ConfigureAwait(false);
            return;
        }

        if (isWebSocket != (transport == TransportNames.WebSocket))
        {
            await RefuseAsync(context, EngineError.BadRequest, "TRANSPORT_HANDSHAKE_ERROR").ConfigureAwait(false);
            return;
        }

        if (isWebSocket && !OriginRules.AllowCredentials(context, _options))
        {
            await RefuseAsync(context, EngineError.Forbidden, "the origin may not use credentials (EngineOptions.Cors)").ConfigureAwait(false);
            return;
        }

        if (_options.AllowRequest is { } allow && await allow(context).ConfigureAwait(false) is { } refusal)
        {
            await RefuseAsync(context, refusal.Length == 0 ? EngineError.Forbidden : EngineError.Forbidden with { Message = refusal }, "allowRequest").ConfigureAwait(false);
            return;
        }

        await HandshakeAsync(context, target, isWebSocket).ConfigureAwait(false);
    }

    private async Task ServeSessionAsync(HttpContext context, RequestTarget target, string sid, string transport, bool isWebSocket)
    {
        if (engine.Find(sid) is not { Dialect.IsEngineIO: true } connection)
        {
            if (HttpMethods.IsGet(context.Request.Method) && !isWebSocket && engine.Departures.Take(sid) is { } farewell)
            {
                await _polls.WriteAsync(context, farewell).ConfigureAwait(false);
                return;
            }

            if (_options.Relay?.Find(sid) is { } session)
            {
                await ServeElsewhereAsync(context, session, transport, isWebSocket).ConfigureAwait(false);
                return;
            }

            await RefuseAsync(context, EngineError.UnknownSession, $"sid '{sid}'").ConfigureAwait(false);
            return;
        }

        if (isWebSocket)
        {
            if (await MayUpgradeAsync(context).ConfigureAwait(false))
            {
                var codec = connection.Dialect.CreateCodec(target.Query);
                await _webSockets.ServeAsync(context, connection, codec, connection.BeginUpgrade).ConfigureAwait(false);
            }

            return;
        }

        if (connection.CurrentTransport is not PollingTransport polling || transport != polling.Name)
        {
            await RefuseAsync(context, EngineError.BadRequest, $"TRANSPORT_MISMATCH: the session uses {connection.Transport}").ConfigureAwait(false);
            return;
        }

        connection.Dialect.AddHeaders(context, connection);
        await _polls.ServeAsync(context, polling).ConfigureAwait(false);
    }

    private async Task ServeElsewhereAsync(HttpContext context, IRelayedSession session, string transport, bool isWebSocket)
    {
        if (isWebSocket)
        {
            if (await MayUpgradeAsync(context).ConfigureAwait(false))
            {
                await UpgradeElsewhereAsync(context, session).ConfigureAwait(false);
            }

            return;
        }

        if (transport != TransportNames.Polling)
        {
            await RefuseAsync(context, EngineError.BadRequest, $"TRANSPORT_MISMATCH: '{transport}' without a WebSocket").ConfigureAwait(false);
            return;
        }

        if (await _polls.ServeAsync(context, session).ConfigureAwait(false) is { Error: { } error } refused)
        {
            await RefuseAsync(context, error, refused.Detail).ConfigureAwait(false);
        }
    }

    private async Task UpgradeElsewhereAsync(HttpContext context, IRelayedSession session)
    {
        var answer = await session.UpgradeAsync(WebSocketRequests.GetOffers(context), context.RequestAborted).ConfigureAwait(false);
        if (answer.WebSocket is { } relayed)
        {
            await _webSockets.ServeAsync(context, relayed).ConfigureAwait(false);
            return;
        }

        await RefuseAsync(context, answer.Error ?? EngineError.BadRequest, answer.Detail).ConfigureAwait(false);
    }

    private async Task HandshakeAsync(HttpContext context, RequestTarget target, bool isWebSocket)
    {
        if (FindDialect(target) is not { } dialect)
        {
            await RefuseAsync(context, EngineError.UnsupportedProtocolVersion, $"EIO '{target["EIO"]}'").ConfigureAwait(false);
            return;
        }

        if (engine.Refuse() is { } full)
        {
            await RefuseAsync(context, full.Error, full.Detail).ConfigureAwait(false);
            return;
        }

        string? jsonp = target["j"];
        if (jsonp is not null && !(_options.AllowJsonp ?? (_options.Cors is null && _options.Cookie is null)))
        {
            await RefuseAsync(context, EngineError.BadRequest, "JSONP is off (EngineOptions.AllowJsonp)").ConfigureAwait(false);
            return;
        }

        EngineConnection connection;
        try
        {
            connection = await engine.CreateAsync(context, dialect).ConfigureAwait(false);
        }
        catch (Exception e) when (_options.GenerateId is not null)
        {
            await RefuseAsync(context, EngineError.BadRequest, "ID_GENERATION_ERROR: " + e.Message).ConfigureAwait(false);
            return;
        }

        if (_options.Cookie is { } cookie)
        {
            context.Response.Cookies.Append(cookie.Name ?? "io", connection.Id, cookie.Build(context));
        }

        dialect.AddHeaders(context, connection);
        engine.RaiseInitialHeaders(context);
        if (isWebSocket)
        {
            if (await MayUpgradeAsync(context).ConfigureAwait(false))
            {
                await _webSockets.ServeAsync(context, connection, connection.Codec, transport => engine.Start(connection, transport)).ConfigureAwait(false);
            }

            return;
        }

        var polling = dialect.CreatePolling(connection, jsonp is null ? PollingForm.Plain : new JsonpForm(jsonp));
        if (!engine.Start(connection, polling))
        {
            var (error, detail) = engine.Refuse() ?? (EngineError.BadRequest, "ID_GENERATION_ERROR: the id is taken");
            await RefuseAsync(context, error, detail).ConfigureAwait(false);
            return;
        }

        await _polls.ServeAsync(context, polling).ConfigureAwait(false);
    }

    private Dialect? FindDialect(RequestTarget target)
    {
        Dialect? dialect = target["EIO"].ToString() switch
        {
            "4" => Dialect.Current,
            // Old servers did not insist on it.
            "3" or "2" or "" => Dialect.EngineIO3,
            _ => null,
        };
        return dialect is not null && _options.Generations.HasFlag(dialect.Generation) ? dialect : null;
    }

    // False: the request has been refused.
    private async ValueTask<bool> MayUpgradeAsync(HttpContext context)
    {
        if (!OriginRules.AllowCredentials(context, _options))
        {
            await RefuseAsync(context, EngineError.Forbidden, "the origin may not use credentials (EngineOptions.Cors)").ConfigureAwait(false);
            return false;
        }

        if (!WebSocketUpgrade.IsValid(context))
        {
            await RefuseAsync(context, EngineError.BadRequest, "the WebSocket handshake is invalid").ConfigureAwait(false);
            return false;
        }

        return true;
    }

    private async Task RefuseAsync(HttpContext context, EngineError error, string detail)
    {
        engine.RaiseConnectionError(new ConnectionError(context, error.Code, error.Message, detail));
        var response = context.Response;
        response.StatusCode = error.StatusCode;
        byte[] body;
        if (WebSocketUpgrade.IsRequested(context))
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            response.ContentType = "text/html";
            response.Headers.Connection = "close";
            body = System.Text.Encoding.UTF8.GetBytes(error.Message);
        }
        else
        {
            response.ContentType = "application/json";
            body = error.ToJson();
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    private sealed class EngineMiddlewareException(Exception inner) : Exception(inner.Message, inner);
}
