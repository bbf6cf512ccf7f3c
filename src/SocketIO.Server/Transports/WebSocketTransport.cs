// The WebSocket transport: RFC 6455 bytes over a pipe, whatever carries it.
using System.Buffers;
using System.IO.Pipelines;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// One client's WebSocket. All frames of a read are handled at once and answered with one flush; while a flush is under way, what
/// is sent waits in the session's queue and leaves with the next one.
/// </summary>
internal sealed class WebSocketTransport : Transport
{
    private const int FlushAbove = 32 * 1024;
    private static readonly TimeSpan CloseHandshakeTimeout = TimeSpan.FromSeconds(5);

    private readonly EngineConnection _connection;
    private readonly WebSocketCarrier _carrier;
    private readonly PipeWriter _output;
    private readonly bool _deflate;
    private readonly int _deflateThreshold;
    private int _unflushed;
    private bool _flushing;
    private bool _closing;
    private bool _discarding;
    private ushort _closeCode;
    private Action? _onClosed;
    private bool _closeSent;
    private bool _ended;
    private int _notified;
    private CallbackTimer? _closeTimer;

    public WebSocketTransport(EngineConnection connection, WebSocketCarrier carrier, bool deflate)
        : base(connection.Codec)
    {
        _connection = connection;
        _carrier = carrier;
        _output = carrier.Pipe.Output;
        _deflate = deflate;
        _deflateThreshold = connection.Engine.Options.PerMessageDeflate?.Threshold ?? int.MaxValue;
    }

    public override string Name => TransportNames.WebSocket;

    public override bool CanWrite => !_flushing && !_closeSent && !_ended;

    /// <summary>Whether so much is written that it should leave even in the middle of a batch.</summary>
    public bool HasMuchToFlush => _unflushed > FlushAbove;

    public override bool TryWrite(in EnginePacket packet, bool compress)
    {
        if (!CanWrite || HasMuchToFlush)
        {
            return false;
        }

        FrameWriter.Write(_output, Codec, packet, _deflate && compress, _deflateThreshold);
        _unflushed += packet.Data.Length + WebSocketFrame.MaxHeaderLength;
        return true;
    }

    public override bool TryWrite(EncodedMessage message)
    {
        if (!CanWrite || HasMuchToFlush)
        {
            return false;
        }

        var frames = message.GetFrames(Codec, _deflate, _deflateThreshold);
        _output.Write(frames);
        _unflushed += frames.Length;
        return true;
    }

    public override void Flush()
    {
        while (true)
        {
            Action? onClosed = null;
            lock (_connection.Gate)
            {
                if (_flushing || _ended)
                {
                    return;
                }

                if (!_closeSent)
                {
                    _connection.DrainTo(this);
                    if (_closing && !_connection.HasQueued)
                    {
                        WriteClose();
                        onClosed = _onClosed;
                        _onClosed = null;
                    }
                }

                if (_unflushed == 0)
                {
                    return;
                }

                _flushing = true;
                _unflushed = 0;
            }

            _connection.Engine.RaiseFlush(_connection);
            ValueTask<FlushResult> flush;
            try
            {
                flush = _output.FlushAsync();
            }
            catch (Exception e) when (IsConnectionFault(e))
            {
                OnOutputFault(e);
                return;
            }

            _connection.Engine.RaiseDrain(_connection);
            onClosed?.Invoke();
            if (!flush.IsCompletedSuccessfully)
            {
                _ = AwaitFlushAsync(flush);
                return;
            }

            if (!AfterFlush(flush.Result))
            {
                return;
            }
        }
    }

    public override void Close(Action? onClosed)
    {
        BeginClose(0, onClosed);
        Flush();
    }

    public override void Abort() => _carrier.Abort();

