using SocketIO.Server;

namespace Documentation.Tests;

public sealed class TransportExamples
{
    [Fact]
    public async Task Transports_are_chosen()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                // docs: transports
                options.Transports = TransportTypes.WebSocket;   // no long-polling
                options.PingInterval = TimeSpan.FromSeconds(20);
                options.PingTimeout = TimeSpan.FromSeconds(10);
                options.PerMessageDeflate = new PerMessageDeflateOptions { Threshold = 2048 };
                // end
            });
        await using var client = await server.ConnectAsync();
        using var http = server.CreateHttpClient();
        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", await GetTextAsync(http, "/socket.io/?EIO=4&transport=polling"));
    }

    [Fact]
    public async Task The_transport_of_a_socket_is_known()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: transports-upgrade
            io.OnConnection(socket =>
            {
                Console.WriteLine($"{socket.Id} began on {socket.Connection.Transport}");
                socket.Connection.Upgraded += transport => Console.WriteLine($"{socket.Id} moved to {transport}");
                socket.On("transport", () => socket.Connection.Transport);
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        Assert.Equal(TransportNames.WebSocket, await client.EmitWithAckAsync<string>("transport"));
    }

    [Fact]
    public async Task Bounds_are_options()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                // docs: bounds
                options.MaxHttpBufferSize = 100_000;          // bytes of one message
                options.MaxOutboundBytes = 1024 * 1024;       // bytes that may wait for one slow client
                options.MaxConcurrentEvents = 100;            // asynchronous handlers of one socket that run at a time
                options.MaxQueuedEventBytes = 1024 * 1024;    // events of one socket that wait for them
                options.MaxRoomsPerSocket = 100;
                options.MaxConnections = 10_000;
                // end
            });
        await using var client = await server.ConnectAsync();
        await client.EmitAsync("large", new string('x', 100_001));
        Assert.Equal("transport close", await client.Closed);
        await using var other = await server.ConnectAsync();
        Assert.NotEmpty(other.Id);
    }

    internal static async Task<string> GetTextAsync(HttpClient http, string url)
    {
        using var response = await http.GetAsync(url);
        return await response.Content.ReadAsStringAsync();
    }
}
