namespace SocketIO.Server.Tests;

/// <summary>Clients that are sent more than they take.</summary>
public class SlowClientTests
{
    private const int Bound = 256 * 1024;

    private static readonly string Chunk = new('.', 16 * 1024);

    [Fact]
    public async Task A_WebSocket_client_that_never_reads_is_cut_and_everybody_else_gets_every_broadcast()
    {
        await using var node = await StartAsync();
        using var slow = await RawConnection.OpenWebSocketAsync(node.Address);
        slow.ShrinkReceiveBuffer();
        await slow.SendAsync(RawConnection.Text("40"));
        await AssertCutAsync(node);
    }

    [Fact]
    public async Task A_polling_client_that_never_polls_is_cut_and_everybody_else_gets_every_broadcast()
    {
        await using var node = await StartAsync();
        var slow = await RawPolling.OpenAsync(node.Address);
        await slow.PostAsync("40");
        await AssertCutAsync(node);
    }

    [Fact]
    public async Task A_polling_client_that_never_reads_its_polls_is_cut_and_everybody_else_gets_every_broadcast()
    {
        await using var node = await StartAsync();
        var slow = await RawPolling.OpenAsync(node.Address);
        await slow.PostAsync("40");
        using var poll = await slow.PollWithoutReadingAsync();
        await AssertCutAsync(node);
    }

    [Fact]
    public async Task A_WebSocket_client_that_never_reads_misses_volatile_events_and_stays()
    {
        await using var node = await StartAsync();
        using var slow = await RawConnection.OpenWebSocketAsync(node.Address);
        slow.ShrinkReceiveBuffer();
        await slow.SendAsync(RawConnection.Text("40"));
        await AssertStaysAsync(node, () => slow.SendAsync(RawConnection.Text("42[\"alive\"]")));
    }

    [Fact]
    public async Task A_polling_client_that_polls_once_misses_volatile_events_and_stays()
    {
        await using var node = await StartAsync();
        var slow = await RawPolling.OpenAsync(node.Address);
        await slow.PostAsync("40");
        await slow.PollAsync();
        using var poll = await slow.PollWithoutReadingAsync();
        await Patience.Until(() => node.Io.Engine.Connections.Single().CurrentTransport.CanWrite);
        await AssertStaysAsync(node, () => slow.PostAsync("42[\"alive\"]"));
    }

    private static Task<Node> StartAsync() => Node.StartAsync(static options => options.MaxOutboundBytes = Bound);

    private static async Task AssertStaysAsync(Node node, Func<Task> send)
    {
        await Patience.Until(() => node.Io.Sockets.Sockets.Count == 1);
        var alive = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.Sockets.Sockets.Values.Single().On("alive", alive.SetResult);
        // Far more than any system keeps in its buffers, and faster than anything is flushed.
        for (var i = 0; i < 4000; i++)
        {
            node.Io.Volatile.Emit("position", Chunk);
        }

        await send();
        await Patience.Within(alive.Task);
        Assert.Equal(1, node.Io.Engine.ClientsCount);
    }

    // The slow client has connected, or is about to.
    private static async Task AssertCutAsync(Node node)
    {
        await Patience.Until(() => node.Io.Sockets.Sockets.Count == 1);
        var end = new TaskCompletionSource<Disconnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.Sockets.Sockets.Values.Single().OnDisconnect(end.SetResult);
        var other = await node.ConnectAsync();
        // What the system buffers is not known; that it ends is.
        for (var i = 0; !end.Task.IsCompleted; i++)
        {
            Assert.True(i < 10_000, "The client was never cut.");
            node.Io.Emit("news", i, Chunk);
            Assert.Equal(i, (await other.NextAsync("news")).Int(0));
        }

        var disconnection = await end.Task;
        Assert.Equal(CloseReasons.TransportError, disconnection.Reason);
        Assert.Contains("EngineOptions.MaxOutboundBytes", disconnection.Detail, StringComparison.Ordinal);
        node.Io.Emit("news", -1);
        Assert.Equal(-1, (await other.NextAsync("news")).Int(0));
        Assert.Equal(1, node.Io.Engine.ClientsCount);
        Assert.Single(node.Io.Sockets.Sockets);
    }
}
