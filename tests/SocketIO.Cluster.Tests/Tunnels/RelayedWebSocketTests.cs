using System.Net.WebSockets;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>Upgrades at any of three servers that are joined in memory.</summary>
public sealed class RelayedWebSocketTests : RelayedWebSocketContract
{
    private readonly MemoryCluster _cluster = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task More_WebSockets_than_a_gateway_may_carry_are_refused_and_their_clients_stay_with_polling(int edge)
    {
        var cluster = new MemoryCluster { Options = new ClusterOptions { MaxRelayedWebSockets = 1 } };
        var nodes = await ClusterNodes.StartAsync(cluster, 3, static _ => { });
        using var first = await WanderingClient.JoinAsync(nodes);
        using var second = await WanderingClient.JoinAsync(nodes);
        using (await UpgradedClient.UpgradeAsync(first, nodes[1]))
        {
            // At the carrier for one, at the owner for the other.
            await Assert.ThrowsAsync<WebSocketException>(() => UpgradedClient.OpenAsync(second, nodes[edge]));
            await second.PostAsync("41");
        }

        await Patience.Until(() => Relay(nodes[0]).OwnWebSockets == 0 && Relay(nodes[1]).CarriedWebSockets == 0);
        using (var upgraded = await UpgradedClient.UpgradeAsync(second, nodes[1]))
        {
            await upgraded.SendAsync("40");
            Assert.StartsWith("40{", await upgraded.NextAsync(), StringComparison.Ordinal);
        }

        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => ClusterNodes.StartAsync(_cluster, nodes, configure);

    protected override Task KillAsync(Node node, IEnumerable<Node> others)
    {
        _cluster.KillGateway(node);
        return _cluster.WhenToldAsync(others);
    }
}

/// <summary>The same where what gateways send each other is lost and repeated.</summary>
public sealed class LossyRelayedWebSocketTests : RelayedWebSocketContract
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
