using SocketIO.Server;

namespace Documentation.Tests;

public sealed class RecoveryExamples
{
    [Fact]
    public async Task A_client_that_returns_gets_what_it_missed()
    {
        await using var server = await ExampleServer.StartAsync(
            io =>
            {
                // docs: recovery-handler
                io.OnConnection(async socket =>
                {
                    if (socket.Recovered)
                    {
                        return;   // id, rooms and data are as they were, and missed events have been sent again
                    }

                    await socket.JoinAsync("news");
                    socket.Emit("welcome");
                });
                // end
            },
            options =>
            {
                // docs: recovery
                options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions
                {
                    MaxDisconnectionDuration = TimeSpan.FromMinutes(2),
                    SkipMiddlewares = true,
                };
                // end
            });
        var before = await server.ConnectAsync();
        await before.NextAsync("welcome");
        await before.DisposeAsync();
        await Eventually.TrueAsync(() => !server.IO.Sockets.Sockets.ContainsKey(before.Id));
        server.IO.To("news").Emit("headline", "missed");

        await using var after = await server.ConnectAsync(auth: new { pid = before.PrivateId, offset = before.Offset });

        Assert.Equal(before.Id, after.Id);
        Assert.Equal("missed", (await after.NextAsync("headline")).Get<string>());
    }
}
