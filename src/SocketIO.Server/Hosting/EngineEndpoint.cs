// The edge: requests are checked here, in the order and with the errors of the protocol, and handed to their session's transport.
using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Serves the requests of one engine.</summary>
internal sealed class EngineEndpoint(Engine engine, ICorsService cors)
{
    private static readonly string[] Codings = ["gzip", "deflate"];
    private static readonly string[] DefaultMethods = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"];

    private readonly EngineOptions _options = engine.Options;

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
        if (context.Request.Headers.ContainsKey(HeaderNames.Origin))
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

        if (isOptions)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            context.Response.ContentLength = 0;
        }

        return isOptions;
    }

    private async Task ServeAsync(HttpContext context)
    {
        var isWebSocket = WebSocketUpgrade.IsRequested(context);
        var query = context.Request.Query;
        string? transport = query["transport"];
        string? sid = query["sid"];
        if (transport is null or TransportNames.WebTransport || !_options.Transports.HasFlag(TransportNames.Parse(transport)))
        {
            await RefuseAsync(context, EngineError.UnknownTransport, $"transport '{transport}'").ConfigureAwait(false);
            return;
        }

        if (!HasValidOrigin(context.Request.Headers.Origin))
        {
            await RefuseAsync(context, EngineError.BadRequest, "INVALID_ORIGIN").ConfigureAwait(false);
            return;
        }

        if (!string.IsNullOrEmpty(sid))
        {
            await ServeSessionAsync(context, sid, transport, isWebSocket).ConfigureAwait(false);
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

        if (isWebSocket && !IsOriginAllowedForCredentials(context))
        {
            await RefuseAsync(context, EngineError.Forbidden, "the origin may not use credentials (EngineOptions.Cors)").ConfigureAwait(false);
            return;
        }

        if (_options.AllowRequest is { } allow && await allow(context).ConfigureAwait(false) is { } refusal)
        {
            await RefuseAsync(context, refusal.Length == 0 ? EngineError.Forbidden : EngineError.Forbidden with { Message = refusal }, "allowRequest").ConfigureAwait(false);
            return;
        }

        await HandshakeAsync(context, isWebSocket).ConfigureAwait(false);
    }

    private async Task ServeSessionAsync(HttpContext context, string sid, string transport, bool isWebSocket)
    {
        if (engine.Find(sid) is not { } connection)
        {
            if (HttpMethods.IsGet(context.Request.Method) && !isWebSocket && engine.Departures.Take(sid))
            {
                await WriteAsync(context, PollingTransport.Farewell).ConfigureAwait(false);
                return;
            }

            await RefuseAsync(context, EngineError.UnknownSession, $"sid '{sid}'").ConfigureAwait(false);
            return;
        }

        if (isWebSocket)
        {
            if (!IsOriginAllowedForCredentials(context))
            {
                await RefuseAsync(context, EngineError.Forbidden, "the origin may not use credentials (EngineOptions.Cors)").ConfigureAwait(false);
                return;
            }

            await UpgradeAsync(context, connection).ConfigureAwait(false);
            return;
        }

        if (connection.CurrentTransport is not PollingTransport polling || transport != polling.Name)
        {
            await RefuseAsync(context, EngineError.BadRequest, $"TRANSPORT_MISMATCH: the session uses {connection.Transport}").ConfigureAwait(false);
            return;
        }

        await PollAsync(context, connection, polling).ConfigureAwait(false);
    }

    private async Task HandshakeAsync(HttpContext context, bool isWebSocket)
    {
        if (context.Request.Query["EIO"] != "4")
        {
            await RefuseAsync(context, EngineError.UnsupportedProtocolVersion, $"EIO '{context.Request.Query["EIO"]}'").ConfigureAwait(false);
            return;
        }

        if (engine.IsFull)
        {
            await RefuseAsync(context, EngineError.Full, "EngineOptions.MaxConnections").ConfigureAwait(false);
            return;
        }

        string? jsonp = context.Request.Query["j"];
        if (jsonp is not null && !(_options.AllowJsonp ?? (_options.Cors is null && _options.Cookie is null)))
        {
            await RefuseAsync(context, EngineError.BadRequest, "JSONP is off (EngineOptions.AllowJsonp)").ConfigureAwait(false);
            return;
        }

        EngineConnection connection;
        try
        {
            connection = await engine.CreateAsync(context).ConfigureAwait(false);
        }
        catch (Exception e) when (_options.GenerateId is not null)
        {
            await RefuseAsync(context, EngineError.BadRequest, "ID_GENERATION_ERROR: " + e.Message).ConfigureAwait(false);
            return;
        }

        if (_options.Cookie is { } cookie)
        {
            AppendCookie(context, cookie, connection.Id);
        }

        engine.RaiseInitialHeaders(context);
        if (isWebSocket)
        {
            await AcceptAsync(context, connection, transport => engine.Start(connection, transport)).ConfigureAwait(false);
            return;
        }

        var polling = jsonp is null ? new PollingTransport(connection) : new JsonpTransport(connection, jsonp);
        if (!engine.Start(connection, polling))
        {
            await RefuseAsync(context, EngineError.BadRequest, "ID_GENERATION_ERROR: the id is taken").ConfigureAwait(false);
            return;
        }

        await PollAsync(context, connection, polling).ConfigureAwait(false);
    }

    private Task UpgradeAsync(HttpContext context, EngineConnection connection) => AcceptAsync(
        context,
        connection,
        transport => _options.AllowUpgrades && connection.BeginUpgrade(transport));

    /// <summary>Accepts the WebSocket and runs it to its end, where it can be without the request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="connection">The session.</param>
    /// <param name="begin">Puts the transport to use; where it says no, the transport is closed.</param>
    private async Task AcceptAsync(HttpContext context, EngineConnection connection, Func<WebSocketTransport, bool> begin)
    {
        if (!WebSocketUpgrade.IsValid(context))
        {
            await RefuseAsync(context, EngineError.BadRequest, "the WebSocket handshake is invalid").ConfigureAwait(false);
            return;
        }

        engine.RaiseHeaders(context);
        var deflate = false;
        if (_options.PerMessageDeflate is not null
            && WebSocketUpgrade.CanCompress(context)
            && PerMessageDeflate.TryNegotiate(context.Request.Headers.SecWebSocketExtensions.ToString(), out var extension))
        {
            deflate = true;
            context.Response.Headers.SecWebSocketExtensions = extension;
        }

        if (ConnectionHandOff.Of(context) is { } handOff)
        {
            await WebSocketUpgrade.UpgradeAsync(context).ConfigureAwait(false);
            // Nothing of the request may be reachable from what runs on.
            handOff.Take(new HandedOffRun(connection, deflate, begin).RunAsync);
            return;
        }

        var carrier = await WebSocketUpgrade.AcceptAsync(context).ConfigureAwait(false);
        await RunAsync(connection, carrier, deflate, begin).ConfigureAwait(false);
    }

    private static Task RunAsync(EngineConnection connection, WebSocketCarrier carrier, bool deflate, Func<WebSocketTransport, bool> begin)
    {
        var transport = new WebSocketTransport(connection, carrier, deflate);
        if (!begin(transport))
        {
            transport.Close(null);
        }

        return transport.RunAsync();
    }

    private async Task PollAsync(HttpContext context, EngineConnection connection, PollingTransport polling)
    {
        byte[]? rented = null;
        try
        {
            var body = ReadOnlyMemory<byte>.Empty;
            if (HttpMethods.IsPost(context.Request.Method))
            {
                (rented, var length) = await ReadBodyAsync(context, connection, polling).ConfigureAwait(false);
                if (rented is null)
                {
                    return;
                }

                body = rented.AsMemory(0, length);
            }

            var response = await polling.HandleAsync(new TransportRequest
            {
                Method = context.Request.Method,
                ContentType = context.Request.ContentType,
                Body = body,
                Aborted = context.RequestAborted,
            }).ConfigureAwait(false);
            await WriteAsync(context, response).ConfigureAwait(false);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    // No array: the request has been answered.
    private async ValueTask<(byte[]? Body, int Length)> ReadBodyAsync(HttpContext context, EngineConnection connection, PollingTransport polling)
    {
        var most = _options.MaxHttpBufferSize;
        var declared = context.Request.ContentLength;
        if (declared > most)
        {
            await AnswerTooLargeAsync(context).ConfigureAwait(false);
            return default;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // Ours is the one that counts.
            limit.MaxRequestBodySize = null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Max(256, declared ?? 4096));
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)buffer.Length * 2, Math.Max(buffer.Length, most) + 1L));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                var read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted).ConfigureAwait(false);
                if (read == 0)
                {
                    return (buffer, length);
                }

                length += read;
                if (length > most)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    await AnswerTooLargeAsync(context).ConfigureAwait(false);
                    return default;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or BadHttpRequestException)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            ((ITransportListener)connection).OnClosed(polling, CloseReasons.TransportError, "data request connection closed prematurely");
            context.Abort();
            return default;
        }
    }

    private static Task AnswerTooLargeAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        context.Response.ContentLength = 0;
        // What the client still sends is not read.
        context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    private async Task WriteAsync(HttpContext context, TransportResponse answer)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var response = context.Response;
        response.StatusCode = answer.StatusCode;
        if (answer.StatusCode != StatusCodes.Status200OK)
        {
            response.ContentLength = 0;
            return;
        }

        response.ContentType = answer.ContentType;
        response.Headers.CacheControl = "no-store";
        var agent = context.Request.Headers.UserAgent.ToString();
        if (agent.Contains(";MSIE", StringComparison.Ordinal) || agent.Contains("Trident/", StringComparison.Ordinal))
        {
            response.Headers.XXSSProtection = "0";
        }

        engine.RaiseHeaders(context);
        var body = answer.Body;
        if (answer.Compress && _options.HttpCompression is { } compression && body.Length >= compression.Threshold
            && ContentCodings.Choose(context.Request.Headers.AcceptEncoding, Codings) is { } encoding)
        {
            response.Headers.ContentEncoding = encoding;
            body = Compress(body.Span, encoding);
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    private static byte[] Compress(ReadOnlySpan<byte> body, string coding)
    {
        var output = new MemoryStream(body.Length / 2);
        using (Stream compressor = coding == "gzip"
            ? new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            compressor.Write(body);
        }

        return output.ToArray();
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

    private static void AppendCookie(HttpContext context, CookieBuilder builder, string id)
    {
        var cookie = builder.Build(context);
        if (builder.Expiration is null && builder.MaxAge is null)
        {
            cookie.Expires = null;
        }

        context.Response.Cookies.Append(builder.Name ?? "io", id, cookie);
    }

    // Without this check a page of any origin could use the cookies of its visitor, as WebSockets know no preflight.
    private bool IsOriginAllowedForCredentials(HttpContext context)
    {
        if (_options.Cors is not { SupportsCredentials: true } policy || context.Request.Headers.Origin.ToString() is not { Length: > 0 } origin)
        {
            return true;
        }

        return policy.IsOriginAllowed(origin)
            || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, context.Request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    // The characters that a header may hold; others could be echoed into a response.
    private static bool HasValidOrigin(string? origin)
    {
        foreach (var c in origin ?? "")
        {
            if (c is not '\t' and (< ' ' or '\x7f' or > '\xff'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What goes on after the request has ended; it holds nothing of the request.</summary>
    private sealed class HandedOffRun(EngineConnection connection, bool deflate, Func<WebSocketTransport, bool> begin)
    {
        public Task RunAsync(WebSocketCarrier carrier) => EngineEndpoint.RunAsync(connection, carrier, deflate, begin);
    }

    private sealed class EngineMiddlewareException(Exception inner) : Exception(inner.Message, inner);
}
