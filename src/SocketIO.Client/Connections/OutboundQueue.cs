using System.Net.WebSockets;
using System.Threading.Channels;

namespace SocketIO.Client;

/// <summary>What waits to be sent, in order and bounded in bytes.</summary>
internal sealed class OutboundQueue(int maxBytes)
{
    // What a message costs beside its bytes.
    private const int Overhead = 64;

    // Bounded by the bytes that are counted before a message comes in.
    private readonly Channel<OutboundMessage> _messages = Channel.CreateUnbounded<OutboundMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private long _bytes;
    private TaskCompletionSource? _empty;
    private bool _ended;

    /// <summary>Adds the messages of a packet: all, or none where there is no room. After the end they go nowhere.</summary>
    /// <returns>Whether there was room.</returns>
    public bool TryAdd(ReadOnlySpan<OutboundMessage> messages)
    {
        var bytes = 0L;
        foreach (var message in messages)
        {
            bytes += message.Body.Length + Overhead;
        }

        lock (_gate)
        {
            if (_bytes > 0 && _bytes + bytes > maxBytes)
            {
                return false;
            }

            foreach (var message in messages)
            {
                if (_messages.Writer.TryWrite(message))
                {
                    _bytes += message.Body.Length + Overhead;
                }
            }

            return true;
        }
    }

    /// <summary>Nothing more will be added.</summary>
    public void Complete() => _messages.Writer.TryComplete();

    /// <summary>Completes when nothing waits any more; fails if it never will be sent.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_gate)
        {
            return _bytes == 0 ? Task.CompletedTask
                : _ended ? Task.FromException(Lost())
                : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Sends what comes until <see cref="Complete"/>.</summary>
    /// <exception cref="WebSocketException">The connection is broken.</exception>
    public async Task SendAsync(WebSocket socket)
    {
        try
        {
            await foreach (var message in _messages.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                var type = message.IsBinary ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
                await socket.SendAsync(message.Body, type, endOfMessage: true, CancellationToken.None).ConfigureAwait(false);
                Subtract(message.Body.Length + Overhead);
            }
        }
        finally
        {
            lock (_gate)
            {
                _ended = true;
                _empty?.TrySetException(Lost());
            }
        }
    }

    private static WebSocketException Lost() => new(WebSocketError.ConnectionClosedPrematurely);

    private void Subtract(int bytes)
    {
        lock (_gate)
        {
            _bytes -= bytes;
            if (_bytes == 0)
            {
                _empty?.TrySetResult();
                _empty = null;
            }
        }
    }
}
