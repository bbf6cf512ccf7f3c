using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>The same for what clients 0.7 to 0.9 send, and what passes for it.</summary>
[Collection(FuzzCollection.Name)]
public partial class ProtocolOneEndpointFuzzTests
{
    private const string Path = FuzzTarget.OldPath;

    // {sid} is a session that is alive, {new} a handshake that no transport was opened with.
    private static readonly byte[][] Requests = Utf8(
        "GET {path}1/?t=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}1/?jsonp=0&t=1 HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n\r\n",
        "POST {path}1/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS {path}1/ HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        "GET {path}1/xhr-polling/{sid}?t=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}1/xhr-polling/{new}/?t1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}1/jsonp-polling/{sid}?t=1&i=0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}1/htmlfile/{sid}/?t=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}1/htmlfile/{new}?t=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}1//{sid}/?disconnect=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}1/{sid} HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}1/websocket/{sid} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "GET {path}1/flashsocket/{new} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "POST {path}1/xhr-polling/{sid}?t=1 HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: 6\r\n\r\n3:::hi",
        "POST {path}1/jsonp-polling/{sid}?t=1&i=0 HTTP/1.1\r\nHost: a\r\nContent-Length: 24\r\n\r\nd=%223%3A%3A%3Aplain%22&",
        "POST {path}1/htmlfile/{sid} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n3:::a");

    private static readonly byte[][] Packets = Utf8(
        "0::", "0::/any", "1::", "1::/any", "1::/any?token=1", "1::/dyn-a1:?x=1", "2::", "3:::hi", "3:1::a\nb", "3::/any:x", "4:::{\"a\":[1,\"é😀\"]}", "4:2+:/any:null", "8::", "7:::1+0",
        "5:::{\"name\":\"go\"}", "5:3+::{\"name\":\"sum\",\"args\":[1,2]}", "5:4::{\"name\":\"text\",\"args\":[\"x\"]}", "5:5+:/any:{\"name\":\"all\",\"args\":[1,[2],{\"b\":3}]}",
        "5:::{\"name\":\"join\",\"args\":[\"room\"]}", "5:::{\"name\":\"tell\",\"args\":[\"room\",[1]]}", "5:6+::{\"name\":\"throw\"}", "5:7+::{\"name\":\"later\",\"args\":[1]}", "5:::{\"name\":\"ask\"}",
        "6:::1", "6:::1+[\"x\"]", "6::/any:2+[]");

    private static readonly byte[][] Dictionary = Utf8(
        ":", "::", "+", "/", "?", "\ufffd", "\ufffd3\ufffd2::", "\n", "\"", "\\", "\\ud800", "[", "]", "{", "}", "0", "1", "99999999999999999999", "\"name\":\"a\",", "\"args\":[1],", "[[[[[[[[",
        "//", "%0a", "disconnect", "websocket", "{sid}", "{new}", "Origin: null\r\n", "Content-Length: 3\r\n", "HTTP/1.0", "Connection: close\r\n");

    [Fact]
    public async Task Any_request_is_answered_or_its_connection_closed()
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(500, async random =>
        {
            var alive = await ConnectAsync(target.Address);
            var waiting = await ShakeHandsAsync(target.Address);
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var request = Encoding.Latin1.GetString(Fuzz.Mutate(random, Requests, Dictionary))
                    .Replace("{path}", Path, StringComparison.Ordinal)
                    .Replace("{sid}", random.Next(8) == 0 ? "unknown" : alive, StringComparison.Ordinal)
                    .Replace("{new}", waiting, StringComparison.Ordinal);
                using var connection = await RawConnection.OpenAsync(target.Address);
                await connection.SendAsync(Encoding.Latin1.GetBytes(request));
                if (random.Next(3) == 0)
                {
                    await connection.SendAsync(RawConnection.Frame(WebSocketOpcode.Text, Payload(random), (uint)random.Next()));
                }

                if (random.Next(3) != 0)
                {
                    await connection.FinishAsync();
                }
            }
        });
    }

    [Theory]
    [InlineData("xhr-polling")]
    [InlineData("jsonp-polling")]
    public async Task Any_post_of_a_session_is_answered(string transport)
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(300, async random =>
        {
            var id = await ConnectAsync(target.Address);
            using var poll = await RawConnection.OpenAsync(target.Address);
            await poll.SendAsync(Encoding.ASCII.GetBytes($"GET {Path}1/{transport}/{id}?t=1 HTTP/1.1\r\nHost: a\r\n\r\n"));
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                var payload = Payload(random);
                byte[] body = transport == "xhr-polling" ? payload
                    : [.. "d="u8, .. Encoding.ASCII.GetBytes(random.Next(2) == 0 ? "%22" : ""), .. Encoding.ASCII.GetBytes(Uri.EscapeDataString(Encoding.Latin1.GetString(payload))), .. Encoding.ASCII.GetBytes(random.Next(2) == 0 ? "%22" : "")];
                using var post = await RawConnection.OpenAsync(target.Address);
                await post.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"POST {Path}1/{transport}/{id} HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);
                Assert.StartsWith("HTTP/1.1 200 ", await post.ReceiveResponseAsync(), StringComparison.Ordinal);
            }
        });
    }

    [Fact]
    public async Task Any_packets_over_a_WebSocket_are_taken_or_end_that_connection()
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(400, async random =>
        {
            using var connection = await RawConnection.OpenWebSocketAsync(target.Address, $"{Path}1/websocket/{await ShakeHandsAsync(target.Address)}");
            for (var i = random.Next(1, 12); i > 0; i--)
            {
                await connection.SendAsync(RawConnection.Frame(random.Next(20) == 0 ? WebSocketOpcode.Binary : WebSocketOpcode.Text, Payload(random), (uint)random.Next()));
            }

            if (random.Next(4) != 0)
            {
                await connection.FinishAsync();
            }
        });
    }

    private static async Task<string> ShakeHandsAsync(Uri address)
    {
        using var connection = await RawConnection.OpenAsync(address);
        await connection.SendAsync(Encoding.ASCII.GetBytes($"GET {Path}1/ HTTP/1.1\r\nHost: a\r\n\r\n"));
        return Id().Match(await connection.ReceiveResponseAsync()).Groups[1].Value;
    }

    private static async Task<string> ConnectAsync(Uri address)
    {
        var id = await ShakeHandsAsync(address);
        using var connection = await RawConnection.OpenAsync(address);
        await connection.SendAsync(Encoding.ASCII.GetBytes($"GET {Path}1/xhr-polling/{id} HTTP/1.1\r\nHost: a\r\n\r\n"));
        Assert.EndsWith("1::", await connection.ReceiveResponseAsync(), StringComparison.Ordinal);
        return id;
    }

    private static byte[] Payload(Random random)
    {
        if (random.Next(10) == 0)
        {
            return Fuzz.Bytes(random, 60);
        }

        var payload = new List<byte>();
        for (var count = random.Next(3); count >= 0; count--)
        {
            var packet = Fuzz.Mutate(random, Packets, Dictionary);
            var length = Encoding.UTF8.GetString(packet).Length + (random.Next(20) == 0 ? 1 : 0);
            payload.AddRange(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\ufffd{length}\ufffd")));
            payload.AddRange(packet);
        }

        return random.Next(3) == 0 ? Fuzz.Mutate(random, Packets, Dictionary) : [.. payload];
    }

    private static byte[][] Utf8(params string[] texts) => Array.ConvertAll(texts, Encoding.UTF8.GetBytes);

    [GeneratedRegex(@"\r\n\r\n([0-9A-Za-z_-]{20}):")]
    private static partial Regex Id();
}
