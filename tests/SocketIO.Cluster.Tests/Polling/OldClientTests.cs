using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>Clients 1.0 to 2.5 behind a balancer that sends each request to another of three servers.</summary>
public sealed class OldClientTests : IAsyncLifetime
{
    private readonly MemoryCluster _cluster = new();
    private IReadOnlyList<Node> _nodes = [];

    public async Task InitializeAsync() =>
        _nodes = await ClusterNodes.StartAsync(_cluster, 3, static options => options.Generations = Generations.Current | Generations.EngineIO3);

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task Each_request_of_a_polling_session_may_reach_another_server()
    {
        _nodes[0].Io.OnConnection(static socket => socket.On("echo", (int number, byte[] bytes) => socket.Emit("echo", number, bytes)));
        using var client = await JoinAsync();
        for (var i = 0; i < 9; i++)
        {
            client.Node = _nodes[i % 3];
            await client.SendAsync($$"""451-["echo",{{i}},{"_placeholder":true,"num":0}]""", "b4AQID");
            client.Node = _nodes[(i + 1) % 3];
            Assert.Equal([$$"""451-["echo",{{i}},{"_placeholder":true,"num":0}]""", "b4AQID"], await client.PollAsync());
        }
    }

    [Fact]
    public async Task A_socket_whose_id_tells_no_server_is_reached_from_each_of_them()
    {
        using var client = await JoinAsync();
        Assert.Equal(client.Id, Assert.Single(_nodes[0].Io.Sockets.Sockets).Key);
        for (var i = 0; i < 6; i++)
        {
            _nodes[i % 3].Io.To(client.Id).Emit("you", i);
            Assert.Equal([$"""42["you",{i}]"""], await client.PollAsync());
        }
    }

    [Fact]
    public async Task A_websocket_may_reach_another_server_than_the_session()
    {
        _nodes[0].Io.OnConnection(static socket => socket.On("sum", static (int a, int b) => a + b));
        using var client = await JoinAsync();
        using var candidate = await OldWebSocket.OpenAsync(_nodes[1], "EIO=3&transport=websocket&sid=" + client.Id);
        await candidate.SendAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveAsync());
        await candidate.SendAsync("5");
        await candidate.SendAsync("""420["sum",19,23]""");
        Assert.Equal("430[42]", await candidate.ReceiveAsync());
    }

    // The main namespace has to know of the socket first.
    private async Task<OldPolling> JoinAsync()
    {
        var client = await OldPolling.OpenAsync(_nodes[0]);
        Assert.Equal(["40"], client.Greeting.Length > 1 ? client.Greeting[1..] : await client.PollAsync());
        return client;
    }
}
