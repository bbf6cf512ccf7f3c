using System.Text;
using System.Text.RegularExpressions;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>The same for what clients before 0.7 send, and what passes for it.</summary>
[Collection(FuzzCollection.Name)]
public partial class PlainEndpointFuzzTests
{
    // {path} is the server's, {sid} a session that is alive.
    private static readonly byte[][] Requests = Utf8(
        "GET {path}xhr-polling//1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}xhr-polling HTTP/1.1\r\nHost: a\r\nCookie: socket.io-greeting={sid}\r\n\r\n",
        "GET {path}xhr-polling//1 HTTP/1.1\r\nHost: a\r\nCookie: socket.io-greeting={sid}\r\n\r\n",
        "GET {path}xhr-polling/{sid}/1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}jsonp-polling/{sid}/1/0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}jsonp-polling//1/7 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}htmlfile/{sid}/1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}htmlfile//1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}xhr-multipart/{sid}/1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET {path}server-events HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS {path}xhr-multipart/ HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        "GET {path}websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "GET {path}flashsocket/{sid} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "POST {path}xhr-polling/{sid}/send HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\ndata=~m~2~m~hi",
        "POST {path}jsonp-polling/{sid}/1/0 HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\ndata=%5B%22a%22%5D",
        "POST {path}htmlfile/{sid}/send HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\ndata=1:3::hi,");

    private static readonly byte[][] Units = Utf8(
        "~m~2~m~hi~m~10~m~~j~{\"x\":1}~m~4~m~~h~1", "~m~0~m~", "~m~10~m~plain é☃😀", "1:6::hello,2:1:1,", "0:0:,", "1:16:r:chat\n:to realm,", "1:8:r:any\n:x,1:11:r:dyn-a1\n:y,",
        "1:18:j\n:{\"a\":1,\"s\":\"☃\"},", "[\"a\",\"b\\n\"]", "~m~29~m~~j~{\"name\":\"go\",\"args\":[]}", "~m~34~m~~j~{\"name\":\"sum\",\"args\":[1,2]}",
        "[\"{\\\"name\\\":\\\"join\\\",\\\"args\\\":[\\\"room\\\"]}\"]", "~m~37~m~~j~{\"name\":\"throw\",\"args\":[null]}", "1:40:j\n:{\"name\":\"tell\",\"args\":[\"room\",[1]]},");

    private static readonly byte[][] Dictionary = Utf8(
        "~m~", "~h~", "~j~", "0", "1", "9", "99999999999", ":", ",", "\n", "j\n", "r:", "[", "]", "{", "}", "\"", "\\", "\\ud800", "\"name\":", "\"args\":[]", "😀", "\uFFFD", "[[[[[[[[",
        "//", "/", "%0a", "xhr-polling", "websocket", "{sid}", "Origin: null\r\n", "Cookie: a\r\n", "Content-Length: 3\r\n", "HTTP/1.0", "Connection: close\r\n");

    [Theory]
    [InlineData(FuzzTarget.OldPath)]
    [InlineData(FuzzTarget.DevelopmentPath)]
    public async Task Any_request_is_answered_or_its_connection_closed(string path)
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(300, async random =>
        {
            var id = await BeginAsync(target.Address, path);
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var request = Encoding.Latin1.GetString(Fuzz.Mutate(random, Requests, Dictionary))
                    .Replace("{path}", path, StringComparison.Ordinal)
                    .Replace("{sid}", random.Next(8) == 0 ? "unknown" : id, StringComparison.Ordinal);
                using var connection = await RawConnection.OpenAsync(target.Address);
                await connection.SendAsync(Encoding.Latin1.GetBytes(request));
                if (random.Next(3) == 0)
                {
                    await connection.SendAsync(RawConnection.Frame(WebSocketOpcode.Text, Unit(random), (uint)random.Next()));
                }

                if (random.Next(3) == 0)
                {
                    await connection.FinishAsync();
                }
            }
        });
    }

    [Theory]
    [InlineData(FuzzTarget.OldPath)]
    [InlineData(FuzzTarget.DevelopmentPath)]
    public async Task Any_post_of_a_session_is_answered(string path)
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(300, async random =>
        {
            var id = await BeginAsync(target.Address, path);
            using var poll = await RawConnection.OpenAsync(target.Address);
            await poll.SendAsync(Encoding.ASCII.GetBytes($"GET {path}xhr-polling/{id}/1 HTTP/1.1\r\nHost: a\r\n\r\n"));
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                byte[] body = [.. "data="u8, .. Encoding.ASCII.GetBytes(Uri.EscapeDataString(Encoding.Latin1.GetString(Unit(random))))];
                using var post = await RawConnection.OpenAsync(target.Address);
                await post.SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"POST {path}xhr-polling/{id}/send HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);
                Assert.StartsWith("HTTP/1.1 ", await post.ReceiveResponseAsync(), StringComparison.Ordinal);
            }
        });
    }

    [Theory]
    [InlineData(FuzzTarget.OldPath)]
    [InlineData(FuzzTarget.DevelopmentPath)]
    public async Task Any_units_over_a_WebSocket_are_taken_or_end_that_connection(string path)
    {
        await using var target = await FuzzTarget.StartAsync();
        await target.RunAsync(300, async random =>
        {
            using var connection = await RawConnection.OpenWebSocketAsync(target.Address, path + "websocket");
            for (var i = random.Next(1, 12); i > 0; i--)
            {
                await connection.SendAsync(RawConnection.Frame(random.Next(20) == 0 ? WebSocketOpcode.Binary : WebSocketOpcode.Text, Unit(random), (uint)random.Next()));
            }

            if (random.Next(4) != 0)
            {
                await connection.FinishAsync();
            }
        });
    }

    private static async Task<string> BeginAsync(Uri address, string path)
    {
        using var connection = await RawConnection.OpenAsync(address);
        await connection.SendAsync(Encoding.ASCII.GetBytes($"GET {path}xhr-polling//1 HTTP/1.1\r\nHost: a\r\n\r\n"));
        return Id().Match(await connection.ReceiveResponseAsync()).Groups[1].Value;
    }

    private static byte[] Unit(Random random) => random.Next(10) == 0 ? Fuzz.Bytes(random, 60) : Fuzz.Mutate(random, Units, Dictionary);

    private static byte[][] Utf8(params string[] texts) => Array.ConvertAll(texts, Encoding.UTF8.GetBytes);

    [GeneratedRegex(@"\r\n\r\n(?:~m~20~m~|3:20:)([0-9A-Za-z_-]{20})")]
    private static partial Regex Id();
}
