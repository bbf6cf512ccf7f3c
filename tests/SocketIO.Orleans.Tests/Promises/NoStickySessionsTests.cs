using Microsoft.Extensions.DependencyInjection;
using SocketIO.Cluster;
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

    protected override async Task KillAsync(Node node, IEnumerable<Node> others)
    {
        var dead = node.App.Services.GetRequiredService<GatewayMembership>().Local;
        var told = others.Select(other =>
        {
            var watch = new Watch(dead);
            // Behind the gateway itself, which is told first.
            other.App.Services.GetRequiredService<GatewayMembership>().Subscribe(_ => watch);
            return watch.Told;
        }).ToList();
        _cluster.Kill(node);
        await Patience.Within(Task.WhenAll(told));
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
