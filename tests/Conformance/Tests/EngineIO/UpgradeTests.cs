using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>From polling to a WebSocket, with nothing lost on the way.</summary>
public class UpgradeTests
{
    [Fact]
    public async Task The_probe_is_answered_the_waiting_poll_released_and_the_session_moved()
    {
        var moved = new Recorder<string>();
        await using var server = await EchoServer.StartAsync(map: engine => engine.Connection += connection => connection.Upgraded += moved.Add);
        var session = await PollingSession.OpenAsync(server.Host);
        var waiting = session.PollAsync();
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);

        await client.SendAsync("2probe");
        Assert.Equal("3probe", await client.ReceiveTextAsync());
        Assert.Equal("6", await waiting);
        await client.SendAsync("5");
        await client.SendAsync("4hello");

        Assert.Equal("4hello", await client.ReceiveTextAsync());
        Assert.Equal("websocket", await moved.NextAsync());
        Assert.Equal("websocket", (await server.Opened.NextAsync()).Transport);
        using var poll = await session.GetAsync();
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await poll.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_poll_that_waits_when_the_upgrade_is_done_is_refused()
    {
        var time = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        var session = await PollingSession.OpenAsync(server.Host);
        var connection = await server.Opened.NextAsync();
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);
        await client.SendAsync("2probe");
        Assert.Equal("3probe", await client.ReceiveTextAsync());
        // Time stands still: the probe does not release it.
        var polls = connection.Attachments;
        var waiting = session.GetAsync();
        await Patience.UntilAsync(() => connection.Attachments > polls);

        await client.SendAsync("5");

        using var poll = await waiting;
        Assert.Equal(400, (int)poll.StatusCode);
        await client.SendAsync("4hello");
        Assert.Equal("4hello", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task What_is_sent_during_the_upgrade_arrives_in_order()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        var connection = await server.Opened.NextAsync();
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);

        connection.Send("1");
        await client.SendAsync("2probe");
        Assert.Equal("3probe", await client.ReceiveTextAsync());
        connection.Send("2");
        Assert.Equal($"41{PollingSession.Separator}42", await session.PollAsync());
        connection.Send("3");
        connection.Send(new byte[] { 4 });
        await client.SendAsync("5");

        Assert.Equal("43", await client.ReceiveTextAsync());
        Assert.Equal([4], await client.ReceiveBinaryAsync());
        connection.Send("5");
        Assert.Equal("45", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("4too early")]
    [InlineData("2")]
    [InlineData("2other")]
    [InlineData("3probe")]
    [InlineData("x")]
    public async Task A_connection_that_does_not_probe_is_closed_and_the_session_lives_on(string packet)
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);

        await client.SendAsync(packet);

        Assert.Equal(1005, await client.ExpectCloseAsync());
        await ExpectAliveAsync(session);
        await UpgradeAsync(server, session);
    }

    [Fact]
    public async Task A_probe_whose_connection_breaks_leaves_the_session_as_it_was()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        await using (var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl))
        {
            await client.SendAsync("2probe");
            Assert.Equal("3probe", await client.ReceiveTextAsync());
            await client.SendCloseAsync(1000);
            Assert.Equal(RawFrame.CloseOpcode, (await client.ReceiveAsync()).Opcode);
            await client.ExpectEndAsync();
        }

        await ExpectAliveAsync(session);
        await UpgradeAsync(server, session);
    }

    [Fact]
    public async Task An_upgrade_that_is_not_finished_in_time_is_given_up_and_the_session_lives_on()
    {
        var time = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        var session = await PollingSession.OpenAsync(server.Host);
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);
        await client.SendAsync("2probe");
        Assert.Equal("3probe", await client.ReceiveTextAsync());

        time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(1005, await client.ExpectCloseAsync());
        await ExpectAliveAsync(session);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_upgrade_is_closed_whether_the_first_is_under_way_or_done(bool done)
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        await using var first = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);
        await first.SendAsync("2probe");
        Assert.Equal("3probe", await first.ReceiveTextAsync());
        if (done)
        {
            await first.SendAsync("5");
            await first.SendAsync("4x");
            Assert.Equal("4x", await first.ReceiveTextAsync());
        }

        await using var second = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);
        Assert.Equal(1005, await second.ExpectCloseAsync());

        if (!done)
        {
            await first.SendAsync("5");
        }

        await first.SendAsync("4still here");
        Assert.Equal("4still here", await first.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_second_websocket_for_a_session_that_began_on_one_is_closed()
    {
        await using var server = await EchoServer.StartAsync();
        await using var first = await RawSession.OpenAsync(server.Host);
        var sid = (await server.Opened.NextAsync()).Id;

        await using var second = await RawWebSocket.ConnectAsync(server.Host.Url, $"{RawSession.EngineUrl}&sid={sid}");

        Assert.Equal(1005, await second.ExpectCloseAsync());
        await first.SendAsync("4still here");
        Assert.Equal("4still here", await first.ReceiveTextAsync());
    }

    [Fact]
    public async Task Upgrades_that_are_not_allowed_are_closed_and_the_session_lives_on()
    {
        await using var server = await EchoServer.StartAsync(static options => options.AllowUpgrades = false);
        var session = await PollingSession.OpenAsync(server.Host);

        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);

        Assert.Equal(1005, await client.ExpectCloseAsync());
        await ExpectAliveAsync(session);
    }

    [Fact]
    public async Task A_session_that_ends_takes_its_probe_with_it()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);
        await client.SendAsync("2probe");
        Assert.Equal("3probe", await client.ReceiveTextAsync());

        await session.PostAsync("1");

        Assert.Equal(1005, await client.ExpectCloseAsync());
        Assert.Equal(CloseReasons.TransportClose, await server.Closed.NextAsync());
    }

    private static async Task ExpectAliveAsync(PollingSession session)
    {
        await session.PostAsync("4alive");
        Assert.Equal("4alive", await session.PollAsync());
    }

    private static async Task UpgradeAsync(EchoServer server, PollingSession session)
    {
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);
        await client.SendAsync("2probe");
        Assert.Equal("3probe", await client.ReceiveTextAsync());
        await client.SendAsync("5");
        await client.SendAsync("4moved");
        Assert.Equal("4moved", await client.ReceiveTextAsync());
    }
}
