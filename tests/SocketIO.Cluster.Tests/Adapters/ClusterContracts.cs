using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>The adapter of a cluster: three real servers that are joined in memory.</summary>
public sealed class ClusterAdapterContract() : AdapterContract(3)
{
    private readonly MemoryCluster _cluster = new();

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);
}

/// <summary>The same with a single node.</summary>
public sealed class LoneClusterAdapterContract() : AdapterContract(1)
{
    private readonly MemoryCluster _cluster = new();

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);
}

/// <summary>The same with recovery on: all that is sent goes through the log.</summary>
public sealed class RecoveringClusterAdapterContract() : AdapterContract(3)
{
    private readonly MemoryCluster _cluster = new();

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);

    protected override void Configure(SocketIOOptions options) => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
}

/// <summary>The same where messages to and from the partition are lost and repeated.</summary>
public sealed class LossyClusterAdapterContract() : AdapterContract(3)
{
    private readonly MemoryCluster _cluster = new()
    {
        LossOneIn = 8,
        Options = new ClusterOptions
        {
            TickInterval = TimeSpan.FromMilliseconds(20),
            Outbox = new PublisherOutboxOptions { RetryAfter = TimeSpan.FromMilliseconds(30) },
        },
        PartitionOptions = new PartitionOptions { RetryAfter = TimeSpan.FromMilliseconds(30) },
    };

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);
}

/// <summary>The same with more than one partition.</summary>
public sealed class PartitionedClusterAdapterContract() : AdapterContract(3)
{
    private readonly MemoryCluster _cluster = new() { Options = new ClusterOptions { Partitions = 3 } };

    protected override bool HasOneOrder => false;

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);
}

/// <summary>Recovery at another node than the one that was lost.</summary>
public sealed class ClusterRecoveryContract() : RecoveryContract(3)
{
    private readonly MemoryCluster _cluster = new();

    protected override bool EvictsOwners => true;

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);
}

internal static class ClusterNodes
{
    public static async Task<IReadOnlyList<Node>> StartAsync(MemoryCluster cluster, int nodes, Action<SocketIOOptions> configure)
    {
        var started = new List<Node>();
        for (var i = 0; i < nodes; i++)
        {
            started.Add(await cluster.StartNodeAsync(configure));
        }

        return started;
    }
}
