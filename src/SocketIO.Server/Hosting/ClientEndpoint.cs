using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>Serves the client's files; all else below the path is the engine's.</summary>
internal sealed class ClientEndpoint(SocketIOOptions options, EngineEndpoint engine)
{
    private readonly ClientFiles _files = new(options.ClientFolder);

    public Task HandleAsync(HttpContext context)
    {
        if (context.Request.RouteValues["rest"] is string name && _files.TryGet(name, out var file))
        {
            return engine.WithCorsAsync(context, () => _files.ServeAsync(context, file));
        }

        return engine.HandleAsync(context);
    }
}
