using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SocketIO.Server;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Socket.IO servers to an application.</summary>
public static class SocketIOServiceCollectionExtensions
{
    /// <summary>Adds the application's Socket.IO server: <see cref="SocketIOServer"/> can be injected, and is mapped with <c>MapSocketIO</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets options.</param>
    public static ISocketIOBuilder AddSocketIO(this IServiceCollection services, Action<SocketIOOptions>? configure = null) =>
        services.AddSocketIO(Options.Options.DefaultName, configure);

    /// <summary>Adds a further Socket.IO server, on a path of its own; it is injected by its name as key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The server's name, for its options, its key and <c>MapSocketIO</c>.</param>
    /// <param name="configure">Sets options.</param>
    public static ISocketIOBuilder AddSocketIO(this IServiceCollection services, string name, Action<SocketIOOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        AddShared(services);
        services.AddSingleton<IValidateOptions<SocketIOOptions>>(new SocketIOOptionsValidator(name));
        var options = services.AddOptions<SocketIOOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddKeyedSingleton(name, (provider, _) => new SocketIOServer(
            provider.GetRequiredService<IOptionsMonitor<SocketIOOptions>>().Get(name),
            provider,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>().CreateLogger(name.Length == 0 ? "SocketIO.Server" : "SocketIO.Server." + name)));
        if (name == Options.Options.DefaultName)
        {
            services.TryAddSingleton(provider => provider.GetRequiredKeyedService<SocketIOServer>(name));
        }

        services.AddKeyedSingleton(name, (provider, _) => new ServerMetrics(provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredKeyedService<SocketIOServer>(name), name));
        services.AddSingleton<IHostedService>(provider =>
        {
            var server = provider.GetRequiredKeyedService<SocketIOServer>(name);
            _ = provider.GetRequiredKeyedService<ServerMetrics>(name);
            return new EngineHostedService(server.Engine, server.CloseAsync);
        });
        return new SocketIOBuilder(services, name);
    }

    /// <summary>Adds a bare Engine.IO server: messages without namespaces, events or acknowledgements.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets options; the path is <c>/engine.io</c> unless set.</param>
    public static IServiceCollection AddEngineIO(this IServiceCollection services, Action<EngineOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddShared(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>());
        var options = services.AddOptions<EngineOptions>().Configure(static options => options.Path = "/engine.io").ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton(provider => new Engine(
            provider.GetRequiredService<IOptions<EngineOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("SocketIO.Server.Engine")));
        services.AddSingleton<IHostedService>(static provider =>
        {
            var engine = provider.GetRequiredService<Engine>();
            return new EngineHostedService(engine, () =>
            {
                engine.Close();
                return Task.CompletedTask;
            });
        });
        return services;
    }

    private static void AddShared(IServiceCollection services)
    {
        services.AddCors();
        services.AddMetrics();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, WarmUp>());
        services.TryAddSingleton<OldSockets>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, FlashPolicyServer>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, HixieLocation>());
        // First of all, so that an application's own endpoint defaults win; it then adds UseSocketIO to them.
        if (!services.Any(static service => service.ImplementationType == typeof(HandOffSetup)))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>, HandOffSetup>());
        }
    }

    private sealed class HandOffSetup : IConfigureOptions<KestrelServerOptions>
    {
        public void Configure(KestrelServerOptions options) => options.ConfigureEndpointDefaults(static endpoint => endpoint.UseSocketIO());
    }
}
