using System.Text;
using Microsoft.AspNetCore.Cors.Infrastructure;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Versions 7 and 8: Firefox 6 to 10, Chrome 14 and 15.</summary>
[Trait("Feature", "K-29")]
public sealed class HybiTests
{
    internal static async Task<RawConnection> JoinAsync(Uri address, int version = 8)
    {
        var connection = await RawConnection.OpenAsync(address);
        await connection.SendAsync(Request(version));
        var answer = await connection.ReceiveHeadersAsync();
        Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", answer, StringComparison.Ordinal);
        await connection.SendAsync(RawConnection.Text("40"));
        var greeting = "";
        while (!greeting.Contains("40{\"sid\":", StringComparison.Ordinal))
        {
            greeting += await connection.ReceiveTextAsync();
        }

        return connection;
    }

    internal static byte[] Request(int version, string origin = "http://b.example") => Encoding.ASCII.GetBytes(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
        + $"Sec-WebSocket-Version: {version}\r\nSec-WebSocket-Origin: {origin}\r\nSec-WebSocket-Extensions: deflate-stream\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public async Task A_client_of_an_earlier_version_is_served_like_any_other(int version)
    {
        var socket = new TaskCompletionSource<Socket>();
        await using var node = await Node.StartAsync(static options => options.OldSockets = new());
        node.Io.OnConnection(connected =>
        {
            connected.On("echo", static (string text) => text);
            socket.SetResult(connected);
        });
        using var client = await JoinAsync(node.Address, version);
        Assert.Equal("http://b.example", (await Patience.Within(socket.Task)).Handshake.Headers.Origin);
        await client.SendAsync(RawConnection.Text("427[\"echo\",\"☃\"]"));
        Assert.Contains("437[\"" + Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("☃")), await client.ReceiveTextAsync(), StringComparison.Ordinal);
        await client.SendAsync(RawConnection.Frame(WebSocketOpcode.Close, [0x03, 0xE8]));
        Assert.Equal("\u0088\u0002\u0003\u00e8", await client.ReceiveTextAsync());
        await client.FinishAsync();
    }

    [Fact]
    public async Task The_origin_of_an_earlier_version_is_checked_like_any_other()
    {
        await using var node = await Node.StartAsync(static options =>
        {
            options.OldSockets = new();
            options.Cors = new CorsPolicyBuilder("https://a.example").AllowCredentials().Build();
        });
        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(node.Address, Request(8)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 101 ", await AskAsync(node.Address, Request(8, "https://a.example")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_option_an_earlier_version_is_refused()
    {
        await using var node = await Node.StartAsync();
        Assert.StartsWith("HTTP/1.1 400 ", await AskAsync(node.Address, Request(8)), StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(Uri address, byte[] request)
    {
        using var connection = await RawConnection.OpenAsync(address);
        await connection.SendAsync(request);
        return await connection.ReceiveHeadersAsync();
    }
}
