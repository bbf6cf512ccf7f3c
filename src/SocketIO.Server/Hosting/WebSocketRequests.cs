// The HTTP of WebSockets: the handshake's answer, and the choice of what carries the frames.
using Microsoft.AspNetCore.Http;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Accepts WebSockets for sessions.</summary>
internal sealed class WebSocketRequests(Engine engine)
{
    /// <summary>Accepts the WebSocket and runs it to its end, where it can be without the request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="connection">The session.</param>
    /// <param name="begin">Puts the transport to use; where it says no, the transport is closed.</param>
    public async Task ServeAsync(HttpContext context, EngineConnection connection, Func<WebSocketTransport, bool> begin)
    {
        engine.RaiseHeaders(context);
        var deflate = false;
        if (engine.Options.PerMessageDeflate is not null
            && WebSocketUpgrade.CanCompress(context)
            && PerMessageDeflate.TryNegotiate(context.Request.Headers.SecWebSocketExtensions.ToString(), out var extension))
        {
            deflate = true;
            context.Response.Headers.SecWebSocketExtensions = extension;
        }

        if (ConnectionHandOff.Of(context) is { } handOff)
        {
            handOff.HoldFlushes();
            await WebSocketUpgrade.UpgradeAsync(context).ConfigureAwait(false);
            // Nothing of the request may be reachable from what runs on.
            handOff.Take(new HandedOffRun(connection, deflate, begin).RunAsync);
            return;
        }

        var carrier = await WebSocketUpgrade.AcceptAsync(context).ConfigureAwait(false);
        try
        {
            await RunAsync(connection, carrier, deflate, begin).ConfigureAwait(false);
        }
        finally
        {
            carrier.Release();
        }
    }

    private static Task RunAsync(EngineConnection connection, WebSocketCarrier carrier, bool deflate, Func<WebSocketTransport, bool> begin)
    {
        var transport = new WebSocketTransport(connection, carrier, deflate);
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

    /// <summary>What goes on after the request has ended; it holds nothing of the request.</summary>
    private sealed class HandedOffRun(EngineConnection connection, bool deflate, Func<WebSocketTransport, bool> begin)
    {
        public Task RunAsync(WebSocketCarrier carrier) => WebSocketRequests.RunAsync(connection, carrier, deflate, begin);
    }
}
