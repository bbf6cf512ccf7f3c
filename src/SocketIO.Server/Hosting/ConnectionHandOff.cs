// A WebSocket connection needs nothing of HTTP once it is upgraded. This middleware sits below Kestrel's HTTP and goes on with
// the raw pipe after the request has ended, so that the HTTP objects of an idle connection can be collected (about 4 KiB each).
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SocketIO.Server;

/// <summary>Lets an endpoint take the connection's pipe out of the hands of the HTTP server.</summary>
internal sealed class ConnectionHandOff
{
    private readonly ConnectionContext _connection;
    private readonly IDuplexPipe _raw;
    private readonly HandedPipe _wrapper;
    private readonly HeartbeatRelay? _heartbeat;
    private Func<IDuplexPipe, Task>? _next;

    private ConnectionHandOff(ConnectionContext connection)
    {
        _connection = connection;
        _raw = connection.Transport;
        _wrapper = new HandedPipe(_raw);
        connection.Transport = _wrapper;
        if (connection.Features.Get<IConnectionHeartbeatFeature>() is { } heartbeat)
        {
            // The HTTP connection asks for heartbeats and would stay reachable through them.
            _heartbeat = new HeartbeatRelay(heartbeat);
            connection.Features.Set<IConnectionHeartbeatFeature>(_heartbeat);
        }

        connection.Features.Set(this);
    }

    /// <summary>The hand-off of the connection that carries a request, if it can be taken: plain HTTP/1.1, nothing between it and the transport.</summary>
    public static ConnectionHandOff? Of(HttpContext context) =>
        Microsoft.AspNetCore.Http.HttpProtocol.IsHttp11(context.Request.Protocol)
            && context.Features.Get<ConnectionHandOff>() is { } handOff
            && ReferenceEquals(context.Features.Get<IConnectionTransportFeature>()?.Transport, handOff._wrapper)
            ? handOff
            : null;

    /// <summary>The connection middleware.</summary>
    public static async Task RunAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        var handOff = new ConnectionHandOff(connection);
        await next(connection).ConfigureAwait(false);
        if (handOff._next is { } taken)
        {
            handOff._next = null;
            await taken(handOff._raw).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the connection over; <paramref name="next"/> runs once the request has ended.</summary>
    public void Take(Func<IDuplexPipe, Task> next)
    {
        _next = next;
        _wrapper.Detach();
        _heartbeat?.Clear();
    }

    public void Abort() => _connection.Abort();

    /// <summary>The connection's pipe as HTTP sees it; once detached, HTTP's completing of it no longer reaches the pipe.</summary>
    private sealed class HandedPipe(IDuplexPipe inner) : IDuplexPipe
    {
        private readonly Reader _input = new(inner.Input);
        private readonly Writer _output = new(inner.Output);

        public PipeReader Input => _input;

        public PipeWriter Output => _output;

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

            public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

            public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
                inner.WriteAsync(source, cancellationToken);

            public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

            public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);
        }
    }

    private sealed class HeartbeatRelay : IConnectionHeartbeatFeature
    {
        private readonly Lock _gate = new();
        private List<(Action<object> Action, object State)>? _callbacks = [];

        public HeartbeatRelay(IConnectionHeartbeatFeature inner) => inner.OnHeartbeat(static state => ((HeartbeatRelay)state).Beat(), this);

        public void OnHeartbeat(Action<object> action, object state)
        {
            lock (_gate)
            {
                _callbacks?.Add((action, state));
            }
        }

        public void Clear()
        {
            lock (_gate)
            {
                _callbacks = null;
            }
        }

        private void Beat()
        {
            (Action<object> Action, object State)[] callbacks;
            lock (_gate)
            {
                if (_callbacks is null)
                {
                    return;
                }

                callbacks = [.. _callbacks];
            }

            foreach (var (action, state) in callbacks)
            {
                action(state);
            }
        }
    }
}
