using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>Clients that stay for days and change nothing: what nobody writes counts as left behind by a gateway that has died.</summary>
public sealed class SessionSilenceTests : IAsyncLifetime
{
    private readonly MemoryCluster _cluster = new() { Options = new ClusterOptions { CloseTimeout = TimeSpan.Zero } };
    private readonly List<Node> _nodes = [];

    public async Task InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            _nodes.Add(await _cluster.StartNodeAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions()));
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_has_changed_nothing_for_days_can_come_back_though_its_gateway_dies(bool isInRoom)
    {
        var client = await ConnectAsync(isInRoom);
        await WaitAsync(client, TimeSpan.FromHours(13));
        await WaitAsync(client, TimeSpan.FromHours(13));
        await WaitAsync(client, TimeSpan.FromHours(13));
        _cluster.KillGateway(_nodes[0]);

        var back = await ReturnAsync(client);

        Assert.Equal(client.Id, back.Id);
        Assert.Equal(isInRoom ? new[] { client.Id, "room1" }.Order() : [client.Id], _nodes[1][back].Rooms.Order());
    }

    [Fact]
    public async Task Nobody_comes_back_to_a_gateway_that_has_been_dead_for_days()
    {
        var client = await ConnectAsync(isInRoom: true);
        _cluster.KillGateway(_nodes[0]);
        _cluster.Time.Leap(TimeSpan.FromHours(25));

        var back = await ReturnAsync(client);

        Assert.NotEqual(client.Id, back.Id);
        Assert.False(_nodes[1][back].Recovered);
    }

    private async Task<TestSocket> ConnectAsync(bool isInRoom)
    {
        var client = await _nodes[0].ConnectAsync();
        if (isInRoom)
        {
            await _nodes[0][client].JoinAsync("room1");
            await Patience.Within(_cluster.Sessions.WhenSavedAsync(client.PrivateId!, "room1"));
        }

        _nodes[0].Io.To(client.Id).Emit("first");
        await client.NextAsync("first");
        return client;
    }

    private async Task WaitAsync(TestSocket client, TimeSpan span)
    {
        _cluster.Time.Leap(span);
        await Patience.Within(_cluster.Sessions.WhenWrittenSinceAsync(client.PrivateId!, _cluster.Time.GetUtcNow() - TimeSpan.FromMinutes(1)));
    }

    private Task<TestSocket> ReturnAsync(TestSocket lost) => _nodes[1].ConnectAsync(auth: new { pid = lost.PrivateId, offset = lost.Offset });
}
