using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>Promise 1 on three silos.</summary>
public sealed class NoStickySessionsTests : NoStickySessionsContract
{
    private readonly OrleansCluster _cluster = new() { NoticesDeathSoon = true };

    [Fact]
    public async Task Silos_that_start_at_the_same_time_share_one_key()
    {
        var cluster = new OrleansCluster();
        var nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => cluster.StartNodeAsync()));
        foreach (var node in nodes)
        {
            await OrleansCluster.WaitForServersAsync(node, 3);
        }

        using var client = await WanderingClient.JoinAsync(nodes);
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => _cluster.StartAsync(nodes, configure, static options => options.CloseTimeout = TimeSpan.Zero);

    protected override Task KillAsync(Node node, IEnumerable<Node> others) => _cluster.KillAsync(node, others);
}

/// <summary>Upgrades at any of three silos.</summary>
public sealed class RelayedWebSocketTests : RelayedWebSocketContract
{
    private readonly OrleansCluster _cluster = new() { NoticesDeathSoon = true };

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => _cluster.StartAsync(nodes, configure, static options => options.CloseTimeout = TimeSpan.Zero);

    protected override Task KillAsync(Node node, IEnumerable<Node> others) => _cluster.KillAsync(node, others);
}

/// <summary>The real JavaScript client behind a balancer that knows no affinity.</summary>
public sealed class BalancedClientTests : BalancedClientContract
{
    private readonly OrleansCluster _cluster = new();

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes) => _cluster.StartAsync(nodes, static _ => { });
}
