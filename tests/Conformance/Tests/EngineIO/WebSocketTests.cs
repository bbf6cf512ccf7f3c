using System.Net.WebSockets;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>The WebSocket transport, frame by frame.</summary>
public class WebSocketTests
{
    [Theory]
    [InlineData("4hello")]
    [InlineData("4")]
    [InlineData("4é 😀")]
    public async Task Text_comes_back(string packet)
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host);

        await client.SendAsync(packet);

        Assert.Equal(packet, await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(126)]
    [InlineData(70_000)]
    [InlineData(1_000_000)]
    public async Task Binary_comes_back_without_any_prefix(int length)
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host);
        byte[] data = [.. Enumerable.Range(0, length).Select(static i => (byte)i)];

        await client.SendAsync(data);

        Assert.Equal(data, await client.ReceiveBinaryAsync());
    }

    [Fact]
    public async Task A_message_may_come_in_fragments_with_pings_between()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host);

        await client.SendFrameAsync(RawFrame.TextOpcode, "4he"u8.ToArray(), final: false);
        await client.SendFrameAsync(RawFrame.PingOpcode, [1, 2]);
        await client.SendFrameAsync(0, "llo"u8.ToArray());

        var pong = await client.ReceiveAsync();
        Assert.Equal(RawFrame.PongOpcode, pong.Opcode);
        Assert.Equal([1, 2], pong.Payload);
        Assert.Equal("4hello", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Every_packet_has_a_frame_of_its_own_in_the_order_of_its_sending()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host);
        var connection = await server.Opened.NextAsync();

        for (var i = 0; i < 100; i++)
        {
            connection.Send($"{i}");
            connection.Send(new[] { (byte)i });
        }

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal($"4{i}", await client.ReceiveTextAsync());
            Assert.Equal([(byte)i], await client.ReceiveBinaryAsync());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("abc")]
    public async Task What_is_no_packet_ends_the_session(string packet)
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host);

        await client.SendAsync(packet);

        Assert.Equal(1005, await client.ExpectCloseAsync());
        Assert.Equal(CloseReasons.ParseError, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task A_message_above_the_limit_closes_with_1009_and_one_at_the_limit_passes()
    {
        await using var server = await EchoServer.StartAsync(static options => options.MaxHttpBufferSize = 100);
        await using var client = await RawSession.OpenAsync(server.Host);

        await client.SendAsync("4" + new string('x', 99));
        Assert.Equal(100, (await client.ReceiveTextAsync()).Length);
        await client.SendAsync("4" + new string('x', 100));

        Assert.Equal(1009, await client.ExpectCloseAsync());
        Assert.Equal(CloseReasons.TransportError, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_closes_with_1007()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host);

        await client.SendFrameAsync(RawFrame.TextOpcode, [(byte)'4', 0xff]);

        Assert.Equal(1007, await client.ExpectCloseAsync());
        Assert.Equal(CloseReasons.TransportError, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task The_close_frame_of_the_client_is_answered()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host);

        await client.SendCloseAsync(1001);

        var answer = await client.ReceiveAsync();
        Assert.Equal((RawFrame.CloseOpcode, 1001), (answer.Opcode, answer.CloseCode));
        await client.ExpectEndAsync();
        Assert.Equal(CloseReasons.TransportClose, await server.Closed.NextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Compression_is_negotiated_only_where_it_is_on(bool on)
    {
        await using var server = await EchoServer.StartAsync(options => options.PerMessageDeflate = on ? new PerMessageDeflateOptions() : null);

        await using var client = await RawWebSocket.ConnectAsync(
            server.Host.Url,
            RawSession.EngineUrl,
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");

        Assert.Equal(on, client.Upgrade.Headers.TryGetValue("Sec-WebSocket-Extensions", out var extensions));
        Assert.Equal(on, extensions?.StartsWith("permessage-deflate", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task Compressed_messages_read_the_same()
    {
        await using var server = await EchoServer.StartAsync(static options => options.PerMessageDeflate = new PerMessageDeflateOptions());
        using var client = new ClientWebSocket();
        client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        await client.ConnectAsync(new Uri($"ws://{server.Host.Url.Authority}{RawSession.EngineUrl}"), default).Soon();
        var buffer = new byte[100_000];
        await client.ReceiveAsync(buffer, default).Soon();
        var text = "4" + string.Concat(Enumerable.Range(0, 5000).Select(static i => $"{i},"));

        await client.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

        var received = 0;
        WebSocketReceiveResult result;
        do
        {
            result = await client.ReceiveAsync(new ArraySegment<byte>(buffer, received, buffer.Length - received), default).Soon();
            received += result.Count;
        }
        while (!result.EndOfMessage);
        Assert.Equal(text, Encoding.UTF8.GetString(buffer, 0, received));
    }
}
