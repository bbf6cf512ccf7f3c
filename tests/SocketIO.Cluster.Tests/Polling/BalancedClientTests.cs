namespace SocketIO.Cluster.Tests;

/// <summary>The real JavaScript client behind a balancer that knows no affinity.</summary>
public sealed class BalancedClientTests : BalancedClientContract
{
    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes) => ClusterNodes.StartAsync(new MemoryCluster(), nodes, static _ => { });
}
