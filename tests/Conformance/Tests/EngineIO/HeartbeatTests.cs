using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>The server's pings, and what becomes of who does not answer them.</summary>
public class HeartbeatTests
{
    private static readonly TimeSpan AlmostInterval = TimeSpan.FromSeconds(24.9);
    private static readonly TimeSpan Instant = TimeSpan.FromSeconds(0.2);

    [Fact]
    public async Task The_server_pings_an_interval_after_the_handshake_and_after_every_pong()
    {
        var time = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        await using var client = await RawSession.OpenAsync(server.Host);

        for (var i = 0; i < 3; i++)
        {
            time.Advance(AlmostInterval);
            await ExpectEchoAsync(client);
            time.Advance(Instant);
            Assert.Equal("2", await client.ReceiveTextAsync());
            await client.SendAsync("3");
            await ExpectEchoAsync(client);
        }
    }

    [Fact]
    public async Task A_pong_may_take_as_long_as_the_timeout()
    {
        var time = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        await using var client = await RawSession.OpenAsync(server.Host);

        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("2", await client.ReceiveTextAsync());
        time.Advance(TimeSpan.FromSeconds(19.9));
        await client.SendAsync("3");
        await ExpectEchoAsync(client);
        time.Advance(TimeSpan.FromSeconds(20));

        await ExpectEchoAsync(client);
    }

    [Fact]
    public async Task Without_a_pong_the_session_ends()
    {
        var time = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        await using var client = await RawSession.OpenAsync(server.Host);

        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("2", await client.ReceiveTextAsync());
        time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.True(server.Closed.IsEmpty);
        time.Advance(Instant);

        Assert.Equal(1005, await client.ExpectCloseAsync());
        Assert.Equal(CloseReasons.PingTimeout, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task Messages_are_no_pong()
    {
        var time = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        await using var client = await RawSession.OpenAsync(server.Host);

        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("2", await client.ReceiveTextAsync());
        time.Advance(TimeSpan.FromSeconds(19));
        await ExpectEchoAsync(client);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(CloseReasons.PingTimeout, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task Polls_carry_the_heartbeat_as_well()
    {
        var time = new ManualTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        var session = await PollingSession.OpenAsync(server.Host);

        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("2", await session.PollAsync());
        await session.PostAsync("3");
        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("2", await session.PollAsync());
        time.Advance(TimeSpan.FromSeconds(21));

        Assert.Equal(CloseReasons.PingTimeout, await server.Closed.NextAsync());
        await session.ExpectGoneAsync();
    }

    private static async Task ExpectEchoAsync(RawWebSocket client)
    {
        await client.SendAsync("4x");
        Assert.Equal("4x", await client.ReceiveTextAsync());
    }
}
