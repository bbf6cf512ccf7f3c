using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>A client of hixie-75 or -76, on bytes: what a browser of 2010 sent and expected.</summary>
internal sealed class HixieClient : IDisposable
{
    // The example of the draft.
    public const string Keys = "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n";
    public const string Body = "^n:ds[4U";
    public const string Digest = "8jKS'y:G*Co,Wxa-";

    public const string Target = "/socket.io/?EIO=4&transport=websocket";

    private readonly TcpClient _tcp = new() { NoDelay = true };
    private Stream _stream = Stream.Null;

    private HixieClient()
    {
    }

    /// <summary>Opens the connection and says nothing.</summary>
    public static async Task<HixieClient> OpenAsync(Uri address)
    {
        var client = new HixieClient();
        await client._tcp.ConnectAsync(address.Host, address.Port);
        client._stream = client._tcp.GetStream();
        if (address.Scheme == Uri.UriSchemeHttps)
        {
            var tls = new SslStream(client._stream, false, static (_, certificate, _, _) => certificate?.Subject == "CN=localhost");
            await tls.AuthenticateAsClientAsync("localhost");
            client._stream = tls;
        }

        return client;
    }

    /// <summary>Opens a WebSocket; the next frame is the server's greeting.</summary>
    public static async Task<HixieClient> ConnectAsync(Uri address, WebSocketDrafts draft = WebSocketDrafts.Hixie76, string target = Target, string headers = "")
    {
        var client = await OpenAsync(address);
        await client.SendAsync(Handshake(draft, target, headers));
        Assert.StartsWith("HTTP/1.1 101 Web", await client.ReadHeadersAsync(), StringComparison.Ordinal);
        if (draft == WebSocketDrafts.Hixie76)
        {
            Assert.Equal(Digest, await client.ReadAsync(Digest.Length));
        }

        return client;
    }

    /// <summary>The same, and joins the main namespace.</summary>
    public static async Task<HixieClient> JoinAsync(Uri address, WebSocketDrafts draft = WebSocketDrafts.Hixie76)
    {
        var client = await ConnectAsync(address, draft);
        Assert.StartsWith("0{\"sid\":", await client.ReadFrameAsync(), StringComparison.Ordinal);
        await client.SendTextAsync("40");
        Assert.StartsWith("40{\"sid\":", await client.ReadFrameAsync(), StringComparison.Ordinal);
        return client;
    }

    /// <summary>A handshake, with the 8 bytes where the draft has them.</summary>
    public static byte[] Handshake(WebSocketDrafts draft = WebSocketDrafts.Hixie76, string target = Target, string headers = "") => Encoding.Latin1.GetBytes(
        $"GET {target} HTTP/1.1\r\nHost: a.example:81\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://b.example\r\n{headers}"
        + (draft == WebSocketDrafts.Hixie76 ? Keys + "\r\n" + Body : "\r\n"));

    public static byte[] Text(string text) => [0x00, .. Encoding.UTF8.GetBytes(text), 0xFF];

    public Task SendTextAsync(string text) => SendAsync(Text(text));

    /// <summary>Sends the close of hixie-76.</summary>
    public Task CloseAsync() => SendAsync(new byte[] { 0xFF, 0x00 });

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes);
        }
        catch (IOException)
        {
            // The server has closed already; what was read before tells more.
        }
    }

    public async Task<string> ReadHeadersAsync()
    {
        var headers = new StringBuilder();
        while (!headers.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await ReadAsync(1) is { Length: 1 } next)
        {
            headers.Append(next);
        }

        return headers.ToString();
    }

    /// <summary>Reads so many bytes, or those that there are before the end.</summary>
    public async Task<string> ReadAsync(int count)
    {
        var bytes = new byte[count];
        try
        {
            count = await Patience.Within(_stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false).AsTask());
        }
        catch (IOException)
        {
            count = 0;
        }

        return Encoding.Latin1.GetString(bytes, 0, count);
    }

    /// <summary>Reads a text frame. The close of hixie-76 is "CLOSE", the end of the connection "END".</summary>
    public async Task<string> ReadFrameAsync()
    {
        switch (await ReadAsync(1))
        {
            case "":
                return "END";
            case "\0":
                var text = new StringBuilder();
                while (await ReadAsync(1) is { } next && next != "\u00ff")
                {
                    Assert.NotEqual("", next);
                    text.Append(next);
                }

                return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text.ToString()));
            case "\u00ff":
                Assert.Equal("\0", await ReadAsync(1));
                return "CLOSE";
            case var other:
                throw new InvalidOperationException($"No frame begins with 0x{(int)other[0]:X2}.");
        }
    }

    /// <summary>All that comes until the server has ended the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var all = new StringBuilder();
        while (await ReadAsync(1) is { Length: 1 } next)
        {
            all.Append(next);
        }

        return all.ToString();
    }

    public void Finish() => _tcp.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Ends without a word.</summary>
    public void Reset()
    {
        _tcp.LingerState = new LingerOption(true, 0);
        _tcp.Dispose();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _tcp.Dispose();
    }
}
