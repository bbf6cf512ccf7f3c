using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>Heartbeats, upgrades and the end of sessions of clients 1.0 to 2.5.</summary>
public sealed class EngineIO3LifeTests
{
    [Fact]
    [Trait("Feature", "X-10")]
    public async Task A_ping_of_the_client_is_answered_without_its_data()
    {
        await using var node = await StartAsync();
        using var client = await OldPolling.OpenAsync(node);
        await client.SendAsync("2hello");
        Assert.Equal(["3"], await client.PollAsync());
        using var socket = await OpenWebSocketAsync(node);
        await socket.SendAsync("2");
        Assert.Equal("3", await socket.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "X-10")]
    public async Task The_server_does_not_ping()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        using var client = await OpenWebSocketAsync(node);
        time.Advance(node.Io.Options.PingInterval + node.Io.Options.PingTimeout - TimeSpan.FromSeconds(1));
        node.Io.Emit("next");
        Assert.Equal("""42["next"]""", await client.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "X-10")]
    public async Task A_client_from_which_nothing_comes_is_gone_after_interval_and_timeout()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        var reason = new TaskCompletionSource<string>();
        node.Io.OnConnection(socket => socket.OnDisconnect(end => reason.SetResult(end.Reason)));
        using var client = await OpenWebSocketAsync(node);
        time.Advance(node.Io.Options.PingInterval + node.Io.Options.PingTimeout - TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, node.Io.Engine.ClientsCount);
        time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(CloseReasons.PingTimeout, await Patience.Within(reason.Task));
        Assert.Null(await client.ReceiveAsync());
    }

    [Theory]
    [InlineData("2")]
    [InlineData("""42["any"]""")]
    [InlineData("3")]
    public async Task Any_packet_is_a_sign_of_life(string packet)
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        using var client = await OldPolling.OpenAsync(node);
        for (var i = 0; i < 4; i++)
        {
            time.Advance(node.Io.Options.PingInterval + node.Io.Options.PingTimeout - TimeSpan.FromSeconds(1));
            await client.SendAsync(packet);
        }

        Assert.Equal(1, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_client_that_the_server_does_not_read_from_hears_of_it_all_the_same()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        using var client = await OpenWebSocketAsync(node);
        using (node.Io.Engine.Connections.Single().PauseReading())
        {
            await client.SendAsync("2");
            time.Advance(node.Io.Options.PingInterval + (node.Io.Options.PingTimeout * 2));
            Assert.Equal("3", await client.ReceiveAsync());
        }

        Assert.Equal(1, node.Io.Engine.ClientsCount);
        await client.SendAsync("2");
        Assert.Equal("3", await client.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "P-32")]
    public async Task An_upgrade_releases_polls_until_the_client_has_moved_and_loses_nothing()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        using var client = await OldPolling.OpenAsync(node);
        using var candidate = await OldWebSocket.OpenAsync(node, "EIO=3&transport=websocket&sid=" + client.Id);
        await candidate.SendAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveAsync());
        for (var i = 0; i < 2; i++)
        {
            var poll = client.PollAsync();
            await Patience.Until(() => node.Io.Engine.Connections.Single().CurrentTransport.CanWrite);
            time.Advance(TimeSpan.FromMilliseconds(140));
            Assert.Equal(["6"], await poll);
        }

        node.Io.Emit("meanwhile");
        await candidate.SendAsync("5");
        Assert.Equal("""42["meanwhile"]""", await candidate.ReceiveAsync());
        await candidate.SendAsync("2");
        Assert.Equal("3", await candidate.ReceiveAsync());
        Assert.Equal("websocket", node.Io.Engine.Connections.Single().Transport);
    }

    [Fact]
    public async Task A_candidate_that_does_not_upgrade_in_time_is_closed_and_polling_goes_on()
    {
        var time = new ManualTimeProvider();
        await using var node = await StartAsync(time);
        using var client = await OldPolling.OpenAsync(node);
        using var candidate = await OldWebSocket.OpenAsync(node, "EIO=3&transport=websocket&sid=" + client.Id);
        await candidate.SendAsync("2probe");
        Assert.Equal("3probe", await candidate.ReceiveAsync());
        time.Advance(node.Io.Options.UpgradeTimeout + TimeSpan.FromSeconds(1));
        Assert.Null(await candidate.ReceiveAsync());
        node.Io.Emit("still");
        Assert.Equal(["""42["still"]"""], await client.PollAsync());
    }

    [Fact]
    public async Task A_websocket_takes_binary_where_polling_took_base64()
    {
        await using var node = await StartAsync();
        node.Io.OnConnection(static socket => socket.On("bin", (byte[] bytes) => socket.Emit("back", bytes)));
        using var client = await OldPolling.OpenAsync(node);
        using var socket = await OldWebSocket.OpenAsync(node, "EIO=3&transport=websocket&sid=" + client.Id);
        await socket.SendAsync("2probe");
        await socket.ReceiveAsync();
        await socket.SendAsync("5");
        await socket.SendAsync("""451-["bin",{"_placeholder":true,"num":0}]""");
        await socket.SendAsync([4, 1, 2, 3]);
        Assert.Equal("""451-["back",{"_placeholder":true,"num":0}]""", await socket.ReceiveAsync());
        Assert.Equal("04010203", await socket.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "P-38")]
    public async Task A_websocket_that_asks_for_base64_gets_text_alone()
    {
        await using var node = await StartAsync();
        node.Io.OnConnection(static socket => socket.Emit("bin", new byte[] { 1, 2, 3 }));
        using var client = await OpenWebSocketAsync(node, "EIO=3&transport=websocket&b64=1");
        Assert.Equal("""451-["bin",{"_placeholder":true,"num":0}]""", await client.ReceiveAsync());
        Assert.Equal("b4AQID", await client.ReceiveAsync());
    }

    [Fact]
    public async Task A_client_that_closes_its_websocket_is_gone()
    {
        await using var node = await StartAsync();
        var reason = new TaskCompletionSource<string>();
        node.Io.OnConnection(socket => socket.OnDisconnect(end => reason.SetResult(end.Reason)));
        using var client = await OpenWebSocketAsync(node);
        await client.CloseAsync();
        Assert.Equal(CloseReasons.TransportClose, await Patience.Within(reason.Task));
    }

    [Fact]
    public async Task Text_that_is_no_packet_ends_the_connection()
    {
        await using var node = await StartAsync();
        var reason = new TaskCompletionSource<string>();
        node.Io.OnConnection(socket => socket.OnDisconnect(end => reason.SetResult(end.Reason)));
        using var client = await OpenWebSocketAsync(node);
        await client.SendAsync("x");
        Assert.Equal(CloseReasons.ParseError, await Patience.Within(reason.Task));
        Assert.Null(await client.ReceiveAsync());
    }

    private static async Task<OldWebSocket> OpenWebSocketAsync(Node node, string query = "EIO=3&transport=websocket")
    {
        var client = await OldWebSocket.OpenAsync(node, query);
        Assert.Equal(JsonValueKind.Object, JsonElement.Parse((await client.ReceiveAsync())![1..]).ValueKind);
        Assert.Equal("40", await client.ReceiveAsync());
        return client;
    }

    private static Task<Node> StartAsync(ManualTimeProvider? time = null) => Node.StartAsync(
        static options => options.Generations = Generations.Current | Generations.EngineIO3,
        builder =>
        {
            if (time is not null)
            {
                builder.Services.AddSingleton<TimeProvider>(time);
            }
        });
}
