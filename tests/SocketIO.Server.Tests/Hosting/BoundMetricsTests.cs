using System.Net;
using System.Text.RegularExpressions;

namespace SocketIO.Server.Tests;

/// <summary>A bound that somebody meets shows it.</summary>
public sealed class BoundMetricsTests
{
    [Fact]
    public async Task All_bounds_are_shown_before_anybody_meets_them()
    {
        await using var node = await Node.StartAsync();

        Assert.All(Enum.GetNames<Bound>(), bound => Assert.Equal(0, Meters.ReadBound(node, bound)));
    }

    [Fact]
    public async Task One_connection_too_many_is_counted()
    {
        await using var node = await Node.StartAsync(static options => options.MaxConnections = 1);
        await node.ConnectAsync();
        using var http = node.CreateHttpClient();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/socket.io/?EIO=4&transport=polling")).StatusCode);

        Assert.Equal(1, Meters.ReadBound(node, "MaxConnections"));
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_counted_by_WebSocket_and_by_POST()
    {
        await using var node = await Node.StartAsync(static options => options.MaxHttpBufferSize = 1000);
        var client = await node.ConnectAsync();
        using var http = node.CreateHttpClient();
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        var session = System.Text.Json.JsonElement.Parse(open[1..]).GetProperty("sid").GetString();

        await client.Client.SendAsync(new string('4', 1001));
        await client.Client.Closed;
        await http.PostAsync($"/socket.io/?EIO=4&transport=polling&sid={session}", new StringContent(new string('4', 1001)));

        Assert.Equal(2, Meters.ReadBound(node, "MaxHttpBufferSize"));
    }

    [Fact]
    public async Task A_client_that_reads_too_slowly_is_counted_once()
    {
        await using var node = await Node.StartAsync(static options => options.MaxOutboundBytes = 64 * 1024);
        using var http = node.CreateHttpClient();
        await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        var connection = Assert.Single(node.Io.Engine.Connections);

        for (var i = 0; i < 10; i++)
        {
            connection.Send(new string('x', 20_000));
        }

        Assert.Equal(1, Meters.ReadBound(node, "MaxOutboundBytes"));
    }

    [Fact]
    public async Task A_client_that_joins_no_namespace_is_counted()
    {
        await using var node = await Node.StartAsync(static options => options.ConnectTimeout = TimeSpan.FromMilliseconds(50));
        var client = await node.OpenAsync();

        await client.Closed;

        Assert.Equal(1, Meters.ReadBound(node, "ConnectTimeout"));
    }

    [Fact]
    public async Task Events_that_find_no_room_are_counted()
    {
        await using var node = await Node.StartAsync(static options => (options.MaxConcurrentEvents, options.MaxQueuedEventBytes) = (1, 1000));
        var end = new TaskCompletionSource();
        node.Io.OnConnection(socket => socket.On("work", (string _) => end.Task));
        var client = await node.ConnectAsync();

        await client.EmitAsync("work", "starts");
        await client.EmitAsync("work", "waits");
        await client.EmitAsync("work", new string('x', 2000));

        await client.Client.Closed;
        Assert.Equal(1, Meters.ReadBound(node, "MaxConcurrentEvents"));
        Assert.Equal(1, Meters.ReadBound(node, "MaxQueuedEventBytes"));
        end.SetResult();
    }

    [Fact]
    public async Task A_room_too_many_is_counted()
    {
        await using var node = await Node.StartAsync(static options => options.MaxRoomsPerSocket = 2);
        var socket = node[await node.ConnectAsync()];
        await socket.JoinAsync("first");

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await socket.JoinAsync("second"));

        Assert.Equal(1, Meters.ReadBound(node, "MaxRoomsPerSocket"));
    }

    [Fact]
    public async Task A_namespace_too_many_is_counted()
    {
        await using var node = await Node.StartAsync(static options => options.MaxNamespacesPerConnection = 1);
        node.Io.Of("/second");
        var client = await node.ConnectAsync();

        await client.Client.StartJoinAsync("/second");

        await client.Client.Closed;
        Assert.Equal(1, Meters.ReadBound(node, "MaxNamespacesPerConnection"));
    }

    [Fact]
    public async Task A_child_namespace_too_many_is_refused_and_counted_until_there_is_room_again()
    {
        await using var node = await Node.StartAsync(static options => (options.MaxChildNamespaces, options.CleanupEmptyChildNamespaces) = (2, true));
        node.Io.Of(new Regex("^/tenant-"));
        node.Io.Of(static (name, _) => new(name.StartsWith("/project-", StringComparison.Ordinal)));
        await node.ConnectAsync("/tenant-1");
        await node.ConnectAsync("/project-1");

        var refused = await Assert.ThrowsAsync<TestRefusedException>(() => node.ConnectAsync("/tenant-2"));

        Assert.Equal("Invalid namespace", refused.Text);
        Assert.Equal(1, Meters.ReadBound(node, "MaxChildNamespaces"));
        await node.ConnectAsync("/tenant-1");
        await node.ConnectAsync("/project-1");
        foreach (var (_, socket) in node.Io.Namespaces["/tenant-1"].Sockets)
        {
            socket.Disconnect();
        }

        Assert.Equal("/tenant-2", (await node.ConnectAsync("/tenant-2")).Namespace);
        Assert.Equal(1, Meters.ReadBound(node, "MaxChildNamespaces"));
    }

    [Fact]
    public async Task What_recovery_gives_up_is_counted()
    {
        await using var node = await Node.StartAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { MaxPackets = 2, MaxBytes = 1000, MaxSessions = 1 });
        var first = await node.ConnectAsync();
        var second = await node.ConnectAsync();
        for (var i = 0; i < 4; i++)
        {
            node.Io.Emit("small");
        }

        node.Io.Emit("large", new string('x', 2000));
        first.Client.Abort();
        second.Client.Abort();

        await Patience.Until(() => Meters.ReadBound(node, "MaxSessions") == 1);
        Assert.Equal(3, Meters.ReadBound(node, "MaxPackets"));
        Assert.Equal(2, Meters.ReadBound(node, "MaxBytes"));
    }

    [Fact]
    public async Task Old_clients_bounds_are_counted()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options =>
        {
            options.Version09.MaxPendingHandshakes = 1;
            options.Version09.QueueLength = 1;
        });
        var session = await ProtocolOneSession.ConnectAsync(node);
        await ProtocolOneSession.ShakeHandsAsync(node);

        await node.GetAsync("/socket.io/1/");
        var socket = Assert.Single(node.Io.Sockets.Sockets).Value;
        socket.Send("waits");
        Assert.Throws<QueueFullException>(() => socket.Send("one too many"));

        Assert.Equal(1, Meters.ReadBound(node.Node, "MaxPendingHandshakes"));
        Assert.Equal(1, Meters.ReadBound(node.Node, "QueueLength"));
        Assert.NotNull(session);
    }
}
