// RFC 6455 by hand on a TCP connection: a client that can say anything, right or wrong, and hears every frame.
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace SocketIO.Conformance.Tests;

/// <summary>A frame as it came over the wire.</summary>
internal sealed record RawFrame(int Opcode, byte[] Payload)
{
    public const int TextOpcode = 1;
    public const int BinaryOpcode = 2;
    public const int CloseOpcode = 8;
    public const int PingOpcode = 9;
    public const int PongOpcode = 10;

    public string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>The code of a close frame; 1005, as the RFC has it, where it has none.</summary>
    public int CloseCode => Payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(Payload) : 1005;
}

/// <summary>An HTTP answer as it came over the wire.</summary>
internal sealed record RawResponse(string StatusLine, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A WebSocket client without manners.</summary>
internal sealed class RawWebSocket : IAsyncDisposable
{
    private readonly TcpClient _tcp;
    private readonly Stream _stream;

    private RawWebSocket(TcpClient tcp, RawResponse upgrade)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
        Upgrade = upgrade;
    }

    /// <summary>The answer to the opening handshake.</summary>
    public RawResponse Upgrade { get; }

    /// <summary>Opens a WebSocket; anything but 101 fails.</summary>
    public static async Task<RawWebSocket> ConnectAsync(Uri server, string pathAndQuery, params string[] headers)
    {
        var (tcp, response) = await HandshakeAsync(server, "GET", pathAndQuery, headers);
        Assert.True(response.StatusLine == "HTTP/1.1 101 Switching Protocols", $"{response.StatusLine}: {response.Body}");
        return new RawWebSocket(tcp, response);
    }

    /// <summary>Asks for a WebSocket that the server is to refuse; the answer is read to the end of the connection.</summary>
    public static async Task<RawResponse> RefusedAsync(Uri server, string pathAndQuery, string method = "GET", params string[] headers)
    {
        var (tcp, response) = await HandshakeAsync(server, method, pathAndQuery, headers);
        using (tcp)
        {
            var rest = new MemoryStream();
            await tcp.GetStream().CopyToAsync(rest).Soon();
            return response with { Body = Encoding.UTF8.GetString(rest.ToArray()) };
        }
    }

    public Task SendAsync(string text) => SendFrameAsync(RawFrame.TextOpcode, Encoding.UTF8.GetBytes(text));

    public Task SendAsync(byte[] data) => SendFrameAsync(RawFrame.BinaryOpcode, data);

    public Task SendCloseAsync(int code)
    {
        var payload = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        return SendFrameAsync(RawFrame.CloseOpcode, payload);
    }

    /// <summary>Sends one frame, masked as a client's has to be.</summary>
    public async Task SendFrameAsync(int opcode, byte[] payload, bool final = true)
    {
        var frame = new MemoryStream();
        frame.WriteByte((byte)((final ? 0x80 : 0) | opcode));
        if (payload.Length < 126)
        {
            frame.WriteByte((byte)(0x80 | payload.Length));
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame.Write([0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length]);
        }
        else
        {
            var length = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(length, payload.Length);
            frame.Write([0x80 | 127, .. length]);
        }

        var mask = RandomNumberGenerator.GetBytes(4);
        frame.Write(mask);
        frame.Write([.. payload.Select((b, i) => (byte)(b ^ mask[i % 4]))]);
        await _stream.WriteAsync(frame.ToArray());
    }

    public async Task<RawFrame> ReceiveAsync()
    {
        var head = await ReadAsync(2);
        Assert.Equal(0, head[1] & 0x80);
        long length = head[1] & 0x7f;
        length = length switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2)),
            127 => BinaryPrimitives.ReadInt64BigEndian(await ReadAsync(8)),
            _ => length,
        };
        return new RawFrame(head[0] & 0x0f, await ReadAsync((int)length));
    }

    public async Task<string> ReceiveTextAsync()
    {
        var frame = await ReceiveAsync();
        Assert.True(frame.Opcode == RawFrame.TextOpcode, $"A frame {frame.Opcode} \"{frame.Text}\" came instead of text.");
        return frame.Text;
    }

    public async Task<byte[]> ReceiveBinaryAsync()
    {
        var frame = await ReceiveAsync();
        Assert.Equal(RawFrame.BinaryOpcode, frame.Opcode);
        return frame.Payload;
    }

    /// <summary>Expects the close frame, answers it, and expects the end of the connection; gives the frame's code.</summary>
    public async Task<int> ExpectCloseAsync()
    {
        var frame = await ReceiveAsync();
        Assert.True(frame.Opcode == RawFrame.CloseOpcode, $"A frame {frame.Opcode} \"{frame.Text}\" came instead of the close frame.");
        await SendFrameAsync(RawFrame.CloseOpcode, frame.Payload);
        await ExpectEndAsync();
        return frame.CloseCode;
    }

    public async Task ExpectEndAsync() => Assert.Equal(0, await _stream.ReadAsync(new byte[1]).AsTask().Soon());

    /// <summary>Cuts the connection without a word.</summary>
    public void Cut() => _tcp.Close();

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        return default;
    }

    private static async Task<(TcpClient Tcp, RawResponse Response)> HandshakeAsync(Uri server, string method, string pathAndQuery, string[] headers)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(server.Host, server.Port).Soon();
        var lines = new List<string>
        {
            $"{method} {pathAndQuery} HTTP/1.1",
            $"Host: {server.Authority}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            $"Sec-WebSocket-Key: {Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))}",
        };
        // A header that the test gives stands in for ours.
        lines.RemoveAll(line => headers.Any(own => own.StartsWith(line.Split(':')[0] + ":", StringComparison.OrdinalIgnoreCase)));
        await tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(string.Join("\r\n", [.. lines, .. headers, "", ""])));
        return (tcp, await ReadHeadAsync(tcp.GetStream()));
    }

    private static async Task<RawResponse> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            Assert.True(await stream.ReadAsync(one).AsTask().Soon() == 1, $"The connection ended within the answer's head: {head}");
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new RawResponse(
            lines[0],
            lines[1..].Select(static line => line.Split(": ", 2)).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.OrdinalIgnoreCase),
            "");
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes).AsTask().Soon();
        return bytes;
    }
}
