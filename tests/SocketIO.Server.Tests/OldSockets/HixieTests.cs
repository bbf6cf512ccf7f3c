using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Clients of hixie-75 and -76 on the port that current clients use.</summary>
[Trait("Feature", "K-29")]
public sealed class HixieTests : IAsyncLifetime, IDisposable
{
    private readonly ServerLog _log = new(LogLevel.Warning);
    private readonly TaskCompletionSource<string> _end = new();
    private Node _node = null!;

    public static TheoryData<WebSocketDrafts> Drafts => [WebSocketDrafts.Hixie75, WebSocketDrafts.Hixie76];

    public async Task InitializeAsync()
    {
        _node = await Node.StartAsync(static options => options.OldSockets = new(), builder => builder.Logging.AddProvider(_log));
        _node.Io.OnConnection(socket =>
        {
            socket.On("echo", static (string text) => text);
            socket.OnDisconnect(end => _end.TrySetResult(end.Reason));
        });
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _log.AssertNoErrors();
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Hixie_76_is_answered_as_the_servers_of_the_time_did()
    {
        using var client = await HixieClient.OpenAsync(_node.Address);
        await client.SendAsync(HixieClient.Handshake(headers: "Sec-WebSocket-Protocol: sample\r\n"));
        Assert.Equal(
            "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Origin: http://b.example\r\n"
            + $"Sec-WebSocket-Location: ws://a.example:81{HixieClient.Target}\r\nSec-WebSocket-Protocol: sample\r\n\r\n",
            await client.ReadHeadersAsync());
        Assert.Equal(HixieClient.Digest, await client.ReadAsync(16));
        Assert.StartsWith("0{\"sid\":", await client.ReadFrameAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hixie_75_is_answered_as_the_servers_of_the_time_did()
    {
        using var client = await HixieClient.OpenAsync(_node.Address);
        await client.SendAsync(HixieClient.Handshake(WebSocketDrafts.Hixie75));
        Assert.Equal(
            "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nWebSocket-Origin: http://b.example\r\n"
            + $"WebSocket-Location: ws://a.example:81{HixieClient.Target}\r\n\r\n",
            await client.ReadHeadersAsync());
        Assert.StartsWith("0{\"sid\":", await client.ReadFrameAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Drafts))]
    [Trait("Feature", "X-11")]
    public async Task Events_go_both_ways_whatever_characters_they_have(WebSocketDrafts draft)
    {
        using var client = await HixieClient.JoinAsync(_node.Address, draft);
        foreach (var text in (string[])["plain", "", "a\ufffdb", "é☃", new('x', 200_000)])
        {
            await client.SendTextAsync($"427[\"echo\",\"{text}\"]");
            Assert.Equal($"437[\"{text}\"]", await client.ReadFrameAsync());
        }
    }

    [Fact]
    [Trait("Feature", "X-11")]
    public async Task The_headers_are_answered_before_the_eight_bytes_come()
    {
        using var client = await HixieClient.OpenAsync(_node.Address);
        var handshake = HixieClient.Handshake();
        await client.SendAsync(handshake.AsMemory(..^8));
        Assert.StartsWith("HTTP/1.1 101 WebSocket Protocol Handshake\r\n", await client.ReadHeadersAsync(), StringComparison.Ordinal);
        // The session has begun and has something to say, which has to wait.
        await Patience.Until(() => _node.Io.Engine.ClientsCount == 1);
        await client.SendAsync(handshake.AsMemory(^8..^3));
        await client.SendAsync(handshake.AsMemory(^3..));
        Assert.Equal(HixieClient.Digest, await client.ReadAsync(16));
        Assert.StartsWith("0{\"sid\":", await client.ReadFrameAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Drafts))]
    public async Task A_handshake_may_be_cut_between_any_two_bytes(WebSocketDrafts draft)
    {
        var handshake = HixieClient.Handshake(draft);
        for (var cut = 1; cut < handshake.Length; cut++)
        {
            using var client = await HixieClient.OpenAsync(_node.Address);
            await client.SendAsync(handshake.AsMemory(..cut));
            await client.SendAsync(handshake.AsMemory(cut..));
            Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadersAsync(), StringComparison.Ordinal);
            client.Reset();
        }
    }

    [Theory]
    [MemberData(nameof(Drafts))]
    public async Task Handshake_and_first_frames_may_come_at_once(WebSocketDrafts draft)
    {
        using var client = await HixieClient.OpenAsync(_node.Address);
        await client.SendAsync((byte[])[.. HixieClient.Handshake(draft), .. HixieClient.Text("40"), .. HixieClient.Text("421[\"echo\",\"early\"]")]);
        await client.ReadHeadersAsync();
        await client.ReadAsync(draft == WebSocketDrafts.Hixie76 ? 16 : 0);
        Assert.StartsWith("0{", await client.ReadFrameAsync(), StringComparison.Ordinal);
        Assert.StartsWith("40{", await client.ReadFrameAsync(), StringComparison.Ordinal);
        Assert.Equal("431[\"early\"]", await client.ReadFrameAsync());
    }