    /// <summary>Reads until the connection has ended. The carrier's pipe is completed when this returns.</summary>
    public async Task RunAsync()
    {
        var reason = CloseReasons.TransportClose;
        string? fault = null;
        using var reader = new WebSocketMessageReader(_connection.Engine.Options.MaxHttpBufferSize, masked: true, _deflate);
        var input = _carrier.Pipe.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync().ConfigureAwait(false);
                var buffer = result.Buffer;
                bool more;
                try
                {
                    more = ReadMessages(reader, ref buffer);
                }
                finally
                {
                    input.AdvanceTo(buffer.Start, buffer.End);
                }

                if (!more || result.IsCompleted || result.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (IsConnectionFault(e))
        {
            fault = e.Message;
        }
        catch (Exception e)
        {
            reason = CloseReasons.TransportError;
            fault = e.Message;
            _connection.Engine.LogFailure(e, _connection.Id);
        }

        await EndAsync().ConfigureAwait(false);
        // A close of the server's own whose frame found no way out.
        _onClosed?.Invoke();
        Notify(reason, fault);
    }

    private bool ReadMessages(WebSocketMessageReader reader, ref ReadOnlySequence<byte> buffer)
    {
        if (_closing)
        {
            return SkipToClose(reader, ref buffer);
        }

        var session = Listener as EngineConnection;
        if (session is not null && !session.BeginBatch())
        {
            Fail(1002, CloseReasons.TransportError, "the previous transport is still delivering");
            return true;
        }

        try
        {
            while (reader.TryRead(ref buffer, out var message))
            {
                if (!OnMessage(message))
                {
                    return false;
                }

                if (_closing)
                {
                    return SkipToClose(reader, ref buffer);
                }

                if (session is null && Listener is EngineConnection upgraded)
                {
                    // The probe has succeeded: what follows belongs to the session.
                    session = upgraded;
                    if (!session.BeginBatch())
                    {
                        session = null;
                        Fail(1002, CloseReasons.TransportError, "the previous transport is still delivering");
                        return true;
                    }
                }
            }

            return true;
        }
        catch (WebSocketProtocolException e)
        {
            // What the client still sends is thrown away unread, so that it can see the close frame.
            _discarding = true;
            Fail(e.CloseCode, CloseReasons.TransportError, e.Message);
            buffer = buffer.Slice(buffer.End);
            return true;
        }
        finally
        {
            session?.EndBatch();
        }
    }

    private bool OnMessage(in WebSocketMessage message)
    {
        switch (message.Opcode)
        {
            case WebSocketOpcode.Text or WebSocketOpcode.Binary:
                EnginePacket packet;
                try
                {
                    packet = Codec.DecodeMessage(message.Payload, message.Opcode == WebSocketOpcode.Binary);
                }
                catch (EngineFormatException e)
                {
                    Fail(0, CloseReasons.ParseError, e.Message);
                    return true;
                }

                Listener?.OnPacket(this, packet);
                return true;
            case WebSocketOpcode.Ping:
                lock (_connection.Gate)
                {
                    if (CanWrite)
                    {
                        var frame = _output.GetSpan(WebSocketFrame.MaxHeaderLength + message.Payload.Length);
                        var header = WebSocketFrame.WriteHeader(frame, WebSocketOpcode.Pong, message.Payload.Length);
                        message.Payload.Span.CopyTo(frame[header..]);
                        _output.Advance(header + message.Payload.Length);
                        _unflushed += header + message.Payload.Length;
                    }
                }

                if (Listener is not EngineConnection)
                {
                    Flush();
                }

                return true;
            case WebSocketOpcode.Close:
                BeginClose(message.Payload.Length >= 2 ? (ushort)(message.Payload.Span[0] << 8 | message.Payload.Span[1]) : (ushort)0, null);
                Notify(CloseReasons.TransportClose, null);
                Flush();
                return false;
            default:
                return true;
        }
    }

    // After the end only the peer's close frame is of interest: it lets the connection end without a reset.
    private bool SkipToClose(WebSocketMessageReader reader, ref ReadOnlySequence<byte> buffer)
    {
        if (_discarding)
        {
            buffer = buffer.Slice(buffer.End);
            return true;
        }

        try
        {
            while (reader.TryRead(ref buffer, out var message))
            {
                if (message.Opcode == WebSocketOpcode.Close)
                {
                    return false;
                }
            }
        }
        catch (WebSocketProtocolException)
        {
            _discarding = true;
            buffer = buffer.Slice(buffer.End);
        }

        return true;
    }

    private void Fail(ushort code, string reason, string detail)
    {
        BeginClose(code, null);
        Notify(reason, detail);
        Flush();
    }

    private void BeginClose(ushort code, Action? onClosed)
    {
        lock (_connection.Gate)
        {
            if (_closing || _ended)
            {
                return;
            }

            _closing = true;
            _closeCode = code;
            _onClosed = onClosed;
            StartCloseTimer();
        }
    }

    private void WriteClose()
    {
        _closeSent = true;
        var frame = _output.GetSpan(WebSocketFrame.MaxHeaderLength + 2);
        var length = _closeCode == 0
            ? WebSocketFrame.WriteHeader(frame, WebSocketOpcode.Close, 0)
            : WebSocketFrame.WriteClose(frame, _closeCode, default);
        _output.Advance(length);
        _unflushed += length;
    }

    private void StartCloseTimer()
    {
        if (_closeTimer is null)
        {
            _closeTimer = new CallbackTimer(Abort);
            _connection.Engine.Timers.Schedule(_closeTimer, CloseHandshakeTimeout);
        }
    }

    private async Task AwaitFlushAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            if (AfterFlush(await flush.ConfigureAwait(false)))
            {
                Flush();
            }
        }
        catch (Exception e) when (IsConnectionFault(e))
        {
            OnOutputFault(e);
        }
    }

    private bool AfterFlush(FlushResult result)
    {
        lock (_connection.Gate)
        {
            _flushing = false;
        }

        if (result.IsCompleted || result.IsCanceled)
        {
            Notify(CloseReasons.TransportClose, null);
            return false;
        }

        return true;
    }

    private void OnOutputFault(Exception e)
    {
        lock (_connection.Gate)
        {
            _flushing = false;
        }

        Notify(CloseReasons.TransportClose, e.Message);
        _carrier.Abort();
    }

    private void Notify(string reason, string? detail)
    {
        if (Interlocked.Exchange(ref _notified, 1) == 0)
        {
            Listener?.OnClosed(this, reason, detail);
        }
    }

    private async Task EndAsync()
    {
        lock (_connection.Gate)
        {
            _ended = true;
        }

        if (_closeTimer is { } timer)
        {
            _connection.Engine.Timers.Cancel(timer);
        }

        try
        {
            await _carrier.Pipe.Output.CompleteAsync().ConfigureAwait(false);
            await _carrier.Pipe.Input.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsConnectionFault(e))
        {
            _carrier.Abort();
        }
    }

    // What a broken connection throws, by whichever carrier.
    private static bool IsConnectionFault(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException
            or System.Net.Sockets.SocketException or System.Net.WebSockets.WebSocketException
            or Microsoft.AspNetCore.Connections.ConnectionAbortedException or Microsoft.AspNetCore.Connections.ConnectionResetException;
}
