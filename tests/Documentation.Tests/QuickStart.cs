// docs: quick-start
using SocketIO.Server;

// end
namespace Documentation.Tests;

public sealed class QuickStart
{
    [Fact]
    public async Task The_quick_start_answers_and_broadcasts()
    {
        var (program, url) = await EntryPoint.RunAsync(Run);
        await using (program)
        await using (var ada = await TestClient.ConnectAsync(url))
        await using (var grace = await TestClient.ConnectAsync(url))
        {
            Assert.Equal(3, await ada.EmitWithAckAsync<int>("sum", 1, 2));
            await ada.EmitAsync("message", "hello");
            Assert.Equal("hello", (await grace.NextAsync("message")).Get<string>());
        }
    }

    private static void Run(string[] args)
    {
        // docs: quick-start
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddSocketIO();
        var app = builder.Build();

        app.MapSocketIO(io => io.OnConnection(socket =>
        {
            socket.On("sum", (int a, int b) => a + b);
            socket.On("message", (string text) => socket.Broadcast.Emit("message", text));
        }));

        app.Run();
        // end
    }
}
