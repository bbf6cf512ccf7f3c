using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>What nobody can come back to any more is stored no longer.</summary>
public sealed class SessionExpiryTests
{
    [Fact]
    public async Task Sessions_go_from_the_storage_when_their_time_is_over()
    {
        var cluster = new OrleansCluster();
        var nodes = await cluster.StartAsync(
            1, static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { MaxDisconnectionDuration = TimeSpan.FromSeconds(1) });
        var (lost, left, here) = (await nodes[0].ConnectAsync(), await nodes[0].ConnectAsync(), await nodes[0].ConnectAsync());
        foreach (var client in (TestSocket[])[lost, left, here])
        {
            await nodes[0][client].JoinAsync("room1");
            await Patience.Within(cluster.Storage.WhenSavedAsync(client.PrivateId!, "room1"));
        }

        lost.Client.Abort();
        await left.LeaveAsync();

        await Patience.Until(() => !IsStored(lost) && !IsStored(left));
        Assert.True(IsStored(here));
        await nodes[0].DisposeAsync();
        await cluster.WhenEndedAsync();

        bool IsStored(TestSocket client) => cluster.Storage.Load(StateKey.Session(client.PrivateId!)) is not null;
    }
}
