using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>Clients that begin something and never end it.</summary>
public class IdleClientTests
{
    [Fact]
    public async Task A_WebSocket_that_joins_no_namespace_is_closed_at_the_connect_timeout()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        var joined = await node.ConnectAsync();
        using var idle = await RawConnection.OpenWebSocketAsync(node.Address);
        await Patience.Until(() => node.Io.Engine.ClientsCount == 2);
        time.Advance(node.Io.Options.ConnectTimeout - TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, node.Io.Engine.ClientsCount);
        time.Advance(TimeSpan.FromSeconds(1));
        await idle.FinishAsync();
        await Patience.Until(() => node.Io.Engine.ClientsCount == 1);
        Assert.True(node[joined].IsConnected);
    }

    [Fact]
    public async Task A_polling_session_that_joins_no_namespace_is_closed_at_the_connect_timeout()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        var session = await RawPolling.OpenAsync(node.Address);
        var poll = session.PollAsync();
        await Patience.Until(() => node.Io.Engine.Connections.Single().CurrentTransport.CanWrite);
        time.Advance(node.Io.Options.ConnectTimeout + TimeSpan.FromSeconds(1));
        Assert.EndsWith("\r\n\r\n1", await poll, StringComparison.Ordinal);
        await Patience.Until(() => node.Io.Engine.ClientsCount == 0);
    }

    [Fact]
    public async Task Hundreds_of_handshakes_that_never_end_cost_no_session_and_keep_nobody_out()
    {
        await using var node = await StartAsync(new ManualTimeProvider());
        var slow = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 500; i++)
            {
                var connection = await RawConnection.OpenAsync(node.Address);
                slow.Add(connection);
                var request = RawConnection.UpgradeRequest("/socket.io/", "");
                await connection.SendAsync(request.AsMemory(0, request.Length - 1 - i % 40));
            }

            var client = await node.ConnectAsync();
            Assert.Equal(3, (await client.EmitWithAckAsync("sum", 1, 2)).Int(0));
            Assert.Equal(1, node.Io.Engine.ClientsCount);
        }
        finally
        {
            slow.ForEach(static connection => connection.Dispose());
        }
    }

    [Fact]
    public async Task Hundreds_of_WebSockets_that_never_say_a_word_are_gone_after_the_connect_timeout()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        var silent = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 300; i++)
            {
                silent.Add(await RawConnection.OpenWebSocketAsync(node.Address));
            }

            await Patience.Until(() => node.Io.Engine.ClientsCount == 300);
            time.Advance(node.Io.Options.ConnectTimeout + TimeSpan.FromSeconds(1));
            Assert.Equal(0, node.Io.Engine.ClientsCount);
            // They do not answer the close frame either, so they are cut.
            time.Advance(TimeSpan.FromSeconds(10));
            foreach (var connection in silent)
            {
                await connection.DrainAsync();
            }
        }
        finally
        {
            silent.ForEach(static connection => connection.Dispose());
        }
    }

    [Fact]
    public async Task A_body_that_never_comes_does_not_keep_its_session_alive()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        var session = await RawPolling.OpenAsync(node.Address);
        await session.PostAsync("40");
        await Patience.Until(() => node.Io.Sockets.Sockets.Count == 1);
        using var post = await RawConnection.OpenAsync(node.Address);
        await post.SendAsync(session.Request("POST", new byte[1000]).AsMemory(0, 300));
        time.Advance(node.Io.Options.PingInterval + TimeSpan.FromSeconds(1));
        time.Advance(node.Io.Options.PingTimeout + TimeSpan.FromSeconds(1));
        await Patience.Until(() => node.Io.Sockets.Sockets.Count == 0 && node.Io.Engine.ClientsCount == 0);
    }

    [Fact]
    public async Task An_upgrade_that_stops_half_way_is_given_up_and_can_be_tried_again()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        var session = await RawPolling.OpenAsync(node.Address);
        await session.PostAsync("40");
        using var silent = await RawConnection.OpenWebSocketAsync(node.Address, query: "&sid=" + session.Id);
        await Patience.Until(() => node.Io.Engine.Connections.Single().IsUpgradingOrUpgraded);
        time.Advance(node.Io.Options.UpgradeTimeout + TimeSpan.FromSeconds(1));
        await silent.FinishAsync();
        Assert.Contains("40{\"sid\":", await session.PollAsync(), StringComparison.Ordinal);

        using var probing = await RawConnection.OpenWebSocketAsync(node.Address, query: "&sid=" + session.Id);
        await probing.SendAsync(RawConnection.Text("2probe"));
        Assert.Contains("3probe", await probing.ReceiveTextAsync(), StringComparison.Ordinal);
        time.Advance(node.Io.Options.UpgradeTimeout + TimeSpan.FromSeconds(1));
        await probing.FinishAsync();
        Assert.Equal("polling", node.Io.Engine.Connections.Single().Transport);

        using var upgrading = await RawConnection.OpenWebSocketAsync(node.Address, query: "&sid=" + session.Id);
        await upgrading.SendAsync(RawConnection.Text("2probe"));
        Assert.Contains("3probe", await upgrading.ReceiveTextAsync(), StringComparison.Ordinal);
        await upgrading.SendAsync(RawConnection.Text("5"));
        await Patience.Until(() => node.Io.Engine.Connections.Single().Transport == "websocket");
    }

    [Fact]
    public async Task A_second_upgrade_of_a_session_is_turned_away()
    {
        await using var node = await StartAsync(new ManualTimeProvider());
        var session = await RawPolling.OpenAsync(node.Address);
        using var first = await RawConnection.OpenWebSocketAsync(node.Address, query: "&sid=" + session.Id);
        await first.SendAsync(RawConnection.Text("2probe"));
        Assert.Contains("3probe", await first.ReceiveTextAsync(), StringComparison.Ordinal);
        using var second = await RawConnection.OpenWebSocketAsync(node.Address, query: "&sid=" + session.Id);
        await second.FinishAsync();
        await first.SendAsync(RawConnection.Text("5"));
        await Patience.Until(() => node.Io.Engine.Connections.Single().Transport == "websocket");
    }

    private static async Task<Node> StartAsync(ManualTimeProvider time)
    {
        var node = await Node.StartAsync(
            // Before any ping is due.
            static options => options.ConnectTimeout = TimeSpan.FromSeconds(10),
            builder => builder.Services.AddSingleton<TimeProvider>(time));
        node.Io.OnConnection(static socket => socket.On("sum", (int a, int b) => a + b));
        return node;
    }
}
