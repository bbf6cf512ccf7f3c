// The ways to get RFC 6455 bytes in and out of a request. Above this, all WebSockets are alike.
using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>A duplex pipe of WebSocket frames and the means to cut it.</summary>
internal abstract class WebSocketCarrier(IDuplexPipe pipe)
{
    public IDuplexPipe Pipe { get; } = pipe;

    public abstract void Abort();

    /// <summary>The request that carried the frames is about to end: nothing of it may be touched any more.</summary>
    public virtual void Release()
    {
    }
}

/// <summary>Over the stream that HTTP/1.1 gives after 101, or HTTP/2 after an extended CONNECT.</summary>
internal sealed class StreamCarrier(Stream stream, HttpContext context) : WebSocketCarrier(new DuplexPipe(
    // Zero-byte reads: an idle connection holds no buffer.
    PipeReader.Create(stream, new StreamPipeReaderOptions(useZeroByteReads: true, leaveOpen: true)),
    PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true))))
{
    private readonly Lock _gate = new();
    private HttpContext? _context = context;

    public override void Abort()
    {
        // The host uses the context again, for somebody else's request.
        lock (_gate)
        {
            _context?.Abort();
        }
    }

    public override void Release()
    {
        lock (_gate)
        {
            _context = null;
        }
    }
}

/// <summary>Over a WebSocket of the host's own, where it offers nothing lower (the in-memory test server, for one).</summary>
internal sealed class ManagedWebSocketCarrier(WebSocket socket) : WebSocketCarrier(new ManagedWebSocketPipe(socket))
{
    public override void Abort() => socket.Abort();
}

internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = input;

    public PipeWriter Output { get; } = output;
}

/// <summary>Presents a <see cref="WebSocket"/> as a pipe of frames: messages are framed on their way in and unframed on their way out.</summary>
internal sealed class ManagedWebSocketPipe : IDuplexPipe
{
    private readonly WebSocket _socket;
    private readonly Pipe _in = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe _out = new(new PipeOptions(useSynchronizationContext: false));

    public ManagedWebSocketPipe(WebSocket socket)
    {
        _socket = socket;
        _ = ReceiveAsync();
        _ = SendAsync();
    }

    public PipeReader Input => _in.Reader;

    public PipeWriter Output => _out.Writer;

    private async Task ReceiveAsync()
    {
        var message = new ArrayBufferWriter<byte>(4096);
        try
        {
            while (true)
            {
                var result = await _socket.ReceiveAsync(message.GetMemory(4096), CancellationToken.None).ConfigureAwait(false);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    WriteFrame(WebSocketOpcode.Close, default);
                    await _in.Writer.FlushAsync().ConfigureAwait(false);
                    break;
                }

                message.Advance(result.Count);
                if (!result.EndOfMessage)
                {
                    continue;
                }

                WriteFrame(result.MessageType == WebSocketMessageType.Text ? WebSocketOpcode.Text : WebSocketOpcode.Binary, message.WrittenSpan);
                message.ResetWrittenCount();
                if ((await _in.Writer.FlushAsync().ConfigureAwait(false)).IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The end of the input tells the transport.
        }

        await _in.Writer.CompleteAsync().ConfigureAwait(false);
    }

    private void WriteFrame(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        // Masked with zero, as a client's frame has to be.
        var header = _in.Writer.GetSpan(WebSocketFrame.MaxHeaderLength + 4);
        _in.Writer.Advance(WebSocketFrame.WriteMaskedHeader(header, opcode, payload.Length, 0));
        _in.Writer.Write(payload);
    }

    private async Task SendAsync()
    {
        using var reader = new WebSocketMessageReader(Array.MaxLength, masked: false);
        try
        {
            while (true)
            {
                var result = await _out.Reader.ReadAsync().ConfigureAwait(false);
                var buffer = result.Buffer;
                while (reader.TryRead(ref buffer, out var message))
                {
                    if (message.Opcode == WebSocketOpcode.Close)
                    {
                        var status = message.Payload.Length >= 2
                            ? (WebSocketCloseStatus)(message.Payload.Span[0] << 8 | message.Payload.Span[1])
                            : WebSocketCloseStatus.Empty;
                        await _socket.CloseOutputAsync(status, null, CancellationToken.None).ConfigureAwait(false);
                    }
                    else if (message.Opcode is WebSocketOpcode.Text or WebSocketOpcode.Binary)
                    {
                        var type = message.Opcode == WebSocketOpcode.Text ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
                        await _socket.SendAsync(message.Payload, type, true, CancellationToken.None).ConfigureAwait(false);
                    }
                }

                _out.Reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The completed reader makes the transport's next flush report it.
        }

        await _out.Reader.CompleteAsync().ConfigureAwait(false);
        _socket.Dispose();
    }
}
