// A WebSocket connection needs nothing of HTTP once it is upgraded. This middleware sits below Kestrel's HTTP and goes on with
// the raw pipe after the request has ended, so that the HTTP objects of an idle connection can be collected (about 4 KiB each).
using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SocketIO.Server;

/// <summary>Lets an endpoint take the connection's pipe out of the hands of the HTTP server; it then carries the frames.</summary>
internal sealed class ConnectionHandOff : WebSocketCarrier
{
    private readonly ConnectionContext _connection;
    private HeartbeatRelay? _heartbeat;
    private HandedPipe? _wrapper;
    private Func<WebSocketCarrier, Task>? _next;

    private ConnectionHandOff(ConnectionContext connection)
        : base(connection.Transport)
    {
        _connection = connection;
        _wrapper = new HandedPipe(this);
        connection.Transport = _wrapper;
        if (connection.Features.Get<IConnectionHeartbeatFeature>() is { } heartbeat)
        {
            // The HTTP connection asks for heartbeats and would stay reachable through them.
            _heartbeat = new HeartbeatRelay(heartbeat);
            connection.Features.Set<IConnectionHeartbeatFeature>(_heartbeat);
        }
    }

    /// <summary>The hand-off of the connection that carries a request, if it can be taken: plain HTTP/1.1, nothing between it and the transport.</summary>
    public static ConnectionHandOff? Of(HttpContext context) =>
        Microsoft.AspNetCore.Http.HttpProtocol.IsHttp11(context.Request.Protocol)
            && context.Features.Get<IConnectionTransportFeature>()?.Transport is HandedPipe wrapper
            ? wrapper.Owner
            : null;

    /// <summary>The connection middleware.</summary>
    public static Task RunAsync(ConnectionDelegate next, ConnectionContext connection) => new ConnectionHandOff(connection).RunAsync(next);

    /// <summary>Keeps what HTTP writes from now on in the pipe: the answer to the handshake leaves together with the first frames.</summary>
    public void HoldFlushes() => _wrapper!.HoldFlushes();

    /// <summary>Takes the connection over; <paramref name="next"/> runs once the request has ended.</summary>
    public void Take(Func<WebSocketCarrier, Task> next)
    {
        _next = next;
        _wrapper!.Detach();
        _heartbeat?.Clear();
    }

    public override void Abort() => _connection.Abort();

    private async Task RunAsync(ConnectionDelegate next)
    {
        await next(_connection).ConfigureAwait(false);
        if (_next is not { } taken)
        {
            return;
        }

        // From here on nothing of HTTP may be reachable.
        _connection.Transport = Pipe;
        _next = null;
        _wrapper = null;
        _heartbeat = null;
        await taken(this).ConfigureAwait(false);
    }

    /// <summary>The connection's pipe as HTTP sees it; once detached, HTTP's completing of it no longer reaches the pipe.</summary>
    private sealed class HandedPipe(ConnectionHandOff owner) : IDuplexPipe
    {
        private readonly Reader _input = new(owner.Pipe.Input);
        private readonly Writer _output = new(owner.Pipe.Output);

        public ConnectionHandOff Owner => owner;

        public PipeReader Input => _input;

        public PipeWriter Output => _output;

        public void HoldFlushes() => _output.Held = true;

        public void Detach() => _input.Detached = _output.Detached = true;

        private sealed class Reader(PipeReader inner) : PipeReader
        {
            public volatile bool Detached;

            public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

            public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

            public override void CancelPendingRead()
            {
                if (!Detached)
                {
                    inner.CancelPendingRead();
                }
            }

            public override void Complete(Exception? exception = null)
            {
                if (!Detached)
                {
                    inner.Complete(exception);
                }
            }

            public override ValueTask CompleteAsync(Exception? exception = null) => Detached ? default : inner.CompleteAsync(exception);

            public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

            public override bool TryRead(out ReadResult result) => inner.TryRead(out result);
        }

        private sealed class Writer(PipeWriter inner) : PipeWriter
        {
            public volatile bool Detached;
            public volatile bool Held;

            public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

            public override long UnflushedBytes => inner.UnflushedBytes;

            public override void Advance(int bytes) => inner.Advance(bytes);

            public override void CancelPendingFlush()
            {
                if (!Detached)
                {
                    inner.CancelPendingFlush();
                }
            }

            public override void Complete(Exception? exception = null)
            {
                if (!Detached)
                {
                    inner.Complete(exception);
                }
            }

            public override ValueTask CompleteAsync(Exception? exception = null) => Detached ? default : inner.CompleteAsync(exception);

            public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
                Held ? default : inner.FlushAsync(cancellationToken);

            public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
            {
                inner.Write(source.Span);
                return FlushAsync(cancellationToken);
            }

            public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

            public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);
        }
    }

    private sealed class HeartbeatRelay : IConnectionHeartbeatFeature
    {
        private (Action<object> Action, object State)[] _callbacks = [];

        public HeartbeatRelay(IConnectionHeartbeatFeature inner) => inner.OnHeartbeat(static state => ((HeartbeatRelay)state).Beat(), this);

        // HTTP asks once, before the request: nobody comes at the same time.
        public void OnHeartbeat(Action<object> action, object state) => _callbacks = [.. _callbacks, (action, state)];

        public void Clear() => _callbacks = [];

        private void Beat()
        {
            foreach (var (action, state) in _callbacks)
            {
                action(state);
            }
        }
    }
}
