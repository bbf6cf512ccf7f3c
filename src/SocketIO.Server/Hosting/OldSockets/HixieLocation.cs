// hixie clients compare the location in the answer with what they asked for. Behind a proxy only the request's pipeline knows that, and whom it may believe.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>Tells an old connection, as its answer begins, by which scheme and host the pipeline has it.</summary>
internal sealed class HixieLocation(OldSockets oldSockets) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => oldSockets.AcceptsDrafts
        ? app =>
        {
            app.Use(RunAsync);
            next(app);
        }
    : next;

    private static Task RunAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<HixieUpgrade>() is { } upgrade)
        {
            context.Response.OnStarting(() =>
            {
                upgrade.IsSecure = context.Request.IsHttps;
                upgrade.Host = context.Request.Host.HasValue ? context.Request.Host.ToUriComponent() : null;
                return Task.CompletedTask;
            });
        }

        return next(context);
    }
}
