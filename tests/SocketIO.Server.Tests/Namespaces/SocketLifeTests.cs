using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>The end of a socket: what must be gone then, and what must not be gone yet.</summary>
public sealed class SocketLifeTests
{
    [Fact]
    public async Task An_event_is_whole_for_its_second_handler_though_the_first_has_closed_the_connection()
    {
        await using var node = await Node.StartAsync();
        var client = await node.ConnectAsync();
        var socket = node[client];
        var received = new TaskCompletionSource<int[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.OnError(e => received.TrySetException(e));
        socket.On("event", (int _) =>
        {
            socket.Disconnect(close: true);
            // Whoever rents next writes where the packet was.
            foreach (var array in Enumerable.Range(0, 4).Select(static _ => ArrayPool<PacketArgument>.Shared.Rent(16)).ToArray())
            {
                Array.Clear(array);
                ArrayPool<PacketArgument>.Shared.Return(array);
            }
        });
        socket.On("event", (int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) => received.TrySetResult([a, b, c, d, e, f, g, h, i, j]));

        await client.EmitAsync("event", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);

        Assert.Equal(Enumerable.Range(0, 10), await Patience.Within(received.Task));
    }

    [Fact]
    public async Task A_listener_of_rooms_that_throws_leaves_no_ghost()
    {
        await using var node = await Node.StartAsync();
        var client = await node.ConnectAsync();
        var socket = node[client];
        await socket.JoinAsync("room");
        var disconnected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.OnDisconnect(_ => disconnected.TrySetResult());
        node.Io.Sockets.Adapter.RoomLeft += static (_, _) => throw new InvalidOperationException("a listener's own");
        node.Io.Sockets.Adapter.RoomDeleted += static _ => throw new InvalidOperationException("a listener's own");

        await client.LeaveAsync();

        await Patience.Within(disconnected.Task);
        Assert.Empty(node.Io.Sockets.Sockets);
        Assert.Empty(node.Io.Sockets.Adapter.Rooms);
    }

    [Fact]
    public async Task A_listener_of_rooms_that_throws_keeps_nobody_out()
    {
        await using var node = await Node.StartAsync();
        node.Io.Sockets.Adapter.RoomCreated += static _ => throw new InvalidOperationException("a listener's own");
        node.Io.Sockets.Adapter.RoomJoined += static (_, _) => throw new InvalidOperationException("a listener's own");

        var socket = node[await node.ConnectAsync()];
        await socket.JoinAsync("room");

        Assert.Contains("room", socket.Rooms);
    }

    [Fact]
    public async Task A_client_that_the_server_disconnects_may_come_back_at_once()
    {
        await using var node = await Node.StartAsync();
        var first = await node.ConnectAsync();
        var socket = node[first];
        using var returned = new ManualResetEventSlim();
        socket.OnDisconnecting(_ => returned.Wait(TimeSpan.FromSeconds(20)));

        // Its handlers still run on one thread while the client answers on another.
        var disconnecting = Task.Run(() => socket.Disconnect());
        await first.Disconnected;
        var second = await first.Client.JoinAsync();
        returned.Set();
        await Patience.Within(disconnecting);

        Assert.NotEqual(first.Id, second.Id);
        Assert.True(node[second].IsConnected);
        node[second].Emit("welcome");
        await second.NextAsync("welcome");
    }

    [Fact]
    public async Task The_token_of_a_socket_that_has_ended_runs_nothing_of_others()
    {
        await using var node = await Node.StartAsync();
        var client = await node.ConnectAsync();
        var socket = node[client];
        var runs = 0;
        var seen = new TaskCompletionSource<(int Runs, bool IsCancelled)>(TaskCreationOptions.RunContinuationsAsynchronously);
        socket.DisconnectToken.Register(() => runs++);
        node.Io.Sockets.Adapter.RoomLeft += (_, _) => seen.TrySetResult((socket.DisconnectToken.IsCancellationRequested ? runs : -1, true));

        await client.LeaveAsync();

        Assert.Equal((0, true), await Patience.Within(seen.Task));
        await Patience.Until(() => runs == 1);
    }

    [Fact]
    public async Task A_middleware_hears_through_the_token_that_its_client_is_refused()
    {
        await using var node = await Node.StartAsync();
        var token = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.Use((socket, _) =>
        {
            token.TrySetResult(socket.DisconnectToken);
            throw new ConnectRefusedException("no");
        });

        await Assert.ThrowsAsync<TestRefusedException>(() => node.ConnectAsync());

        Assert.True((await token.Task).IsCancellationRequested);
    }

    [Fact]
    public async Task Half_a_surrogate_pair_as_the_private_id_is_an_unknown_session()
    {
        await using var node = await Node.StartAsync(static options => options.ConnectionStateRecovery = new());
        var client = await node.OpenAsync();
        var joined = client.Expect("/");
        await client.SendAsync("40{\"pid\":\"\\ud800\",\"offset\":\"\\ud800\"}");

        await joined.Connected;
        Assert.False(node[joined].Recovered);
    }

    [Fact]
    public async Task A_client_whose_CONNECT_fails_for_a_fault_of_the_server_can_try_again()
    {
        await using var node = await Node.StartAsync(static options => options.Adapter = static ns => new FailingAdapter(ns));
        var client = await node.OpenAsync();

        await client.StartJoinAsync();

        await client.Closed;
    }

    [Fact]
    public async Task A_listener_of_packets_may_wait_for_another_thread_that_sends_while_its_client_is_let_in()
    {
        await using var node = await Node.StartAsync();
        node.Io.Use(static async (_, next) =>
        {
            // Out of the batch that brought the CONNECT: the answer is flushed for itself.
            await Task.Yield();
            await next();
        });
        var sent = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.Engine.Connection += connection => connection.PacketCreated += packet =>
        {
            // The answer to CONNECT.
            if (packet.Data.Span.StartsWith("0{"u8))
            {
                sent.TrySetResult(Task.Run(() => connection.Send("from another thread")).Wait(TimeSpan.FromSeconds(20)));
            }
        };

        await node.ConnectAsync();

        Assert.True(await sent.Task);
    }

    [Fact]
    public async Task An_adapter_that_cannot_be_closed_keeps_no_connection_open()
    {
        await using var node = await Node.StartAsync(static options => options.Adapter = static ns => new UnclosableAdapter(ns));
        var client = await node.ConnectAsync();

        await node.Io.CloseAsync();

        await client.Client.Closed;
    }

    private sealed class UnclosableAdapter(Namespace ns) : InProcessAdapter(ns)
    {
        public override ValueTask CloseAsync() => throw new IOException("no store");
    }

    private sealed class FailingAdapter(Namespace ns) : InProcessAdapter(ns)
    {
        public override ValueTask AddAllAsync(Socket socket, IReadOnlyCollection<string> rooms) => throw new IOException("no store");
    }
}
