using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>Serves the clients' files; all else below the path is the engine's.</summary>
internal sealed class ClientEndpoint(SocketIOServer server, EngineEndpoint engine)
{
    private readonly ClientFiles? _files = server.Options.ServeClient ? new ClientFiles(server.Options.ClientFolder) : null;
    private readonly LegacyClientFiles? _legacy = server.Options.LegacyClientFolder is { } folder ? new LegacyClientFiles(folder, server.Engine.Time) : null;

    public Task HandleAsync(HttpContext context)
    {
        if (context.Request.RouteValues["rest"] is not string name)
        {
            return engine.HandleAsync(context);
        }

        // A name that both have is of the folder that was named for it.
        if (_legacy?.Find(name) is { } serve)
        {
            return engine.WithCorsAsync(context, () => serve(context));
        }

        return _files?.TryGet(name, out var file) == true
            ? engine.WithCorsAsync(context, () => _files.ServeAsync(context, file))
            : engine.HandleAsync(context);
    }
}
