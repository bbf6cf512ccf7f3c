using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>Clients 0.7 to 0.9 at two servers that are one: what PocketIO had its Redis pool for.</summary>
public sealed class ProtocolOneClusterTests : IAsyncLifetime
{
    private readonly MemoryCluster _cluster = new();
    private IReadOnlyList<Node> _nodes = [];

    public async Task InitializeAsync() => _nodes = await ClusterNodes.StartAsync(_cluster, 2, static options => options.Generations = Generations.Version09);

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    [Trait("Feature", "K-22")]
    public async Task Broadcasts_and_rooms_reach_across_the_nodes()
    {
        foreach (var node in _nodes)
        {
            node.Io.OnConnection(socket =>
            {
                socket.On("join", async (string room) =>
                {
                    await socket.JoinAsync(room);
                    return room;
                });
                socket.On("room", (string room, string text) => socket.To(room).Send(text));
                socket.On("others", (string text) => socket.Broadcast.Send(text));
            });
        }

        using var here = await Client.ConnectAsync(_nodes[0]);
        using var there = await Client.ConnectAsync(_nodes[1]);
        using var outside = await Client.ConnectAsync(_nodes[1]);
        foreach (var client in new[] { here, there })
        {
            await client.SendAsync("""5:1+::{"name":"join","args":["a room"]}""");
            Assert.Equal("""6:::1+["a room"]""", await client.PollAsync());
        }

        await here.SendAsync("""5:::{"name":"room","args":["a room","for you"]}""");
        Assert.Equal("3:::for you", await there.PollAsync());
        await there.SendAsync("""5:::{"name":"others","args":["for both"]}""");
        Assert.Equal("3:::for both", await here.PollAsync());
        Assert.Equal("3:::for both", await outside.PollAsync());
        _nodes[0].Io.Send("for all");
        foreach (var client in new[] { here, there, outside })
        {
            Assert.Equal("3:::for all", await client.PollAsync());
        }
    }

    private sealed class Client(HttpClient http, string url) : IDisposable
    {
        public static async Task<Client> ConnectAsync(Node node)
        {
            var http = node.CreateHttpClient();
            var id = (await http.GetStringAsync("/socket.io/1/")).Split(':')[0];
            var client = new Client(http, $"/socket.io/1/xhr-polling/{id}");
            Assert.Equal("1::", await client.PollAsync());
            return client;
        }

        public Task<string> PollAsync() => Patience.Within(http.GetStringAsync(url));

        public async Task SendAsync(string packet)
        {
            using var content = new StringContent(packet, Encoding.UTF8, "text/plain");
            using var answer = await http.PostAsync(url, content);
            Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        }

        public void Dispose() => http.Dispose();
    }
}
