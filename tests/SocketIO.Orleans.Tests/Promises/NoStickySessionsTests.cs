using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
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

    [Fact]
    public async Task The_meter_shows_what_is_relayed_at_either_side()
    {
        using var upgraded = await UpgradedClient.UpgradeAsync(await JoinAsync(), Nodes[1]);

        Assert.Equal((1, 0), (Measure(Nodes[1], "socketio.relay.websockets", "edge"), Measure(Nodes[1], "socketio.relay.websockets", "owner")));
        Assert.Equal((0, 1), (Measure(Owner, "socketio.relay.websockets", "edge"), Measure(Owner, "socketio.relay.websockets", "owner")));
        Assert.Equal(0, Measure(Nodes[1], "socketio.relay.requests", "edge"));
        Assert.Equal(0, Measure(Owner, "socketio.relay.requests", "owner"));
        Assert.Equal(0, Measure(Owner, "socketio.relay.refused"));
    }

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes, Action<SocketIOOptions> configure) => _cluster.StartAsync(nodes, configure, static options => options.CloseTimeout = TimeSpan.Zero);

    protected override Task KillAsync(Node node, IEnumerable<Node> others) => _cluster.KillAsync(node, others);

    private static long Measure(Node node, string name, string? side = null)
    {
        var meters = node.App.Services.GetRequiredService<IMeterFactory>();
        long? value = null;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name && instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, measurement, tags, _) =>
        {
            if (side is null || Equals(tags[0].Value, side))
            {
                value = measurement;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.NotNull(value);
        return value.Value;
    }
}

/// <summary>The real JavaScript client behind a balancer that knows no affinity.</summary>
public sealed class BalancedClientTests : BalancedClientContract
{
    private readonly OrleansCluster _cluster = new();

    protected override Task<IReadOnlyList<Node>> StartAsync(int nodes) => _cluster.StartAsync(nodes, static _ => { });
}
