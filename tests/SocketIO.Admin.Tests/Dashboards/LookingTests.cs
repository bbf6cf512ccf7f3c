using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Server;

namespace SocketIO.Admin.Tests;

/// <summary>What the Admin UI costs: nothing while nobody looks, and never an application's patience.</summary>
public sealed class LookingTests
{
    [Fact]
    public async Task While_no_dashboard_is_connected_nothing_is_listened_to()
    {
        var time = new ManualTimeProvider();
        await using var node = await AdminNode.StartAsync(time: time);
        // The time in which a server that has just started takes it that somebody looks.
        time.Advance(TimeSpan.FromSeconds(11));
        var client = await node.ConnectAsync();
        AssertLooks(false);

        var dashboard = await node.ConnectDashboardAsync();
        AssertLooks(true);
        await dashboard.LeaveAsync();
        await Patience.Until(() => node.Io.Engine.Traffic is null);

        AssertLooks(false);

        void AssertLooks(bool looks)
        {
            Assert.Equal(looks, node.Io.Engine.Traffic is not null);
            Assert.Equal(looks ? 1 : 0, node[client].ListenersAny.Count);
            Assert.Equal(looks ? 1 : 0, node[client].ListenersAnyOutgoing.Count);
        }
    }

    [Fact]
    public async Task A_server_that_starts_shows_its_first_clients_to_dashboards_of_others()
    {
        var time = new ManualTimeProvider();
        await using var node = await AdminNode.StartAsync(time: time);

        var client = await node.ConnectAsync();

        Assert.Single(node[client].ListenersAny);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Empty(node[client].ListenersAny);
    }

    [Fact]
    public async Task While_nobody_looks_an_event_allocates_nothing()
    {
        var time = new ManualTimeProvider();
        await using var node = await AdminNode.StartAsync(map: static io => io.OnConnection(static socket => socket.On("add", static (int a, int b) => a + b)), time: time);
        time.Advance(TimeSpan.FromSeconds(11));
        var client = await InMemoryClient.ConnectAsync(node.Io);
        var frame = InMemoryClient.Frame("""420["add",19,23]""");
        client.Send(frame);
        Assert.EndsWith("430[42]", client.ReceiveText(), StringComparison.Ordinal);

        var least = Allocation.Least(() =>
        {
            client.Send(frame);
            client.Receive();
        });

        Assert.Equal(0, least);
    }

    [Fact]
    public async Task A_dashboard_that_reads_too_slowly_is_closed_and_nobody_waits_for_it()
    {
        await using var node = await AdminNode.StartAsync(
            static admin => (admin.MaxEventsPerSecond, admin.MaxEventBytes) = (1_000_000, 1_000_000),
            static io => io.OnConnection(static socket => socket.On("echo", static (string text) => text.Length)),
            options: static options => options.MaxOutboundBytes = 1024 * 1024);
        using var slow = new ClientWebSocket();
        await slow.ConnectAsync(new UriBuilder(node.Address) { Scheme = "ws", Path = "/socket.io/", Query = "EIO=4&transport=websocket" }.Uri, CancellationToken.None);
        // It logs in and reads nothing ever after.
        await slow.SendAsync(Encoding.UTF8.GetBytes("40/admin,"), WebSocketMessageType.Text, true, CancellationToken.None);
        await Patience.Until(() => node.Io.Of("/admin").Sockets.Count == 1);
        var client = await node.ConnectAsync();
        var text = new string('x', 100_000);

        for (var i = 0; node.Io.Of("/admin").Sockets.Count == 1; i++)
        {
            Assert.True(i < 2000, "The dashboard is not closed.");
            Assert.Equal(text.Length, (await client.EmitWithAckAsync("echo", text)).Int(0));
        }
    }

    [Fact]
    public async Task Clients_that_come_and_go_leave_nothing_behind()
    {
        await using var node = await AdminNode.StartAsync();
        var dashboard = await node.ConnectDashboardAsync();
        var client = await node.ConnectAsync();
        var socket = node[client];
        await client.LeaveAsync();
        await dashboard.UntilAsync("socket_disconnected");

        Assert.Empty(socket.ListenersAny);
        Assert.Empty(socket.ListenersAnyOutgoing);
    }
}
