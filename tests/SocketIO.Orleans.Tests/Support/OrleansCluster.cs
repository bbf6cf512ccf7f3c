using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using SocketIO.Server;
using GatewayId = SocketIO.Cluster.GatewayId;

namespace SocketIO.Orleans.Tests;

/// <summary>Silos of one process that talk over the loopback, each with a Socket.IO server; membership and storage outlive them.</summary>
internal sealed class OrleansCluster
{
    private static readonly HashSet<int> UsedPorts = [];

    private readonly SharedMembership _membership = new();
    private readonly ConcurrentDictionary<Node, PowerSwitch> _switches = new();
    private readonly ConcurrentBag<Task> _ends = [];
    private readonly ConcurrentBag<int> _clientPorts = [];
    private readonly string _id = Guid.NewGuid().ToString("n");

    /// <summary>The storage named <c>SocketIO</c>.</summary>
    public SharedStorage Storage { get; init; } = new();

    /// <summary>The clock of the nodes.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What the nodes have logged.</summary>
    public SiloLog Log { get; } = new();

    /// <summary>Takes down the calls of grains and between gateways that the nodes make, if any.</summary>
    public CallBook? Calls { get; init; }

    /// <summary>Whether a silo that has crashed is declared dead within seconds.</summary>
    public bool NoticesDeathSoon { get; init; }

    /// <summary>What further the silos have.</summary>
    public Action<ISiloBuilder>? ConfigureSilo { get; init; }

    /// <summary>Starts nodes, and waits until each knows all.</summary>
    public async Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure, Action<SocketIOClusterOptions>? cluster = null)
    {
        var started = new List<Node>();
        for (var i = 0; i < nodes; i++)
        {
            // One after another: silos that join at the same moment stand in each other's way, and wait for seconds.
            started.Add(await StartNodeAsync(configure, cluster));
        }

        foreach (var node in started)
        {
            await WaitForServersAsync(node, nodes);
        }

        return started;
    }

    /// <summary>Starts one node.</summary>
    public async Task<Node> StartNodeAsync(Action<SocketIOOptions>? configure = null, Action<SocketIOClusterOptions>? cluster = null)
    {
        var power = new PowerSwitch();
        var node = await Node.StartBareAsync(
            builder =>
            {
                builder.Logging.AddProvider(Log);
                builder.Services.AddSocketIO(configure).UseOrleans(cluster);
                builder.UseOrleans(silo => Configure(silo, power));
            },
            static app => app.MapSocketIO());
        _switches[node] = power;
        return node;
    }

    /// <summary>Waits until a node counts so many servers.</summary>
    public static async Task WaitForServersAsync(Node node, int count)
    {
        for (var end = DateTime.UtcNow.AddSeconds(30); await node.Io.Sockets.Adapter.GetServerCountAsync() != count;)
        {
            Assert.True(DateTime.UtcNow < end, $"The node does not count {count} servers.");
            await Task.Delay(10);
        }
    }

    /// <summary>Starts a silo that is no gateway: of this assembly's grains it has all, of the product's none.</summary>
    public async Task<IHost> StartServiceAsync(Action<ISiloBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            Configure(silo, new PowerSwitch());
            silo.Services.PostConfigure<GrainTypeOptions>(static options =>
                options.Classes.RemoveWhere(static type => type.Assembly == typeof(SocketIOClusterOptions).Assembly));
            configure(silo);
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>Starts a process, so to speak, that is no silo: an Orleans client.</summary>
    public async Task<IHost> StartClientAsync(Action<IClientBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (_id, _id));
            client.UseStaticClustering([.. _clientPorts.Select(static port => new IPEndPoint(IPAddress.Loopback, port))]);
            configure?.Invoke(client);
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>Ends a node as a power failure would: it says nothing to anybody.</summary>
    public void Kill(Node node)
    {
        _switches[node].TurnOff();
        _ends.Add(EndAsync());

        // What is left of it in this process.
        async Task EndAsync()
        {
            await node.App.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await node.App.DisposeAsync();
        }
    }

    /// <summary>The same; completes when others were told of the death.</summary>
    public async Task KillAsync(Node node, IEnumerable<Node> others)
    {
        var dead = node.App.Services.GetRequiredService<GatewayMembership>().Local;
        var told = others.Select(other =>
        {
            var watch = new Watch(dead);
            // Behind the gateway itself, which is told first.
            other.App.Services.GetRequiredService<GatewayMembership>().Subscribe(_ => watch);
            return watch.Told;
        }).ToList();
        Kill(node);
        await Patience.Within(Task.WhenAll(told));
    }

    /// <summary>Completes when nothing is left of those that were killed.</summary>
    public Task WhenEndedAsync() => Task.WhenAll(_ends);

    /// <summary>The node whose silo hosts a partition.</summary>
    public static async Task<Node> FindPartitionAsync(IReadOnlyList<Node> nodes, string ns = "/", int index = 0)
    {
        var grains = nodes[0].App.Services.GetRequiredService<IGrainFactory>();
        var partition = grains.GetGrain<INamespacePartition>(index, ns, null);
        var silo = await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(partition);
        return nodes.Single(node => node.App.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Equals(silo));
    }

    /// <summary>A port that is free.</summary>
    public static int FindPort()
    {
        while (true)
        {
            // Below the ports that the system gives to connections.
            var port = Random.Shared.Next(20_000, 30_000);
            lock (UsedPorts)
            {
                if (!UsedPorts.Add(port))
                {
                    continue;
                }
            }

            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else has it.
            }
        }
    }

    private void Configure(ISiloBuilder silo, PowerSwitch power)
    {
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (_id, _id));
        var clientPort = FindPort();
        _clientPorts.Add(clientPort);
        silo.ConfigureEndpoints(IPAddress.Loopback, FindPort(), clientPort);
        if (Calls is not null)
        {
            silo.AddOutgoingGrainCallFilter(Calls);
        }

        silo.Services.AddSingleton(Time);
        silo.Services.AddSingleton(_membership.CreateView(power));
        silo.Services.AddKeyedSingleton("SocketIO", Storage.CreateView(power));
        silo.Configure<SiloConnectionOptions>(options =>
        {
            options.ConfigureSiloInboundConnection(power.Control);
            options.ConfigureSiloOutboundConnection(power.Control);
            options.ConfigureGatewayInboundConnection(power.Control);
        });
        if (NoticesDeathSoon)
        {
            silo.Configure<ClusterMembershipOptions>(static options =>
            {
                options.ProbeTimeout = TimeSpan.FromSeconds(1);
                options.NumMissedProbesLimit = 2;
                options.NumVotesForDeathDeclaration = 1;
            });
        }

        ConfigureSilo?.Invoke(silo);
    }

    private sealed class Watch(GatewayId expected) : IGatewayListener
    {
        private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Told => _told.Task;

        public void OnGatewayUp(GatewayId gateway)
        {
        }

        public void OnGatewayDead(GatewayId gateway)
        {
            if (gateway == expected)
            {
                _told.TrySetResult();
            }
        }
    }
}
