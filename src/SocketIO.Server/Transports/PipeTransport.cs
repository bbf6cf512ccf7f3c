// What all transports over a pair of byte streams share: one flush at a time, an orderly end, and reading in batches.
using System.Buffers;
using System.IO.Pipelines;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// A transport over a pipe. All messages of a read are handled at once and answered with one flush; while a flush is under way, what
/// is sent waits in the session's queue and leaves with the next one.
/// </summary>
internal abstract class PipeTransport : Transport, IDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly EngineConnection _connection;
    private readonly IDuplexPipe _pipe;
    private bool _flushing;
    private bool _closing;
    private bool _closeSent;
    private bool _ended;
    private bool _inBatch;
    private bool _stopped;
    private int _notified;
    private Action? _onClosed;
    private CallbackTimer? _closeTimer;
    private TaskCompletionSource? _lastFlush;

    protected PipeTransport(EngineConnection connection, IDuplexPipe pipe, EngineCodec codec)
        : base(codec)
    {
        _connection = connection;
        _pipe = pipe;
    }

    public sealed override bool CanWrite => !_flushing && !_closeSent && !_ended;

    protected EngineConnection Connection => _connection;

    protected PipeWriter Output => _pipe.Output;

    protected PipeReader Input => _pipe.Input;

    protected bool IsClosing => _closing;

    /// <summary>What a broken connection throws, by whichever carrier.</summary>
    public static bool IsConnectionFault(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException
            or System.Net.Sockets.SocketException or System.Net.WebSockets.WebSocketException
            or Microsoft.AspNetCore.Connections.ConnectionAbortedException or Microsoft.AspNetCore.Connections.ConnectionResetException;

    public sealed override void Flush()
    {
        while (true)
        {
            var closes = false;
            bool flushes;
            lock (_connection.Gate)
            {
                if (_flushing || _ended)
                {
                    return;
                }

                if (!_closeSent)
                {
                    WriteOwed();
                    _connection.DrainTo(this);
                    if (_closing && !IsAwaited)
                    {
                        closes = _closeSent = true;
                        WriteClose();
                        if (_onClosed is not null)
                        {
                            // However soon the client answers: it is the server who has closed.
                            Volatile.Write(ref _notified, 1);
                        }
                    }
                }

                flushes = Unflushed > 0;
                if (!flushes && !closes)
                {
                    return;
                }

                _flushing = flushes;
                Unflushed = 0;
            }

            if (!flushes)
            {
                EndClose();
                OnCloseSent();
                return;
            }

            _connection.Engine.RaiseFlush(_connection);
            ValueTask<FlushResult> flush;
            try
            {
                flush = Output.FlushAsync();
            }
            catch (Exception e)
            {
                OnOutputFault(e);
                return;
            }

            _connection.Engine.RaiseDrain(_connection);
            if (closes)
            {
                EndClose();
            }

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

    /// <summary>Says that the handshake's answer is in the pipe still. To be called before the transport is used.</summary>
    public void OweHandshake() => Unflushed++;

    public sealed override void Close(Action? onClosed)
    {
        BeginClose(onClosed);
        Flush();
    }

    /// <summary>Reads until the connection has ended. The pipe is completed when this returns.</summary>
    public async Task RunAsync()
    {
        var reason = CloseReasons.TransportClose;
        string? fault = null;
        try
        {
            while (true)
            {
                var result = await _pipe.Input.ReadAsync().ConfigureAwait(false);
                var buffer = result.Buffer;
                bool more;
                try
                {
                    more = ReadBatch(ref buffer);
                }
                finally
                {
                    // What is left over when reading stops is there at once when it goes on.
                    _pipe.Input.AdvanceTo(buffer.Start, _stopped ? buffer.Start : buffer.End);
                }

                if (!more || result.IsCanceled || (result.IsCompleted && !_stopped))
                {
                    break;
                }

                if (_stopped)
                {
                    _stopped = false;
                    await _connection.WhenReadingAsync().ConfigureAwait(false);
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

        var lastFlush = End();
        try
        {
            // A close of the server's own that found no way out.
            EndClose();
            Notify(reason, fault);
        }
        finally
        {
            Dispose();
            await CompleteAsync(lastFlush).ConfigureAwait(false);
        }
    }

    /// <summary>Gives the reader's buffers back, when reading has ended.</summary>
    public abstract void Dispose();

    /// <summary>
    /// Handles the messages that are there; <see langword="false"/>: there is nothing more to read. Before each message it calls <see cref="StopsReading"/>,
    /// after it <see cref="EnterBatch"/>.
    /// </summary>
    protected abstract bool ReadMessages(ref ReadOnlySequence<byte> buffer);

    /// <summary>Whether the next message is left in the buffer, because the session wants none for now.</summary>
    protected bool StopsReading()
    {
        _stopped = _connection.IsReadingPaused && ReferenceEquals(Listener, _connection);
        return _stopped;
    }

    /// <summary>The same once the transport is closing: messages count no more.</summary>
    protected abstract bool Skip(ref ReadOnlySequence<byte> buffer);

    /// <summary>Writes what tells the client of the end, where the transport has a word for it. The caller holds the gate.</summary>
    protected abstract void WriteClose();

    /// <summary>Writes what the protocol owes the client and could not be written when it was due. The caller holds the gate.</summary>
    protected virtual void WriteOwed()
    {
    }

    /// <summary>All has been sent that ever will be.</summary>
    protected virtual void OnCloseSent()
    {
    }

    /// <summary>Makes what arrives part of a run of the session's, as soon as the transport is the session's own. False: it cannot be, and the transport is closing.</summary>
    protected bool EnterBatch()
    {
        if (_inBatch || !ReferenceEquals(Listener, _connection))
        {
            return true;
        }

        _inBatch = _connection.BeginBatch();
        if (!_inBatch)
        {
            Fail(CloseReasons.TransportError, "the previous transport is still delivering");
        }

        return _inBatch;
    }

    /// <summary>Ends the transport for a reason that lies with the client.</summary>
    protected void Fail(string reason, string? detail)
    {
        BeginClose(null);
        Notify(reason, detail);
        Flush();
    }

    protected void Notify(string reason, string? detail)
    {
        if (Interlocked.Exchange(ref _notified, 1) == 0)
        {
            Listener?.OnClosed(this, reason, detail);
        }
    }

    // What waits in the session's queue leaves before the end; on a transport that is only being probed nothing waits.
    private bool IsAwaited => _connection.HasQueued && ReferenceEquals(_connection.CurrentTransport, this);

    private bool ReadBatch(ref ReadOnlySequence<byte> buffer)
    {
        if (_closing)
        {
            return Skip(ref buffer);
        }

        if (!EnterBatch())
        {
            return true;
        }

        try
        {
            return ReadMessages(ref buffer);
        }
        finally
        {
            if (_inBatch)
            {
                _inBatch = false;
                _connection.EndBatch();
            }
        }
    }

    private void BeginClose(Action? onClosed)
    {
        lock (_connection.Gate)
        {
            if (_closing || _ended)
            {
                return;
            }

            _closing = true;
            _onClosed = onClosed;
            StartCloseTimer();
        }
    }

    private void EndClose() => Interlocked.Exchange(ref _onClosed, null)?.Invoke();

    private void StartCloseTimer()
    {
        if (_closeTimer is null)
        {
            _closeTimer = new CallbackTimer(Abort);
            var engine = _connection.Engine;
            engine.Timers.Schedule(_closeTimer, engine.IsClosing ? engine.Options.ShutdownTimeout : CloseTimeout);
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
        catch (Exception e)
        {
            OnOutputFault(e);
        }
    }

    private bool AfterFlush(FlushResult result)
    {
        if (EndFlush())
        {
            OnCloseSent();
        }

        if (result.IsCompleted || result.IsCanceled)
        {
            Notify(CloseReasons.TransportClose, null);
            return false;
        }

        return true;
    }

    // Whatever it is: a flush that never ends would keep the connection for good.
    private void OnOutputFault(Exception e)
    {
        if (!IsConnectionFault(e))
        {
            _connection.Engine.LogFailure(e, _connection.Id);
        }

        EndFlush();
        Notify(CloseReasons.TransportClose, e.Message);
        EndClose();
        Abort();
    }

    // True: it was the last one.
    private bool EndFlush()
    {
        lock (_connection.Gate)
        {
            _flushing = false;
            _lastFlush?.TrySetResult();
            return _closeSent;
        }
    }

    private Task End()
    {
        lock (_connection.Gate)
        {
            _ended = true;
            if (!_flushing)
            {
                return Task.CompletedTask;
            }

            // The output must not be completed under the hands of a flush.
            StartCloseTimer();
            _lastFlush = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _lastFlush.Task;
        }
    }

    private async Task CompleteAsync(Task lastFlush)
    {
        await lastFlush.ConfigureAwait(false);
        if (_closeTimer is { } timer)
        {
            _connection.Engine.Timers.Cancel(timer);
        }

        try
        {
            await _pipe.Output.CompleteAsync().ConfigureAwait(false);
            await _pipe.Input.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsConnectionFault(e))
        {
            Abort();
        }
    }
}
