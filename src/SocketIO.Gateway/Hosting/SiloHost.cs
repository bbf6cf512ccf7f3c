// Everything about the silo that a gateway is: how it finds the others, where it keeps state, and how it speaks to them.
using System.Net;
using Orleans.Configuration;
using Orleans.Hosting.Kubernetes;
using Orleans.Storage;
using StackExchange.Redis;

namespace SocketIO.Gateway;

/// <summary>Configures the silo.</summary>
internal static class SiloHost
{
    private const string Storage = "SocketIO";
    private const int MissedSigns = 3;

    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromMinutes(1);

    /// <summary>Adds what has to be there before the silo starts; to be called before Orleans is added.</summary>
    public static void AddPrerequisites(IServiceCollection services, SiloOptions options)
    {
        if (options.Clustering == Clustering.Redis || options.Storage == StateStorage.Redis)
        {
            services.AddSingleton<IPrerequisite, RedisPrerequisite>();
        }

        if (options.Clustering == Clustering.AdoNet || options.Storage == StateStorage.AdoNet)
        {
            services.AddSingleton<IPrerequisite>(new PostgresTables(options));
        }

        services.AddHostedService<SiloGate>();
    }

    /// <summary>Makes it a silo of its cluster.</summary>
    /// <exception cref="SettingsException">The folder of its state can't be had.</exception>
    public static void Join(ISiloBuilder silo, SiloOptions options)
    {
        switch (options.Clustering)
        {
            case Clustering.Redis:
                silo.UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(options.Redis));
                Address(silo, options);
                break;
            case Clustering.AdoNet:
                silo.UseAdoNetClustering(database => (database.Invariant, database.ConnectionString) = (options.AdoNet!.Invariant, options.AdoNet.ConnectionString));
                Address(silo, options);
                break;
            default:
                silo.UseLocalhostClustering(options.SiloPort, options.ClientPort, serviceId: options.ServiceId, clusterId: options.ClusterId);
                break;
        }

        switch (options.Storage)
        {
            case StateStorage.Redis:
                silo.AddRedisGrainStorage(Storage, redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(options.Redis));
                break;
            case StateStorage.AdoNet:
                silo.AddAdoNetGrainStorage(Storage, database =>
                {
                    (database.Invariant, database.ConnectionString) = (options.AdoNet!.Invariant, options.AdoNet.ConnectionString);
                    // Sessions come and go: their rows would stay for ever.
                    database.DeleteStateOnClear = true;
                });
                break;
            default:
                silo.Services.AddSingleton(Open(options.Folder));
                silo.Services.AddKeyedSingleton<IGrainStorage>(Storage, static (services, _) => ActivatorUtilities.CreateInstance<FolderGrainStorage>(services));
                break;
        }

        if (options.Tls is not null)
        {
            Encrypt(silo);
        }
    }

    private static void Address(ISiloBuilder silo, SiloOptions options)
    {
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
        // A silo joins only if it reaches all that are taken for alive. Where all have died, nobody is left to declare them dead, and those that come have other
        // addresses, as pods do. A silo that starts when the dead have been silent for long enough declares them dead itself; one that starts sooner gives up
        // in time to be started again.
        silo.Configure<ClusterMembershipOptions>(static membership =>
        {
            membership.IAmAliveTablePublishTimeout = SignOfLife;
            membership.NumMissedTableIAmAliveLimit = MissedSigns;
            membership.MaxJoinAttemptTime = JoinPatience;
        });
        if (options.Kubernetes)
        {
            // The address is the pod's, and so is the one that is listened at: Orleans would take all of IPv4.
            var pod = IPAddress.Parse(KubernetesEnvironment.Read(KubernetesHostingOptions.PodIPEnvironmentVariable)!);
            silo.ConfigureEndpoints(pod, options.SiloPort, options.ClientPort);
            silo.Configure<EndpointOptions>(endpoints => (endpoints.SiloListeningEndpoint, endpoints.GatewayListeningEndpoint) = (new(pod, options.SiloPort), new(pod, options.ClientPort)));
            silo.UseKubernetesHosting(static kubernetes => kubernetes.Configure(static hosting => hosting.GetClientConfiguration = KubernetesEnvironment.Configure));
        }
        else if (options.Address is { } address)
        {
            silo.ConfigureEndpoints(IPAddress.Parse(address), options.SiloPort, options.ClientPort);
        }
        else
        {
            silo.ConfigureEndpoints(options.SiloPort, options.ClientPort, listenOnAnyHostAddress: true);
        }
    }

    // What Orleans' UseTls does, with certificates that can be renewed and a log.
    private static void Encrypt(ISiloBuilder silo)
    {
        silo.Services.AddSingleton<SiloTls>();
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<SiloTls>(static (connections, tls) =>
        {
            connections.ConfigureSiloInboundConnection(connection => connection.UseServerTls(tls.Options));
            connections.ConfigureGatewayInboundConnection(connection => connection.UseServerTls(tls.Options));
            connections.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(tls.Options));
        });
    }

    private static FolderStore Open(string folder)
    {
        try
        {
            return new FolderStore(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{GatewayOptions.Section}:Silo:Folder is '{folder}'; allowed: a folder that can be written to and that no other gateway has. {e.Message}");
        }
    }
}
