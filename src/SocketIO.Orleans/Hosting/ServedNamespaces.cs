// Namespaces whose application is elsewhere: in grains, or behind streams.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Metadata;
using Orleans.Runtime;
using Orleans.Streams;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Makes the namespaces that are served elsewhere, before the first client can ask for them.</summary>
/// <param name="server">The server's name.</param>
/// <param name="services">The host's services.</param>
internal sealed class ServedNamespaces(string server, IServiceProvider services) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var options = Get<IOptions<SocketIOClusterOptions>>().Value;
        foreach (var (name, handler) in options.Handlers)
        {
            AttachHandler(name, handler);
        }

        if (options.StreamProvider is { } provider)
        {
            AttachStreams(provider, options);
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

    private void AttachHandler(string name, NamespaceHandlerOptions options)
    {
        var manifests = Get<IClusterManifestProvider>();
        var handler = Get<GrainInterfaceTypeResolver>().GetGrainInterfaceType(typeof(INamespaceHandler)).ToString();
        // Of a grain type that is not known here, only the cluster can say whether there is one.
        if (manifests.LocalGrainManifest.Grains.TryGetValue(GrainType.Create(options.GrainType), out var grain) && !grain.Properties.ContainsValue(handler))
        {
            throw new InvalidOperationException(
                $"{nameof(SocketIOClusterOptions)}.{nameof(SocketIOClusterOptions.Handlers)}[\"{name}\"].{nameof(options.GrainType)} is \"{options.GrainType}\", a grain that does not implement {nameof(INamespaceHandler)}.");
        }

        var ns = Find(name);
        new NamespaceHandling(ns.Name, options, Get<IGrainFactory>(), manifests, Get<ClientPumps>(), Get<ClientMetrics>(), CreateLogger<NamespaceHandling>()).Attach(ns);
    }

    private void AttachStreams(string name, SocketIOClusterOptions options)
    {
        var provider = services.GetKeyedService<IStreamProvider>(name)
            ?? throw new InvalidOperationException(
                $"{nameof(SocketIOClusterOptions)}.{nameof(options.StreamProvider)} is \"{name}\", and the silo has no stream provider of that name: add one, for example with AddMemoryStreams.");
        var stream = new NamespaceStream(provider, options.MaxStreamedBytes, Get<ClientPumps>(), Get<ClientMetrics>(), CreateLogger<NamespaceStream>());
        foreach (var ns in options.StreamedNamespaces)
        {
            stream.Attach(Find(ns));
        }
    }

    private Namespace Find(string name) => services.GetRequiredKeyedService<SocketIOServer>(server).Of(name);

    private T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    private ILogger CreateLogger<T>() => Get<ILoggerFactory>().CreateLogger<T>();
}
