using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Storage;
using SocketIO.Cluster;
using SocketIO.Orleans;
using SocketIO.Server;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes a Socket.IO server a gateway of an Orleans cluster.</summary>
public static class SocketIOOrleansBuilderExtensions
{
    /// <summary>
    /// Joins the server to those of all other silos: what one emits reaches the clients of all. The host has to be a silo with a grain storage named
    /// <c>SocketIO</c> that outlives it; how silos find each other, and where grains are stored, is configured as for any silo.
    /// </summary>
    /// <param name="builder">The server. A silo can have one that is a gateway.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="InvalidOperationException">Another server of this host is a gateway already.</exception>
    public static ISocketIOBuilder UseOrleans(this ISocketIOBuilder builder, Action<SocketIOClusterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (services.Any(static service => service.ServiceType == typeof(ClusterGateway)))
        {
            throw new InvalidOperationException("UseOrleans was called twice: of the Socket.IO servers of a silo, one can be a gateway of the cluster.");
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SocketIOClusterOptions>, SocketIOClusterOptionsValidator>());
        var options = services.AddOptions<SocketIOClusterOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<RelayMetrics>();
        services.AddSingleton<PartitionMetrics>();
        services.AddSingleton<MemberMetrics>();
        services.AddSingleton<GatewayServiceClient>();
        services.AddSingleton<GatewayMembership>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<GatewayMembership>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, StorageCheck>();
        services.AddSingleton<Relay>();
        services.AddSingleton<IClusterLink, GatewayLink>();
        services.AddSingleton<EpochStore>();
        services.AddSingleton<StateStore>();
        services.AddSingleton<GrainPatience>();
        services.AddSingleton<ISessionLink, SessionLink>();
        services.AddGrainDirectory(PartitionDirectory.Name, static (provider, _) => new PartitionDirectory(provider));
        services.AddSingleton<SessionIds>();
        services.AddSingleton<SessionExpiry>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<SessionExpiry>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SessionKeyStore>();
        services.AddSingleton(provider => CreateSessionOptions(provider.GetRequiredService<IOptionsMonitor<SocketIOOptions>>().Get(builder.Name)));
        services.AddSingleton(CreateGateway);
        services.AddSingleton<OutsideEmitter>();
        services.AddSingleton<ClientMetrics>();
        services.AddSingleton<ClientPumps>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<ClientPumps>());
        services.AddSingleton<IHostedService>(provider => new ServedNamespaces(builder.Name, provider));
        services.AddGrainService<GatewayService>();
        // Of the services that hear of the host's stop, the last that was added is the first to hear: partitions move before the server closes.
        services.AddSingleton<GatewayDrain>();
        services.AddSingleton<IHostedService>(static provider => provider.GetRequiredService<GatewayDrain>());
        services.AddOptions<SocketIOOptions>(builder.Name)
            .Configure<IServiceProvider>(static (options, provider) => provider.GetRequiredService<ClusterGateway>().Configure(options));
        return builder;
    }

    private static SessionOptions CreateSessionOptions(SocketIOOptions options) =>
        options.ConnectionStateRecovery is { } recovery ? new SessionOptions { MaxDisconnectionDuration = recovery.MaxDisconnectionDuration } : new SessionOptions();

    private static ClusterGateway CreateGateway(IServiceProvider provider)
    {
        if (provider.GetService<ILocalSiloDetails>() is null)
        {
            throw new InvalidOperationException("AddSocketIO().UseOrleans() makes this host a gateway of a cluster, and it is no silo: call UseOrleans() on the host's builder too.");
        }

        var gateway = new ClusterGateway(
            provider.GetRequiredService<IClusterLink>(),
            provider.GetRequiredService<ISessionLink>(),
            provider.GetRequiredService<SessionIds>(),
            provider.GetRequiredService<IOptions<SocketIOClusterOptions>>().Value.ToClusterOptions(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("SocketIO.Cluster"))
        {
            Services = provider,
        };
        provider.GetRequiredService<RelayMetrics>().Observe(gateway);
        // From the start, not only once something went wrong.
        _ = provider.GetRequiredService<PartitionMetrics>();
        _ = provider.GetRequiredService<MemberMetrics>();
        _ = provider.GetRequiredService<ClientMetrics>();
        return gateway;
    }

    /// <summary>A silo without the storage does not start: its partitions could not.</summary>
    private sealed class StorageCheck(IServiceProvider services) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
            nameof(StorageCheck),
            ServiceLifecycleStage.First,
            _ => services.GetKeyedService<IGrainStorage>(StateStore.Name) is not null
                ? Task.CompletedTask
                : throw new InvalidOperationException(
                    $"A Socket.IO gateway needs a grain storage named \"{StateStore.Name}\": add one to the silo, for example with AddRedisGrainStorage."));
    }
}
