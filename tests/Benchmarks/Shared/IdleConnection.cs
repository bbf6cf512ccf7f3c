using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Benchmarks;

/// <summary>A WebSocket client that joins the main namespace and then only answers pings.</summary>
internal sealed class IdleConnection
{
    private const string EndOfHeaders = "\r\n\r\n";

    private static readonly byte[] Join = Frame("40");
    private static readonly byte[] Pong = Frame("3");

    private readonly Socket _socket;
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pings;
    private volatile bool _isOpen = true;

    private IdleConnection(Socket socket) => _socket = socket;

    /// <summary>How many pings of the server it has answered.</summary>
    public int Pings => Volatile.Read(ref _pings);

    public bool IsOpen => _isOpen;

    /// <summary>Connects from an address of its own and waits until the namespace is joined.</summary>
    public static async Task<IdleConnection> OpenAsync(IPAddress source, IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(source, 0));
        await socket.ConnectAsync(server);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
        var connection = new IdleConnection(socket);
        _ = connection.RunAsync();
        await connection._joined.Task;
        return connection;
    }

    private static byte[] Frame(string packet)
    {
        // Masked with zero: the payload stays as it is.
        var frame = new byte[WebSocketFrame.MaxHeaderLength + 4 + packet.Length];
        var header = WebSocketFrame.WriteMaskedHeader(frame, WebSocketOpcode.Text, packet.Length, 0);
        return frame[..(header + Encoding.ASCII.GetBytes(packet, frame.AsSpan(header)))];
    }

    private async Task RunAsync()
    {
        using var reader = new WebSocketMessageReader(1_000_000, masked: false);
        await using var stream = new NetworkStream(_socket, ownsSocket: true);
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 512, minimumReadSize: 128, useZeroByteReads: true));
        try
        {
            await ReadHeadersAsync(input);
            ReadResult result;
            do
            {
                result = await input.ReadAsync();
                var buffer = result.Buffer;
                while (reader.TryRead(ref buffer, out var message) && !message.Payload.IsEmpty)
                {
                    var type = message.Payload.Span[0];
                    var isConnect = message.Payload.Span.StartsWith("40"u8);
                    if (type == '0')
                    {
                        await stream.WriteAsync(Join);
                    }
                    else if (isConnect)
                    {
                        _joined.TrySetResult();
                    }
                    else if (type == '2')
                    {
                        Interlocked.Increment(ref _pings);
                        await stream.WriteAsync(Pong);
                    }
                }

                input.AdvanceTo(buffer.Start, buffer.End);
            }
            while (!result.IsCompleted);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            _joined.TrySetException(e);
        }

        _isOpen = false;
        _joined.TrySetException(new IOException("The server has closed the connection."));
    }

    private static async Task ReadHeadersAsync(PipeReader input)
    {
        while (true)
        {
            var result = await input.ReadAsync();
            var text = Encoding.ASCII.GetString(result.Buffer);
            var end = text.IndexOf(EndOfHeaders, StringComparison.Ordinal);
            if (end >= 0)
            {
                input.AdvanceTo(result.Buffer.GetPosition(end + EndOfHeaders.Length));
                if (!text.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
                {
                    throw new IOException("The server has refused the connection: " + text[..end]);
                }

                return;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                throw new IOException("The server has closed the connection in the handshake.");
            }
        }
    }
}
