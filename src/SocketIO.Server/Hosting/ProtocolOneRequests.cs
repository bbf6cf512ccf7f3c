// The URLs of clients 0.7 to 0.9: /1/ is a handshake, /1/<transport>/<sid> a session's; in between, all the ways in which they have said that they leave.
using System.Text;
using Microsoft.AspNetCore.Http;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Serves the requests of clients 0.7 to 0.9.</summary>
internal sealed class ProtocolOneRequests : LegacyRequests
{
    private const LegacyTransportTypes Streams = LegacyTransportTypes.WebSocket | LegacyTransportTypes.FlashSocket;

    // "Client not handshaken", with the advice to reconnect.
    private static readonly byte[] NotHandshaken = "7:::1+0"u8.ToArray();
    private static readonly TransportResponse Accepted = new() { StatusCode = StatusCodes.Status200OK, ContentType = "text/plain; charset=UTF-8", Body = "1"u8.ToArray() };

    private readonly Engine _engine;
    private readonly EngineOptions _options;
    private readonly LegacyTransportTypes _transports;
    private readonly ProtocolOneHandshakes _handshakes;
    private readonly PollingRequests _polls;
    private readonly WebSocketRequests _webSockets;
    private readonly StreamingRequests _streams;
    private readonly ProtocolOneDialect _forStrangers;

    public ProtocolOneRequests(Engine engine)
    {
        _engine = engine;
        _options = engine.Options;
        _transports = FindTransports(_options);
        _handshakes = new ProtocolOneHandshakes(engine, new ProtocolOneDialect(_options.Version09), _transports);
        _polls = new PollingRequests(engine);
        _webSockets = new WebSocketRequests(engine);
        _streams = new StreamingRequests(engine);
        _forStrangers = new ProtocolOneDialect(_options.Version09, announcesClose: false);
    }

    public override Task ServeAsync(HttpContext context, LegacyPath path)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsOptions(method))
        {
            // No request of theirs needs it, and none may make a session.
            return Task.CompletedTask;
        }

        if (!HttpMethods.IsGet(method) && !HttpMethods.IsPost(method) && !WebSocketUpgrade.IsRequested(context))
        {
            return RefuseAsync(context, EngineError.BadRequest with { Message = "Unexpected method" }, method);
        }

        // Clients 0.7.0 to 0.7.4 have a slash at the end as well.
        if (path.Count > 4 || path[3].Length > 0)
        {
            return RefuseAsync(context, EngineError.BadRequest with { Message = "Cannot parse path" }, context.Request.Path);
        }

        // The transport is left out by clients 0.9.9 and later, and the id is in its place with 0.9.7 and 0.9.8.
        var id = path[2].Length > 0 ? path[2] : path[1];
        if (path[2].Length > 0 ? context.Request.Query.ContainsKey("disconnect") : id.Length > 0 && Find(id) is not null)
        {
            Disconnect(id);
            return Task.CompletedTask;
        }

        return path[2].Length == 0 ? _handshakes.ServeAsync(context) : ServeTransportAsync(context, LegacyTransportNames.Parse(path[1]) & _transports, path[1], id);
    }

    private Task ServeTransportAsync(HttpContext context, LegacyTransportTypes transport, string name, string id)
    {
        var isWebSocket = WebSocketUpgrade.IsRequested(context);
        if (transport == LegacyTransportTypes.None || isWebSocket != ((transport & Streams) != 0))
        {
            context.Response.Headers.Connection = "close";
            return RefuseAsync(context, EngineError.UnknownTransport with { Message = "Transport building failed" }, $"transport '{name}'");
        }

        if (!OriginRules.IsValid(context.Request.Headers.Origin))
        {
            return RefuseAsync(context, EngineError.BadRequest, "INVALID_ORIGIN");
        }

        if (isWebSocket)
        {
            return ServeWebSocketAsync(context, id);
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

        return transport == LegacyTransportTypes.HtmlFile ? StreamAsync(context, id) : PollAsync(context, form, name, id);
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
        if (await OpenAsync(context, id).ConfigureAwait(false) is not var (connection, isNew))
        {
            return;
        }

        if (connection?.CurrentTransport is not ProtocolOnePolling polling || polling.Name != name)
        {
        }
    }
