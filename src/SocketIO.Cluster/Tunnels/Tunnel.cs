// A WebSocket that one gateway carries and another one's session uses: the bytes of RFC 6455 as they are, so that nothing has to know of it above or below.
using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>One end of a tunnel: at the edge it serves the client's connection, at the owner it carries a transport.</summary>
/// <param name="host">The tunnels of this gateway, whose gate guards this one.</param>
/// <param name="id">Its name.</param>
/// <param name="peer">The gateway at the other end.</param>
/// <param name="windowBytes">The most bytes that may lie here unread.</param>
internal sealed class Tunnel(TunnelTable host, TunnelId id, GatewayId peer, int windowBytes) : IRelayedWebSocket
{
    // The window bounds it, so that it is never full.
    private readonly Pipe _inbound = new(new PipeOptions(
        readerScheduler: PipeScheduler.ThreadPool,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 0,
        useSynchronizationContext: false));

    private TaskCompletionSource? _waiting;
    private WebSocketCarrier? _carrier;
    private bool _hasEnded;

    public TunnelId Id { get; } = id;

    /// <inheritdoc/>
    public string? Extension { get; init; }

    /// <summary>The gateway at the other end.</summary>
    public GatewayId Peer { get; } = peer;

    /// <summary>Whether this is the client's end.</summary>
    public bool IsEdge => Id.Edge != Peer;

    public TunnelWindow Window { get; } = new(windowBytes);

    /// <summary>When the other end was last heard of.</summary>
    public TimeSpan HeardAt { get; set; }

    /// <summary>Whether nothing more is to be sent.</summary>
    public bool IsOver { get; private set; }

    /// <inheritdoc/>
    public async Task RunAsync(WebSocketCarrier carrier)
    {
        host.Do(() => _carrier = carrier);
        var sending = SendAllAsync(carrier.Pipe.Input);
        await ReceiveAllAsync(carrier.Pipe.Output).ConfigureAwait(false);
        // The owner is done, or nobody hears it any more.
        host.Leave(this);
        carrier.Pipe.Input.CancelPendingRead();
        await sending.ConfigureAwait(false);
        try
        {
            await carrier.Pipe.Output.CompleteAsync().ConfigureAwait(false);
            await carrier.Pipe.Input.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            carrier.Abort();
        }

        await _inbound.Reader.CompleteAsync().ConfigureAwait(false);
        host.Do(() => _carrier = null);
    }

    /// <inheritdoc/>
    public void Close() => host.Leave(this);

    /// <summary>Makes the owner's end a carrier of a transport.</summary>
    public WebSocketCarrier CreateCarrier()
    {
        // A flush is complete when all of it was sent: what the other end has no room for waits in the session's queue, and in its bound.
        var outbound = new Pipe(new PipeOptions(
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: 1,
            resumeWriterThreshold: 1,
            useSynchronizationContext: false));
        _ = SendAsOwnerAsync(outbound.Reader);
        return new Carrier(this, host, new DuplexPipe(new TunnelReader(_inbound.Reader, this, host), outbound.Writer));
    }

    /// <summary>A message of the other end. The gate is held.</summary>
    public void Receive(in TunnelMessage message)
    {
        switch (message.Kind)
        {
            case TunnelMessageKind.Data when !_hasEnded && Window.OnReceived((int)message.Bytes.Length):
                foreach (var segment in message.Bytes)
                {
                    _inbound.Writer.Write(segment.Span);
                }

                var flush = _inbound.Writer.FlushAsync();
                Debug.Assert(flush.IsCompleted, "A pipe that is never full made its writer wait.");
                break;
            case TunnelMessageKind.Data:
                host.Abort(this, "the other gateway has sent more than there was room for");
                break;
            case TunnelMessageKind.Credit:
                Window.OnCredit(message.Credit);
                GoOn();
                break;
            case TunnelMessageKind.End:
                _hasEnded = true;
                _inbound.Writer.Complete();
                if (IsEdge)
                {
                    IsOver = true;
                    GoOn();
                }

                break;
            default:
                host.Cut(this, "the other gateway has lost the connection");
                break;
        }
    }

    /// <summary>Sends no more, and lets what has arrived be read to its end. The gate is held.</summary>
    public void End()
    {
        IsOver = true;
        _inbound.Writer.Complete();
        GoOn();
    }

    /// <summary>Ends at once. The gate is held.</summary>
    public void Cut(string why)
    {
        IsOver = true;
        _inbound.Writer.Complete(new IOException(why));
        GoOn();
        if (_carrier is { } carrier)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static carrier => carrier.Abort(), carrier, preferLocal: false);
        }
    }

    /// <summary>Lets the sender try again. The gate is held.</summary>
    public void GoOn()
    {
        _waiting?.SetResult();
        _waiting = null;
    }

    /// <summary>Completes when the sender should try again. The gate is held.</summary>
    public Task WaitAsync() => (_waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private async Task SendAsOwnerAsync(PipeReader source)
    {
        await SendAllAsync(source).ConfigureAwait(false);
        await source.CompleteAsync().ConfigureAwait(false);
    }

    private async Task SendAllAsync(PipeReader source)
    {
        try
        {
            while (true)
            {
                var result = await source.ReadAsync().ConfigureAwait(false);
                var rest = result.Buffer;
                while (!rest.IsEmpty)
                {
                    var mayGoOn = host.Send(this, rest, out var sent);
                    rest = rest.Slice(sent);
                    await mayGoOn.ConfigureAwait(false);
                }

                source.AdvanceTo(rest.End);
                if (result.IsCompleted || result.IsCanceled)
                {
                    host.SendEnd(this);
                    return;
                }
            }
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            host.Abort(this, e.Message);
        }
    }

    private async Task ReceiveAllAsync(PipeWriter output)
    {
        var input = new TunnelReader(_inbound.Reader, this, host);
        try
        {
            // The handshake's answer may be in it still.
            await output.FlushAsync().ConfigureAwait(false);
            while (true)
            {
                var result = await input.ReadAsync().ConfigureAwait(false);
                foreach (var segment in result.Buffer)
                {
                    output.Write(segment.Span);
                }

                var flush = await output.FlushAsync().ConfigureAwait(false);
                input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted || flush.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (PipeTransport.IsConnectionFault(e))
        {
            host.Abort(this, e.Message);
        }
    }

    private sealed class Carrier(Tunnel tunnel, TunnelTable host, IDuplexPipe pipe) : WebSocketCarrier(pipe)
    {
        public override void Abort() => host.Abort(tunnel, "the connection was cut");
    }
}
