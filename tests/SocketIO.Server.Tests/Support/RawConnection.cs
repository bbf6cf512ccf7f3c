using System.Net.Sockets;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>A TCP connection to a node, for bytes that no well-behaved client would send.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly System.Net.Sockets.Socket _socket;

    private RawConnection(System.Net.Sockets.Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var socket = new System.Net.Sockets.Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        return new RawConnection(socket);
    }

    /// <summary>Opens a WebSocket; what comes after the response's headers is left to be read.</summary>
    public static async Task<RawConnection> OpenWebSocketAsync(Uri address, string path = "/socket.io/", string query = "", string headers = "")
    {
        var connection = await OpenAsync(address);
        await connection.SendAsync(UpgradeRequest(path, query, headers));
        Assert.StartsWith("HTTP/1.1 101", await connection.ReceiveHeadersAsync(), StringComparison.Ordinal);
        return connection;
    }

    public static byte[] UpgradeRequest(string path, string query, string headers = "", int eio = 4) => Encoding.ASCII.GetBytes(
        $"GET {path}?EIO={eio}&transport=websocket{query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n");

    /// <summary>A masked frame, final unless said otherwise.</summary>
    public static byte[] Frame(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, uint mask = 0x01020304, bool isFinal = true)
    {
        var frame = new byte[WebSocketFrame.MaxHeaderLength + 4 + payload.Length];
        // A long control frame is one of the things that must not be sent.
        var header = WebSocketFrame.WriteMaskedHeader(frame, WebSocketOpcode.Binary, payload.Length, mask);
        frame[0] = (byte)((isFinal ? 0x80 : 0) | (byte)opcode);
        payload.CopyTo(frame.AsSpan(header));
        WebSocketFrame.Mask(frame.AsSpan(header, payload.Length), mask);
        return frame[..(header + payload.Length)];
    }

    public static byte[] Text(string packet) => Frame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(packet));

    /// <summary>Sends as much as the server takes; false: it has closed the connection.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Reads what there is; 0: the server has closed the connection.</summary>
    public async Task<int> ReceiveAsync(Memory<byte> buffer)
    {
        try
        {
            return await Patience.Within(_socket.ReceiveAsync(buffer).AsTask());
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <summary>Reads what there is, as text with frame headers and all.</summary>
    public async Task<string> ReceiveTextAsync()
    {
        var buffer = new byte[1024];
        return Encoding.Latin1.GetString(buffer, 0, await ReceiveAsync(buffer));
    }

    /// <summary>Reads one response with a declared length, or as far as the connection goes.</summary>
    public async Task<string> ReceiveResponseAsync()
    {
        var headers = await ReceiveHeadersAsync();
        const string Name = "Content-Length: ";
        var at = headers.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return headers;
        }

        at += Name.Length;
        var length = int.Parse(headers.AsSpan(at, headers.IndexOf('\r', at) - at), System.Globalization.CultureInfo.InvariantCulture);
        var body = new byte[length];
        var received = 0;
        while (received < length && await ReceiveAsync(body.AsMemory(received)) is > 0 and var read)
        {
            received += read;
        }

        return headers + Encoding.UTF8.GetString(body, 0, received);
    }

    /// <summary>Says that nothing more is sent, and waits until the server has closed the connection as well.</summary>
    public async Task FinishAsync()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server was faster.
        }

        await DrainAsync();
    }

    /// <summary>Waits until the server closes the connection; counts what it sends until then.</summary>
    public async Task<long> DrainAsync()
    {
        var buffer = new byte[16 * 1024];
        var received = 0L;
        while (await ReceiveAsync(buffer) is > 0 and var read)
        {
            received += read;
        }

        return received;
    }

    /// <summary>Makes the operating system take little on its own, so that what is not read stays with the server.</summary>
    public void ShrinkReceiveBuffer() => _socket.ReceiveBufferSize = 4096;

    public void Dispose() => _socket.Dispose();

    private async Task<string> ReceiveHeadersAsync()
    {
        var headers = new StringBuilder();
        var one = new byte[1];
        while (!headers.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await ReceiveAsync(one) > 0)
        {
            headers.Append((char)one[0]);
        }

        return headers.ToString();
    }
}
