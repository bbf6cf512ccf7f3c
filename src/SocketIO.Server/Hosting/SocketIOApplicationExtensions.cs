using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SocketIO.Server;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts Socket.IO servers into an application's routes.</summary>
public static class SocketIOApplicationExtensions
{
    /// <summary>Serves the application's Socket.IO server at its path.</summary>
    /// <param name="endpoints">The routes.</param>
    /// <param name="configure">Registers namespaces and handlers.</param>
    /// <returns>The endpoint's conventions: authorization, host filters and the like.</returns>
    public static IEndpointConventionBuilder MapSocketIO(this IEndpointRouteBuilder endpoints, Action<SocketIOServer>? configure = null) =>
        endpoints.MapSocketIO(Options.DefaultName, configure);

    /// <summary>Serves a further Socket.IO server at its path.</summary>
    /// <param name="endpoints">The routes.</param>
    /// <param name="name">The name that it was added with.</param>
    /// <param name="configure">Registers namespaces and handlers.</param>
    /// <returns>The endpoint's conventions: authorization, host filters and the like.</returns>
    public static IEndpointConventionBuilder MapSocketIO(this IEndpointRouteBuilder endpoints, string name, Action<SocketIOServer>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var server = endpoints.ServiceProvider.GetKeyedService<SocketIOServer>(name)
            ?? throw new InvalidOperationException($"There is no Socket.IO server '{name}': call AddSocketIO({(name.Length == 0 ? "" : $"\"{name}\"")}) first.");
        configure?.Invoke(server);
        var engine = new EngineEndpoint(server.Engine, endpoints.ServiceProvider.GetRequiredService<ICorsService>());
        if (server.Options is { ServeClient: false, LegacyClientFolder: null })
        {
            return endpoints.MapEngine(server.Engine, engine.HandleAsync);
        }

        var client = new ClientEndpoint(server, engine);
        return endpoints.MapEngine(server.Engine, client.HandleAsync);
    }

    /// <summary>Serves the application's bare Engine.IO server at its path.</summary>
    /// <param name="endpoints">The routes.</param>
    /// <param name="configure">Registers handlers.</param>
    /// <returns>The endpoint's conventions: authorization, host filters and the like.</returns>
    public static IEndpointConventionBuilder MapEngineIO(this IEndpointRouteBuilder endpoints, Action<Engine>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var engine = endpoints.ServiceProvider.GetService<Engine>()
            ?? throw new InvalidOperationException("There is no Engine.IO server: call AddEngineIO() first.");
        configure?.Invoke(engine);
        return endpoints.MapEngine(engine, new EngineEndpoint(engine, endpoints.ServiceProvider.GetRequiredService<ICorsService>()).HandleAsync);
    }

    /// <summary>
    /// Lets upgraded connections of a Kestrel endpoint go on without their HTTP objects, which saves about 4 KiB each. All endpoints have it
    /// unless the application sets endpoint defaults of its own; an endpoint with TLS gets it by calling this after <c>UseHttps</c>.
    /// </summary>
    /// <param name="connections">The endpoint's connection pipeline.</param>
    /// <returns>The same, to go on.</returns>
    public static IConnectionBuilder UseSocketIO(this IConnectionBuilder connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        return connections.Use(static next => connection => ConnectionHandOff.RunAsync(next, connection));
    }

    private static IEndpointConventionBuilder MapEngine(this IEndpointRouteBuilder endpoints, Engine engine, RequestDelegate handle)
    {
        var path = engine.Options.Path.TrimEnd('/');
        var needsSlash = engine.Options.AddTrailingSlash;
        return endpoints.Map(path + "/{**rest}", context =>
        {
            if (needsSlash && context.Request.Path.Value!.EndsWith(path, StringComparison.OrdinalIgnoreCase))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            return handle(context);
        }).WithDisplayName($"Engine.IO {path}");
    }
}
