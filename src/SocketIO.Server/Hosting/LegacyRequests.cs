using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>Serves the requests of generations that share their URLs.</summary>
internal abstract class LegacyRequests
{
    /// <summary>Serves a request; cross-origin rules and middlewares have seen it already.</summary>
    public abstract Task ServeAsync(HttpContext context, LegacyPath path);

    /// <summary>Of a generation's transports those that the engine's options allow.</summary>
    protected static LegacyTransportTypes Restrict(LegacyTransportTypes transports, EngineOptions options)
    {
        const LegacyTransportTypes WebSockets = LegacyTransportTypes.WebSocket | LegacyTransportTypes.FlashSocket;
        if (!options.Transports.HasFlag(TransportTypes.WebSocket))
        {
            transports &= ~WebSockets;
        }

        if (!options.Transports.HasFlag(TransportTypes.Polling))
        {
            transports &= WebSockets;
        }

        // JSONP goes around the browser's same-origin rule.
        return options.AllowJsonp ?? (options.Cors is null && options.Cookie is null) ? transports : transports & ~LegacyTransportTypes.JsonpPolling;
    }
}
