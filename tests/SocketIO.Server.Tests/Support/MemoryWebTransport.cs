using System.IO.Pipelines;
using System.Threading.Channels;

namespace SocketIO.Server.Tests;

/// <summary>A WebTransport session within the process, as the server sees it, and the client's hands on it.</summary>
public sealed class MemoryWebTransport : WebTransportSession
{
    private readonly Channel<IDuplexPipe> _streams = Channel.CreateUnbounded<IDuplexPipe>();
    private readonly List<(Pipe ToServer, Pipe ToClient)> _open = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override string? RemoteAddress => "192.0.2.7";

    /// <summary>The server has closed the session.</summary>
    public Task Closed => Patience.Within(_closed.Task);

    public bool IsClosed => _closed.Task.IsCompleted;

    /// <summary>The client opens a stream.</summary>
    public IDuplexPipe OpenStream()
    {
        var options = new PipeOptions(useSynchronizationContext: false);
        var (toServer, toClient) = (new Pipe(options), new Pipe(options));
        lock (_open)
        {
            _open.Add((toServer, toClient));
        }

        _streams.Writer.TryWrite(new DuplexPipe(toServer.Reader, toClient.Writer));
        return new DuplexPipe(toClient.Reader, toServer.Writer);
    }

    /// <summary>The client ends the session, or is gone.</summary>
    public void End(bool endsStreams = true)
    {
        _streams.Writer.TryComplete();
        if (endsStreams)
        {
            EndStreams();
        }
    }

    public override async ValueTask<IDuplexPipe?> AcceptStreamAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _streams.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    public override void Close()
    {
        if (_closed.TrySetResult())
        {
            End();
        }
    }

    // What was sent before can still be read.
    private void EndStreams()
    {
        lock (_open)
        {
            foreach (var (toServer, toClient) in _open)
            {
                toServer.Writer.Complete();
                toClient.Writer.Complete();
            }

            _open.Clear();
        }
    }
}
