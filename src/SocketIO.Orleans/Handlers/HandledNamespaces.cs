using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Metadata;
using Orleans.Runtime;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Makes the namespaces that grains serve, before the first client can ask for them.</summary>
/// <param name="server">The server's name.</param>
/// <param name="services">The host's services.</param>
internal sealed class HandledNamespaces(string server, IServiceProvider services) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var manifests = services.GetRequiredService<IClusterManifestProvider>();
        var handler = services.GetRequiredService<GrainInterfaceTypeResolver>().GetGrainInterfaceType(typeof(INamespaceHandler)).ToString();
        foreach (var (name, options) in services.GetRequiredService<IOptions<SocketIOClusterOptions>>().Value.Handlers)
        {
            // Of a grain type that is not known here, only the cluster can say whether there is one.
            if (manifests.LocalGrainManifest.Grains.TryGetValue(GrainType.Create(options.GrainType), out var grain) && !grain.Properties.ContainsValue(handler))
            {
                throw new InvalidOperationException(
                    $"{nameof(SocketIOClusterOptions)}.{nameof(SocketIOClusterOptions.Handlers)}[\"{name}\"].{nameof(options.GrainType)} is \"{options.GrainType}\", a grain that does not implement {nameof(INamespaceHandler)}.");
            }

            var ns = services.GetRequiredKeyedService<SocketIOServer>(server).Of(name);
            new NamespaceHandling(
                ns.Name,
                options,
                services.GetRequiredService<IGrainFactory>(),
                manifests,
                services.GetRequiredService<ClientPumps>(),
                services.GetRequiredService<ClientMetrics>(),
                services.GetRequiredService<ILoggerFactory>().CreateLogger<NamespaceHandling>()).Attach(ns);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
