// The HTTP of WebSockets: the handshake's answer, and the choice of what carries the frames.
using Microsoft.AspNetCore.Http;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Accepts WebSockets for sessions.</summary>
internal sealed class WebSocketRequests(Engine engine)
{
    /// <summary>The extension that is agreed to of those that a client offers.</summary>
    public static string? Negotiate(Engine engine, string offers) =>
        engine.Options.PerMessageDeflate is not null && PerMessageDeflate.TryNegotiate(offers, out var extension) ? extension : null;

    /// <summary>What a client offers of extensions, if frames can have any.</summary>
    public static string GetOffers(HttpContext context) =>
        WebSocketUpgrade.CanCompress(context) ? context.Request.Headers.SecWebSocketExtensions.ToString() : "";

    /// <summary>Makes a transport of frames and runs it to its end.</summary>
    /// <param name="connection">The session.</param>
    /// <param name="carrier">The frames.</param>
    /// <param name="codec">What is in them.</param>
    /// <param name="deflate">Whether they may be compressed.</param>
    /// <param name="begin">Puts the transport to use; where it says no, the transport is closed.</param>
    /// <param name="name">The transport's name.</param>
    public static Task RunAsync(
        EngineConnection connection,
        WebSocketCarrier carrier,
        EngineCodec codec,
        bool deflate,
        Func<WebSocketTransport, bool> begin,
        string name = TransportNames.WebSocket)
    {
        var transport = new WebSocketTransport(connection, carrier, codec, deflate, name);
        if (carrier is ConnectionHandOff)
        {
            transport.OweHandshake();
        }

        if (!begin(transport))
        {
            transport.Close(null);
        }

        transport.Flush();

        return transport.RunAsync();
    }

    /// <summary>Accepts a WebSocket for a session and runs it to its end, where it can be without the request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="connection">The session.</param>
    /// <param name="codec">What is in the frames.</param>
    /// <param name="begin">Puts the transport to use; where it says no, the transport is closed.</param>
    /// <param name="name">The transport's name.</param>
    public Task ServeAsync(
        HttpContext context,
        EngineConnection connection,
        EngineCodec codec,
        Func<WebSocketTransport, bool> begin,
        string name = TransportNames.WebSocket)
    {
        var extension = Negotiate(engine, GetOffers(context));
        return AcceptAsync(context, extension, new Run(connection, codec, extension is not null, begin, name).RunAsync);
    }

    /// <summary>Accepts a WebSocket for a session of another server.</summary>
    public Task ServeAsync(HttpContext context, IRelayedWebSocket relayed) => AcceptAsync(context, relayed.Extension, relayed.RunAsync);

    private async Task AcceptAsync(HttpContext context, string? extension, Func<WebSocketCarrier, Task> run)
    {
        engine.RaiseHeaders(context);
        if (extension is not null)
        {
            context.Response.Headers.SecWebSocketExtensions = extension;
        }

        if (ConnectionHandOff.Of(context) is { } handOff)
        {
            handOff.HoldFlushes();
            await WebSocketUpgrade.UpgradeAsync(context).ConfigureAwait(false);
            // Nothing of the request may be reachable from what runs on.
            handOff.Take(run);
            return;
        }

        var carrier = await WebSocketUpgrade.AcceptAsync(context).ConfigureAwait(false);
        try
        {
            await run(carrier).ConfigureAwait(false);
        }
        finally
        {
            carrier.Release();
        }
    }

    /// <summary>What may go on after the request has ended; it holds nothing of the request.</summary>
    private sealed class Run(EngineConnection connection, EngineCodec codec, bool deflate, Func<WebSocketTransport, bool> begin, string name)
    {
        public Task RunAsync(WebSocketCarrier carrier) => WebSocketRequests.RunAsync(connection, carrier, codec, deflate, begin, name);
    }
}
