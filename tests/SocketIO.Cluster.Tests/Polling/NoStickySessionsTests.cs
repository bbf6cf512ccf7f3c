using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>Promise 1 on three servers that are joined in memory.</summary>
public sealed class NoStickySessionsTests : NoStickySessionsContract
{
    private readonly MemoryCluster _cluster = new();

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);

    protected override Task KillAsync(Node node, IEnumerable<Node> others)
    {
        _cluster.KillGateway(node);
        return _cluster.WhenToldAsync(others);
    }
}

/// <summary>The same where what gateways send each other is lost and repeated.</summary>
public sealed class LossyNoStickySessionsTests : NoStickySessionsContract
{
    private readonly MemoryCluster _cluster = new()
    {
        LossOneIn = 8,
        Options = new ClusterOptions
        {
            TickInterval = TimeSpan.FromMilliseconds(10),
            Outbox = new PublisherOutboxOptions { RetryAfter = TimeSpan.FromMilliseconds(20) },
        },
        PartitionOptions = new PartitionOptions { RetryAfter = TimeSpan.FromMilliseconds(20) },
    };

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);

    protected override Task KillAsync(Node node, IEnumerable<Node> others)
    {
        _cluster.KillGateway(node);
        return _cluster.WhenToldAsync(others);
    }
}
