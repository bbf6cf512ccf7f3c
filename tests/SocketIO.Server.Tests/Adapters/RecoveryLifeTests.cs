namespace SocketIO.Server.Tests;

/// <summary>Recovery where other things come between.</summary>
public sealed class RecoveryLifeTests
{
    [Fact]
    public async Task A_client_that_is_lost_again_while_it_returns_finds_its_session_the_next_time()
    {
        await using var node = await Node.StartAsync(static options => options.ConnectionStateRecovery = new() { SkipMiddlewares = false });
        var first = await node.ConnectAsync();
        var returning = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node[first].Emit("news", 1);
        await first.NextAsync("news");
        await DropAsync(node, first.Client);

        node.Io.Use(async (socket, next) =>
        {
            if (returning.TrySetResult(socket))
            {
                await lost.Task;
            }

            await next();
        });
        var credentials = new { pid = first.PrivateId, offset = first.Offset };
        var second = await node.OpenAsync();
        await second.StartJoinAsync(auth: credentials);
        var interrupted = await Patience.Within(returning.Task);
        second.Abort();
        await Patience.Until(() => interrupted.Connection.ReadyState == ReadyState.Closed);
        lost.SetResult();
        await Patience.Until(() => interrupted.DisconnectToken.IsCancellationRequested);

        var third = await node.ConnectAsync(auth: credentials);

        Assert.Equal(first.Id, third.Id);
        Assert.True(node[third].Recovered);
    }

    [Fact]
    public async Task An_outgoing_listener_may_wait_for_another_thread_that_sends()
    {
        await using var node = await Node.StartAsync(static options => options.ConnectionStateRecovery = new());
        var client = await node.ConnectAsync();
        var sent = false;
        node[client].OnAnyOutgoing(outgoing =>
        {
            if (outgoing.Name == "first")
            {
                sent = Task.Run(() => node.Io.Emit("second")).Wait(TimeSpan.FromSeconds(20));
            }
        });

        node.Io.Emit("first");

        await client.NextAsync("first");
        await client.NextAsync("second");
        Assert.True(sent);
    }

    private static async Task DropAsync(Node node, TestClient client)
    {
        client.Abort();
        await Patience.Until(() => node.Io.Sockets.Sockets.Count == 0);
    }
}