    [Fact]
    [Trait("Feature", "X-11")]
    public async Task A_frame_may_be_cut_between_any_two_bytes()
    {
        using var client = await HixieClient.JoinAsync(_node.Address);
        var frames = (byte[])[.. HixieClient.Text("421[\"echo\",\"☃\ufffd\"]"), .. HixieClient.Text("422[\"echo\",\"\"]")];
        for (var cut = 0; cut <= frames.Length; cut++)
        {
            await client.SendAsync(frames.AsMemory(..cut));
            await client.SendAsync(frames.AsMemory(cut..));
            Assert.Equal("431[\"☃\ufffd\"]", await client.ReadFrameAsync());
            Assert.Equal("432[\"\"]", await client.ReadFrameAsync());
        }

        foreach (var next in frames)
        {
            await client.SendAsync(new[] { next });
        }

        Assert.Equal("431[\"☃\ufffd\"]", await client.ReadFrameAsync());
    }

    [Fact]
    public async Task A_clients_close_is_answered_and_the_connection_ends()
    {
        using var client = await HixieClient.JoinAsync(_node.Address);
        await client.CloseAsync();
        Assert.Equal("CLOSE", await client.ReadFrameAsync());
        Assert.Equal("END", await client.ReadFrameAsync());
        Assert.Equal(CloseReasons.TransportClose, await Patience.Within(_end.Task));
    }

    [Theory]
    [MemberData(nameof(Drafts))]
    public async Task A_client_that_ends_its_connection_is_gone(WebSocketDrafts draft)
    {
        using var client = await HixieClient.JoinAsync(_node.Address, draft);
        client.Finish();
        Assert.Equal(CloseReasons.TransportClose, await Patience.Within(_end.Task));
        await client.ReadToEndAsync();
        await Patience.Until(() => _node.Io.Engine.ClientsCount == 0);
    }

    [Theory]
    [MemberData(nameof(Drafts))]
    public async Task A_client_that_vanishes_is_gone(WebSocketDrafts draft)
    {
        using var client = await HixieClient.JoinAsync(_node.Address, draft);
        client.Reset();
        Assert.Equal(CloseReasons.TransportClose, await Patience.Within(_end.Task));
        await Patience.Until(() => _node.Io.Engine.ClientsCount == 0);
    }

    [Fact]
    public async Task The_server_closes_hixie_76_by_its_close_and_the_client_answers()
    {
        using var client = await HixieClient.JoinAsync(_node.Address);
        await _node.Io.DisconnectSocketsAsync(close: true);
        Assert.Equal("41", await client.ReadFrameAsync());
        Assert.Equal("CLOSE", await client.ReadFrameAsync());
        await client.CloseAsync();
        Assert.Equal("END", await client.ReadFrameAsync());
    }

    [Fact]
    public async Task Clients_of_every_draft_hear_the_same_in_one_room()
    {
        using var hixie75 = await HixieClient.JoinAsync(_node.Address, WebSocketDrafts.Hixie75);
        using var hixie76 = await HixieClient.JoinAsync(_node.Address);
        using var version8 = await HybiTests.JoinAsync(_node.Address);
        var current = await _node.ConnectAsync();
        _node.Io.Emit("bytes", new byte[] { 1, 2, 3 });
        _node.Io.Emit("news", "☃");
        foreach (var client in (HixieClient[])[hixie75, hixie76])
        {
            // Of a binary event only the text arrives.
            Assert.Equal("451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]", await client.ReadFrameAsync());
            Assert.Equal("42[\"news\",\"☃\"]", await client.ReadFrameAsync());
        }

        var heard = "";
        while (!heard.Contains("[\"news\",", StringComparison.Ordinal))
        {
            heard += await version8.ReceiveTextAsync();
        }

        Assert.Equal([1, 2, 3], (await current.NextAsync("bytes")).Bytes(0));
        Assert.Equal("☃", (await current.NextAsync("news")).Text(0));
    }

    [Fact]
    public async Task What_the_request_says_reaches_the_application()
    {
        var socket = new TaskCompletionSource<Socket>();
        _node.Io.OnConnection(socket.SetResult);
        using var client = await HixieClient.ConnectAsync(_node.Address, target: HixieClient.Target + "&token=1", headers: "Cookie: c=d\r\n");
        await client.SendTextAsync("40");
        var handshake = (await Patience.Within(socket.Task)).Handshake;
        Assert.Equal("http://b.example", handshake.Headers.Origin);
        Assert.Equal("a.example:81", handshake.Headers.Host);
        Assert.Equal("c=d", handshake.Headers.Cookie);
        Assert.Equal("1", handshake.GetQuery("token"));
        Assert.DoesNotContain("Sec-WebSocket-Key1", handshake.Headers.Keys);
    }
}
