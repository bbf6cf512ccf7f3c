using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;

namespace SocketIO.Server.Tests;

/// <summary>Clients that send more than is good.</summary>
public class FloodTests
{
    [Fact]
    public async Task A_client_that_floods_slow_handlers_is_closed_at_its_bound_and_others_go_on()
    {
        const int MostRunning = 10;
        await using var node = await Node.StartAsync(static options =>
        {
            options.MaxConcurrentEvents = MostRunning;
            options.MaxQueuedEventBytes = 64 * 1024;
        });
        var started = 0;
        var handlersMayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var problem = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource<Disconnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.OnConnection(socket => socket
            .On("sum", (int a, int b) => a + b)
            .On("slow", () =>
            {
                Interlocked.Increment(ref started);
                return handlersMayEnd.Task;
            }));
        var other = await node.ConnectAsync();
        var flooding = await node.ConnectAsync();
        node[flooding].OnError(e => problem.TrySetResult(e)).OnDisconnect(ended => end.TrySetResult(ended));
        try
        {
            for (var i = 0; i < 2000; i++)
            {
                await flooding.EmitAsync("slow");
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server had enough before all was sent.
        }

        Assert.Equal(3, (await other.EmitWithAckAsync("sum", 1, 2)).Int(0));
        Assert.Contains("SocketIOOptions.MaxQueuedEventBytes", (await Patience.Within(problem.Task)).Message, StringComparison.Ordinal);
        Assert.Equal(CloseReasons.ForcedClose, (await Patience.Within(end.Task)).Reason);
        Assert.Equal(MostRunning, started);

        // What still waited is not started for a client that has gone.
        handlersMayEnd.SetResult();
        Assert.Equal(5, (await other.EmitWithAckAsync("sum", 2, 3)).Int(0));
        Assert.Equal(MostRunning, started);
        Assert.Equal(1, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_message_that_is_too_large_closes_its_sender_with_1009_and_nobody_else()
    {
        await using var node = await Node.StartAsync(static options => options.MaxHttpBufferSize = 10_000);
        node.Io.OnConnection(static socket => socket.On("length", (string text) => text.Length));
        var other = await node.ConnectAsync();
        var sender = await node.ConnectAsync();
        Assert.Equal(9_000, (await sender.EmitWithAckAsync("length", new string('.', 9_000))).Int(0));
        await sender.EmitAsync("length", new string('.', 10_000));
        await sender.Client.Closed;
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, sender.Client.CloseStatus);
        Assert.Equal(5, (await other.EmitWithAckAsync("length", "hello")).Int(0));
    }

    [Theory]
    [InlineData("Content-Length: 10001")]
    [InlineData("Content-Length: 99999999999")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task A_body_that_is_too_large_is_answered_with_413_and_its_session_goes_on(string length)
    {
        await using var node = await Node.StartAsync(static options => options.MaxHttpBufferSize = 10_000);
        var session = await RawPolling.OpenAsync(node.Address);
        using var post = await RawConnection.OpenAsync(node.Address);
        await post.SendAsync(Encoding.ASCII.GetBytes($"POST /socket.io/?EIO=4&transport=polling&sid={session.Id} HTTP/1.1\r\nHost: a\r\n{length}\r\n\r\n"));
        if (length.StartsWith("Transfer", StringComparison.Ordinal))
        {
            await post.SendAsync(Encoding.ASCII.GetBytes($"2711\r\n{new string('.', 0x2711)}\r\n0\r\n\r\n"));
        }

        Assert.StartsWith($"HTTP/1.1 {(int)HttpStatusCode.RequestEntityTooLarge}", await post.ReceiveResponseAsync(), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await session.PostAsync("40"), StringComparison.Ordinal);
        await Patience.Until(() => node.Io.Sockets.Sockets.Count == 1);
    }

    [Fact]
    public async Task Thousands_of_namespaces_on_one_connection_end_at_the_bound_and_leave_nothing()
    {
        await using var node = await Node.StartAsync(static options =>
        {
            options.MaxNamespacesPerConnection = 20;
            options.CleanupEmptyChildNamespaces = true;
        });
        var most = 0;
        node.Io.Of(new Regex("^/room-[0-9]+$")).OnConnection(_ => InterlockedMax(ref most, node.Io.Namespaces.Count));
        using var client = await RawConnection.OpenWebSocketAsync(node.Address);
        for (var i = 0; i < 5000 && await client.SendAsync(RawConnection.Text($"40/room-{i},")); i++)
        {
        }

        await client.FinishAsync();
        await Patience.Until(() => node.Io.Engine.ClientsCount == 0 && node.Io.Namespaces.Count == 1);
        // The main one, those of the connection, and the one that was too many.
        Assert.InRange(most, 2, 22);
    }

    [Fact]
    public async Task Thousands_of_namespaces_that_wait_for_a_middleware_end_at_the_bound()
    {
        await using var node = await Node.StartAsync(static options => options.MaxNamespacesPerConnection = 20);
        var waiting = 0;
        var mayPass = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.Of(static (name, _) => new ValueTask<bool>(true)).Use(async (_, next) =>
        {
            Interlocked.Increment(ref waiting);
            await mayPass.Task;
            await next();
        });
        using var client = await RawConnection.OpenWebSocketAsync(node.Address);
        for (var i = 0; i < 5000 && await client.SendAsync(RawConnection.Text($"40/room-{i},")); i++)
        {
        }

        await client.FinishAsync();
        await Patience.Until(() => node.Io.Engine.ClientsCount == 0);
        Assert.Equal(20, waiting);
        mayPass.SetResult();
        await Patience.Until(() => node.Io.Namespaces.Values.All(static ns => ns.Sockets.Count == 0 && ns.Adapter.Rooms.Count == 0));
    }

    [Fact]
    public async Task Thousands_of_namespaces_that_do_not_exist_are_refused_one_by_one_and_leave_nothing()
    {
        await using var node = await Node.StartAsync(static options => options.MaxNamespacesPerConnection = 20);
        var client = await node.OpenAsync();
        for (var i = 0; i < 3000; i++)
        {
            var socket = await client.StartJoinAsync($"/nowhere-{i}");
            Assert.Equal("Invalid namespace", (await Assert.ThrowsAsync<TestRefusedException>(() => socket.Connected)).Text);
        }

        await client.JoinAsync();
        Assert.Single(node.Io.Namespaces);
    }

    [Fact]
    public async Task A_client_cannot_be_in_more_rooms_than_allowed_and_stays_in_those_it_has()
    {
        await using var node = await Node.StartAsync(static options => options.MaxRoomsPerSocket = 5);
        node.Io.OnConnection(static socket => socket.On("join", async (string room) =>
        {
            await socket.JoinAsync(room);
            return socket.Rooms.Count;
        }));
        var client = await node.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(i + 2, (await client.EmitWithAckAsync("join", $"room-{i}")).Int(0));
        }

        var problem = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        node[client].OnError(e => problem.TrySetResult(e));
        await client.EmitAsync("join", "one too many");
        Assert.Contains("SocketIOOptions.MaxRoomsPerSocket", (await Patience.Within(problem.Task)).Message, StringComparison.Ordinal);
        Assert.Equal(5, node[client].Rooms.Count);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int known;
        while ((known = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, known) != known)
        {
        }
    }
}
