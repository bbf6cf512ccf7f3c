using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>A silo that is stopped in good order, in the middle of the traffic.</summary>
public sealed class DrainTests : IAsyncLifetime
{
    private const int Rounds = 300;

    // Deaths are noticed late: nothing here may wait for that.
    private readonly OrleansCluster _cluster = new();
    private IReadOnlyList<Node> _nodes = [];

    public async Task InitializeAsync() => _nodes = await _cluster.StartAsync(
        3,
        static options =>
        {
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
            options.DrainRate = 50;
        });

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nobody_misses_anything_when_a_silo_is_stopped(bool isSequencer)
    {
        var victim = await FindAsync(isSequencer);
        var (publisher, other) = (_nodes.First(node => node != victim), _nodes.Last(node => node != victim));
        var staying = await ConnectAsync(other);
        var leaving = new List<TestSocket>();
        for (var i = 0; i < 10; i++)
        {
            leaving.Add(await ConnectAsync(victim));
        }

        publisher.Io.To("room").Emit("news", -1);
        await Task.WhenAll(leaving.Append(staying).Select(static client => client.NextAsync("news")));

        var returning = Task.WhenAll(leaving.Select(client => ReadOnAsync(client, other)));
        Task? stopping = null;
        for (var i = 0; i < Rounds; i++)
        {
            stopping ??= i == Rounds / 3 ? victim.App.StopAsync() : null;
            publisher.Io.To("room").Emit("news", i);
            await Task.Delay(1);
        }

        Assert.Equal(Enumerable.Range(0, Rounds), await ReadAsync(staying, Rounds));
        Assert.All(await Patience.Within(returning), static seen => Assert.Equal(Enumerable.Range(0, Rounds), seen));
        await Patience.Within(stopping!);
        Assert.Equal(11, (await publisher.Io.In("room").FetchSocketsAsync()).Count);
    }

    [Fact]
    public async Task A_partition_has_left_before_the_first_client_is_told()
    {
        var victim = await FindAsync(isSequencer: true);
        var client = await ConnectAsync(victim);
        var partitions = PartitionsOf(victim.App.Services.GetRequiredService<GatewayDrain>());
        Assert.NotEmpty(partitions);
        var hasLeft = client.Client.Closed.ContinueWith(_ => partitions.IsEmpty, TaskScheduler.Default);
        await victim.App.StopAsync();
        Assert.True(await Patience.Within(hasLeft));
    }

    [Fact]
    public async Task A_partition_goes_on_whatever_other_silos_are_stopped()
    {
        var sequencer = await FindAsync(isSequencer: true);
        var epochs = sequencer.App.Services.GetRequiredService<EpochStore>();
        var before = await epochs.ReadAsync(new PartitionKey("/", 0));
        foreach (var node in _nodes.Where(node => node != sequencer))
        {
            await node.App.StopAsync();
        }

        await OrleansCluster.WaitForServersAsync(sequencer, 1);
        await sequencer.Io.FetchSocketsAsync();
        Assert.Equal(before, await epochs.ReadAsync(new PartitionKey("/", 0)));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_partitions")]
    private static extern ref ConcurrentDictionary<IGrainContext, byte> PartitionsOf(GatewayDrain drain);

    private async Task<Node> FindAsync(bool isSequencer)
    {
        await _nodes[0].Io.FetchSocketsAsync();
        var sequencer = await OrleansCluster.FindPartitionAsync(_nodes);
        return isSequencer ? sequencer : _nodes.First(node => node != sequencer);
    }

    private static async Task<TestSocket> ConnectAsync(Node node)
    {
        var client = await node.ConnectAsync();
        await node[client].JoinAsync("room");
        return client;
    }

    /// <summary>Reads until all rounds are there; once the connection has ended, at another node.</summary>
    private static async Task<List<int>> ReadOnAsync(TestSocket client, Node other)
    {
        var seen = new List<int>();
        var returned = false;
        while (seen.Count < Rounds)
        {
            try
            {
                seen.Add((await client.NextAsync("news")).Int(0));
            }
            catch (Exception e) when (e is System.Threading.Channels.ChannelClosedException && !returned)
            {
                returned = true;
                var back = await other.ConnectAsync(auth: new { pid = client.PrivateId, offset = client.Offset });
                Assert.Equal(client.Id, back.Id);
                client = back;
            }
        }

        Assert.True(returned);
        return seen;
    }

    private static async Task<List<int>> ReadAsync(TestSocket client, int count)
    {
        var seen = new List<int>();
        while (seen.Count < count)
        {
            seen.Add((await client.NextAsync("news")).Int(0));
        }

        return seen;
    }
}
