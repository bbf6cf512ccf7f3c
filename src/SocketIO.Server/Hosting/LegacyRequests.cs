using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>Serves the requests of generations that share their URLs.</summary>
internal abstract class LegacyRequests
{
    /// <summary>Serves a request; cross-origin rules and middlewares have seen it already.</summary>
    public abstract Task ServeAsync(HttpContext context, LegacyPath path);
}
