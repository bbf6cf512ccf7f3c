using System.Collections.Concurrent;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class CatchAllExamples
{
    [Fact]
    public async Task Listeners_see_every_event()
    {
        var log = new ConcurrentQueue<string>();
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: catch-all
            io.OnConnection(socket =>
            {
                socket.OnAny(packet => log.Enqueue($"in: {packet.Name}, {packet.Arguments.Count} arguments"));
                socket.OnAnyOutgoing(packet => log.Enqueue($"out: {packet.Name}"));
                socket.On("question", () => { socket.Emit("answer", 42); });
            });
            // end
        });
        await using var client = await server.ConnectAsync();
        await client.EmitAsync("question", "what?");
        Assert.Equal(42, (await client.NextAsync("answer")).Get<int>());
        Assert.Equal(["in: question, 1 arguments", "out: answer"], log);
    }
}
