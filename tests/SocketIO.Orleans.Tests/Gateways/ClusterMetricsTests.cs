using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>What a gateway shows of the cluster's bounds.</summary>
public sealed class ClusterMetricsTests
{
    [Fact]
    public async Task A_gateway_shows_how_full_what_is_bounded_is()
    {
        var cluster = new OrleansCluster();
        await using var node = await cluster.StartNodeAsync();
        var client = await node.ConnectAsync();
        await node[client].JoinAsync("lobby");
        node.Io.Emit("news", "good");
        await client.NextAsync("news");

        await Patience.Until(() => Read(node)["socketio.outbox.packets"] == 0);
        var read = Read(node);
        Assert.Equal(1, read["socketio.cluster.gateways"]);
        Assert.Equal(1, read["socketio.cluster.namespaces"]);
        Assert.Equal(1, read["socketio.partition.active"]);
        Assert.Equal(1, read["socketio.partition.rooms"]);
        Assert.Equal(1, read["socketio.partition.gateways"]);
        Assert.All(
            [
                "socketio.outbox.size", "socketio.outbox.refused", "socketio.inbox.packets", "socketio.inbox.size", "socketio.inbox.lost", "socketio.partition.log",
                "socketio.partition.size", "socketio.requests.pending", "socketio.drain.connections", "socketio.relay.dropped", "socketio.handler.queued", "socketio.relay.refused",
            ],
            (string name) => Assert.Contains(name, read));
    }

    [Fact]
    public async Task What_finds_no_room_is_counted()
    {
        var cluster = new OrleansCluster();
        await using var node = await cluster.StartNodeAsync(cluster: static options => (options.MaxPublishedBytes, options.MaxPendingRequests) = (100_000, 1));
        var client = await node.ConnectAsync();
        client.Answer = static _ => null;

        node.Io.Emit("large", new string('x', 200_000));
        await Patience.Until(() => Read(node)["socketio.outbox.refused"] > 0);
        var waiting = node.Io.Timeout(TimeSpan.FromSeconds(10)).EmitWithAckAsync<int>("ask");
        await Patience.Until(() => Read(node)["socketio.requests.pending"] == 1);
        await Assert.ThrowsAnyAsync<Exception>(() => node.Io.EmitWithAckAsync<int>("ask"));

        Assert.Equal(1, Read(node)["socketio.requests.refused socketio.reason=full"]);
        await client.Client.CloseAsync();
        Assert.Empty(await waiting);
    }

    [Fact]
    public async Task Nobody_publishes_in_a_namespace_too_many()
    {
        var cluster = new OrleansCluster();
        await using var node = await cluster.StartNodeAsync(cluster: static options => options.MaxNamespaces = 2);
        var grains = node.App.Services.GetRequiredService<IGrainFactory>();
        await grains.SocketIO("/second").EmitAsync("news");

        var refused = await Assert.ThrowsAsync<ClusterUnavailableException>(() => grains.SocketIO("/third").EmitAsync("news"));

        Assert.Contains("MaxNamespaces", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, Read(node)["socketio.cluster.namespaces"]);
        await grains.SocketIO("/second").EmitAsync("news");
    }

    [Fact]
    public async Task What_members_are_refused_is_counted_by_its_reason()
    {
        var cluster = new OrleansCluster();
        await using var node = await cluster.StartNodeAsync(cluster: static options => options.MaxRoomNameBytes = 10);
        var grains = node.App.Services.GetRequiredService<IGrainFactory>();

        await Assert.ThrowsAsync<MembershipException>(() => grains.GetRoom("/", "a name that is too long").AddMemberAsync("ada"));

        Assert.Equal(1, Read(node)["socketio.members.refused error.type=InvalidName"]);
        Assert.Equal(0, Read(node)["socketio.members.refused error.type=TooManyRooms"]);
    }

    private static Dictionary<string, long> Read(Node node)
    {
        var read = new Dictionary<string, long>();
        using var listener = Listen(node, (name, value, tags) => read[tags.Length == 0 ? name : $"{name} {tags}"] = value);
        listener.RecordObservableInstruments();
        return read;
    }

    private static MeterListener Listen(Node node, Action<string, long, string> measured)
    {
        var factory = node.App.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "SocketIO.Orleans" && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => measured(instrument.Name, value, Describe(tags)));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured(instrument.Name, value, Describe(tags)));
        listener.Start();
        return listener;
    }

    private static string Describe(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(',', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}"));
}
