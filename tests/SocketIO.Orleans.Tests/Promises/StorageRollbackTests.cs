using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>A storage that has lost its last writes, as one does whose replica takes over that was behind.</summary>
public sealed class StorageRollbackTests
{
    [Fact]
    public async Task A_partition_whose_epoch_was_lost_takes_one_that_nobody_has_seen()
    {
        var cluster = new OrleansCluster { NoticesDeathSoon = true };
        var nodes = await cluster.StartAsync(2, static _ => { });
        nodes[0].Io.Emit("wake");
        await nodes[0].Io.FetchSocketsAsync();
        var sequencer = await OrleansCluster.FindPartitionAsync(nodes);
        var other = nodes.Single(node => node != sequencer);
        var client = await other.ConnectAsync();
        cluster.Storage.Forget(StateKey.Epoch(new PartitionKey("/", 0)));

        await cluster.KillAsync(sequencer, [other]);
        other.Io.Emit("news", "good");

        Assert.Equal("good", (await client.NextAsync("news")).Text(0));
        await other.DisposeAsync();
        await cluster.WhenEndedAsync();
    }
}
