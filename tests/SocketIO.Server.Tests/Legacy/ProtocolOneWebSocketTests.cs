using System.Net.WebSockets;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>WebSockets of clients 0.7 to 0.9, those that Flash makes included.</summary>
[Trait("Feature", "K-26")]
public sealed class ProtocolOneWebSocketTests
{
    [Theory]
    [InlineData("websocket")]
    [InlineData("flashsocket")]
    public async Task It_begins_with_connected_and_what_has_been_sent_and_each_packet_is_a_message(string transport)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: static socket =>
        {
            socket.On("message", (string text) => socket.Send($"echo {text}"));
            socket.Send("hello ü☃😀");
            socket.Emit("news", 1);
        });
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync(transport);
        Assert.Equal(["1::", "3:::hello ü☃😀", """5:::{"name":"news","args":[1]}"""], await socket.ReceiveAsync(3));

        await socket.SendAsync("3:::a");
        await socket.SendAsync(ProtocolOneSession.Join("3:::b", "3:::c"));

        Assert.Equal(["3:::echo a", "3:::echo b", "3:::echo c"], await socket.ReceiveAsync(3));
        Assert.Equal(transport, Assert.Single(node.Io.Engine.Connections).Transport);
    }

    [Fact]
    [Trait("Feature", "K-30")]
    public async Task Heartbeats_come_every_25_seconds_and_go_on_while_they_are_answered()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());

        for (var i = 0; i < 4; i++)
        {
            node.Time.Advance(TimeSpan.FromSeconds(25.1));
            Assert.Equal("2::", await socket.ReceiveAsync());
            await socket.SendAsync("2::");
            // Answers are heartbeats of the client's as well: what follows is read after them.
            await socket.SendAsync("3:::x");
            await Patience.Until(() => node.Told.Count(static told => told == "message \"x\"") == i + 1);
        }

        Assert.DoesNotContain(node.Told, static told => told.StartsWith("disconnect", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Feature", "K-30")]
    public async Task Who_does_not_answer_within_the_timeout_is_gone()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());

        node.Time.Advance(TimeSpan.FromSeconds(26));
        Assert.Equal("2::", await socket.ReceiveAsync());
        node.Time.Advance(TimeSpan.FromSeconds(58));
        Assert.Equal(["connection"], node.Told);
        node.Time.Advance(TimeSpan.FromSeconds(2));

        await node.UntilToldAsync("disconnect ping timeout");
        Assert.Null(await socket.ReceiveAsync());
    }

    [Fact]
    public async Task A_client_that_sends_heartbeats_by_its_own_clock_lives_on()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());

        for (var i = 0; i < 10; i++)
        {
            node.Time.Advance(TimeSpan.FromSeconds(20));
            await socket.SendAsync("2::");
            await socket.SendAsync("3:::x");
            await Patience.Until(() => node.Told.Count(static told => told == "message \"x\"") == i + 1);
        }

        await socket.SendAsync("0::");
        Assert.Equal("0::", await socket.ReceiveAsync());
        Assert.Equal("disconnect client namespace disconnect", node.Told[^1]);
    }

    [Fact]
    [Trait("Feature", "K-18")]
    public async Task Who_says_goodbye_hears_it_and_the_end_follows()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();

        await socket.SendAsync("0::");

        Assert.Equal(["1::", "0::", "closed"], await socket.ReceiveAsync(3));
        await node.UntilToldAsync("disconnect client namespace disconnect");
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Fact]
    [Trait("Feature", "K-18")]
    public async Task Whom_the_server_disconnects_hears_goodbye_after_what_was_sent_before()
    {
        Socket? connected = null;
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket => connected = socket);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());
        await Patience.Until(() => connected is not null);

        connected!.Send("last words");
        connected.Disconnect();

        Assert.Equal(["3:::last words", "0::", "closed"], await socket.ReceiveAsync(3));
        Assert.Equal(["connection", "disconnect server namespace disconnect"], node.Told);
    }

    [Fact]
    public async Task Whom_the_engine_closes_is_closed_without_goodbye_so_that_it_comes_back()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());

        Assert.Single(node.Io.Engine.Connections).Close();

        Assert.Null(await socket.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "X-06")]
    public async Task A_page_that_is_left_ends_its_session_by_a_request_of_its_own()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());

        await node.GetAsync($"/socket.io/1//{session.Id}/?disconnect=1");

        Assert.Equal(["0::", "closed"], await socket.ReceiveAsync(2));
        Assert.Equal(["connection", "disconnect client namespace disconnect"], node.Told);
    }

    [Fact]
    [Trait("Feature", "K-32")]
    public async Task A_session_ends_with_its_websocket()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());

        await socket.CloseAsync();

        await node.UntilToldAsync("disconnect transport close");
        Assert.Equal(["7:::1+0"], await session.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-32")]
    public async Task A_session_that_may_outlive_its_websocket_gets_what_waited_by_the_next_transport_once_and_in_order()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.Version09.CloseTimeouts.Remove("websocket"));
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using (var socket = await session.OpenWebSocketAsync())
        {
            Assert.Equal("1::", await socket.ReceiveAsync());
            await socket.CloseAsync();
        }

        await Patience.Until(() => Assert.Single(node.Io.Engine.Connections).IsAbsent);
        node.Io.Send("one");
        node.Io.Of("/").Local.Emit("two", 2);
        using var again = await session.OpenWebSocketAsync();
        Assert.Equal(["3:::one", """5:::{"name":"two","args":[2]}"""], await again.ReceiveAsync(2));

        await again.CloseAsync();
        await Patience.Until(() => Assert.Single(node.Io.Engine.Connections).IsAbsent);
        node.Time.Advance(TimeSpan.FromSeconds(61));
        await node.UntilToldAsync("disconnect transport close");
        Assert.Equal(["connection", "disconnect transport close"], node.Told);
    }

    [Fact]
    public async Task A_client_whose_websocket_does_not_get_through_polls_with_the_same_id()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());

        var poll = session.PollAsync();
        await Patience.Until(() => node.Io.Engine.Connections.Single().CurrentTransport is { Name: "xhr-polling", CanWrite: true });
        node.Io.Send("by poll");

        Assert.Equal(["3:::by poll"], await poll);
        Assert.Equal(["connection"], node.Told);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("flashsocket")]
    public async Task Who_is_not_known_is_advised_to_reconnect(string transport)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);

        using var socket = await node.OpenWebSocketAsync($"/socket.io/1/{transport}/nosuch");

        Assert.Equal(["7:::1+0", "closed"], await socket.ReceiveAsync(2));
        Assert.Empty(node.Told);
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("http://page.example", true)]
    [InlineData("http://evil.example", false)]
    public async Task The_origin_counts_here_too(string origin, bool isAllowed)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.Cors = new CorsPolicyBuilder("http://page.example").Build());
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin);
        var connecting = socket.ConnectAsync(new UriBuilder(node.Node.Address) { Scheme = "ws", Path = $"/socket.io/1/websocket/{session.Id}" }.Uri, CancellationToken.None);

        if (isAllowed)
        {
            await Patience.Within(connecting);
        }
        else
        {
            await Assert.ThrowsAsync<WebSocketException>(() => Patience.Within(connecting));
            Assert.Empty(node.Told);
        }
    }

    [Fact]
    public async Task The_frames_are_those_that_servers_0_9_wrote()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var connection = await RawConnection.OpenAsync(node.Node.Address);
        await connection.SendAsync(System.Text.Encoding.ASCII.GetBytes(
            $"GET /socket.io/1/websocket/{session.Id} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        await connection.SendAsync(RawConnection.Text("0::"));

        var received = "";
        while (!received.EndsWith("\x88\0", StringComparison.Ordinal))
        {
            received += await connection.ReceiveTextAsync();
        }

        Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", received, StringComparison.Ordinal);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", received, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n\x81\x03" + "1::\x81\x03" + "0::\x88\0", received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4:::{bad")]
    [InlineData("junk")]
    [InlineData("")]
    public async Task Who_sends_what_is_no_packet_is_closed(string message)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        Assert.Equal("1::", await socket.ReceiveAsync());

        await socket.SendAsync(message);

        Assert.Null(await socket.ReceiveAsync());
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_binary_frame_closes()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var connection = await RawConnection.OpenAsync(node.Node.Address);
        await connection.SendAsync(System.Text.Encoding.ASCII.GetBytes(
            $"GET /socket.io/1/websocket/{session.Id} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        await connection.SendAsync(RawConnection.Frame(WebSocketOpcode.Binary, "3:::a"u8));

        await node.UntilToldAsync("disconnect parse error");
    }
}
