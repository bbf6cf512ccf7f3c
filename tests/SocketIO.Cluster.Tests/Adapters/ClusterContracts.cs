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
