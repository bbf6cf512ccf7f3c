using SocketIO.Protocol;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class GenerationExamples
{
    [Fact]
    public async Task Old_clients_are_let_in()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                // docs: generations
                options.Generations = Generations.Current | Generations.EngineIO3;
                // end
            });
        using var http = server.CreateHttpClient();
        Assert.EndsWith("2:40", await TransportExamples.GetTextAsync(http, "/socket.io/?EIO=3&transport=polling&b64=1"), StringComparison.Ordinal);
        await using var client = await server.ConnectAsync();
    }

    [Fact]
    public async Task What_a_client_cannot_have_is_sent_in_another_way()
    {
        await using var server = await ExampleServer.StartAsync(io => io.OnConnection(static socket =>
        {
            // docs: generations-unsupported
            try
            {
                socket.Emit("picture", new byte[] { 0x89, 0x50, 0x4E, 0x47 });
            }
            catch (PacketNotSupportedException e)
            {
                Console.WriteLine(e.Message);   // which generation, and what it has not
                socket.Emit("picture", "iVBORw==");
            }
            // end
        }));
        await using var client = await server.ConnectAsync();
        Assert.Equal("picture", (await client.NextAsync("picture")).Name);
    }
}
