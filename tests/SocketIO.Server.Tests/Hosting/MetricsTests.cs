using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>What a server shows of itself.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task A_server_shows_its_connections_sockets_and_namespaces()
    {
        await using var node = await Node.StartAsync(static options => options.MaxConnections = 10);
        node.Io.Of("/chat");
        var first = await node.ConnectAsync();
        await first.Client.JoinAsync("/chat");
        await node.ConnectAsync();
        using var http = node.CreateHttpClient();
        await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");

        Assert.Equal(
            [
                "socketio.server.active_connections 1 socketio.engine.protocol=4,socketio.transport=polling",
                "socketio.server.active_connections 2 socketio.engine.protocol=4,socketio.transport=websocket",
                "socketio.server.events.queued 0 ",
                "socketio.server.events.running 0 ",
                "socketio.server.malformed 0 ",
                "socketio.server.max_connections 10 ",
                "socketio.server.namespaces 2 ",
                "socketio.server.queued 0 ",
                "socketio.server.sockets 3 ",
            ],
            Meters.Read(node).Where(static row => !row.StartsWith("socketio.server.bounds.met", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Handlers_that_run_and_events_that_wait_for_them_are_shown()
    {
        await using var node = await Node.StartAsync(static options => options.MaxConcurrentEvents = 2);
        var end = new TaskCompletionSource();
        node.Io.OnConnection(socket => socket.On("work", () => end.Task));
        var client = await node.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.EmitAsync("work");
        }

        await Patience.Until(() => Meters.ReadBound(node, "MaxConcurrentEvents") == 1);

        Assert.Contains("socketio.server.events.running 2 ", Meters.Read(node));
        Assert.DoesNotContain("socketio.server.events.queued 0 ", Meters.Read(node));
        end.SetResult();
        await Patience.Until(() => Meters.Read(node).Contains("socketio.server.events.running 0 "));
        Assert.Contains("socketio.server.events.queued 0 ", Meters.Read(node));
    }

    [Fact]
    public async Task What_is_kept_for_clients_that_come_back_is_shown()
    {
        await using var node = await Node.StartAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        var gone = await node.ConnectAsync();
        await node.ConnectAsync();

        node.Io.Emit("news", "good");
        gone.Client.Abort();

        await Patience.Until(() => Meters.Read(node).Contains("socketio.server.recovery.sessions 1 "));
        Assert.Contains("socketio.server.recovery.packets 1 ", Meters.Read(node));
        Assert.DoesNotContain("socketio.server.recovery.size 0 ", Meters.Read(node));
    }

    [Fact]
    public async Task The_end_of_a_connection_is_told_with_its_length_and_reason()
    {
        var time = new ManualTimeProvider();
        await using var node = await Node.StartAsync(build: builder => builder.Services.AddSingleton<TimeProvider>(time));
        var ended = new ConcurrentQueue<string>();
        using var listener = Meters.Listen(node, (name, value, tags) => ended.Enqueue($"{name} {value} {tags}"));
        var client = await node.ConnectAsync();
        time.Advance(TimeSpan.FromSeconds(7));

        client.Client.Abort();

        await Patience.Until(() => !ended.IsEmpty);
        Assert.Equal(["socketio.server.connection.duration 7 socketio.close.reason=transport close,socketio.transport=websocket"], ended);
    }

    [Fact]
    public async Task Packets_that_cannot_be_read_are_counted()
    {
        await using var node = await Node.StartAsync();
        var client = await node.ConnectAsync();

        await client.Client.SendAsync("4hello");

        await client.Client.Closed;
        Assert.Contains("socketio.server.malformed 1 ", Meters.Read(node));
    }
}
