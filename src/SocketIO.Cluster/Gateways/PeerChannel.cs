// The way between gateways may lose, repeat and reorder. What must arrive once and in order is numbered, and sent again until it is acknowledged.
namespace SocketIO.Cluster;

/// <summary>One gateway's end of the channel to another one: both lives of theirs begin with it, and it ends with the first of them.</summary>
/// <remarks>Single-threaded. What arrives too early is dropped: it comes again.</remarks>
/// <param name="self">This gateway.</param>
/// <param name="maxBytes">The bytes on their way at which the channel is full; the caller sees to it that it does not go on then.</param>
/// <param name="retryAfter">After how long what is not acknowledged is sent again; twice as long each time, up to eight times.</param>
internal sealed class PeerChannel(GatewayId self, long maxBytes, TimeSpan retryAfter)
{
    private const int MaxOwed = 64;

    private readonly Queue<PeerFrame> _sent = new();
    private TimeSpan _retryDelay;
    private TimeSpan _retryAt;
    private long _lastSent;
    private long _received;
    private int _owed;

    /// <summary>Whether as many bytes are on their way as may be.</summary>
    public bool IsFull => Bytes >= maxBytes;

    /// <summary>Whether half of that is on its way: what can wait should.</summary>
    public bool IsBusy => Bytes >= maxBytes / 2;

    /// <summary>The bytes on their way.</summary>
    public long Bytes { get; private set; }

    /// <summary>Sends a message; its memory must not change any more.</summary>
    public void Send(ReadOnlyMemory<byte> message, TimeSpan now, List<PeerFrame> frames)
    {
        if (_sent.Count == 0)
        {
            Wait(retryAfter, now);
        }

        Bytes += message.Length;
        var frame = new PeerFrame(self, ++_lastSent, 0, message);
        _sent.Enqueue(frame);
        Emit(frame, frames);
    }

    /// <summary>Takes what the other has sent.</summary>
    /// <returns>Whether its message is the next one.</returns>
    public bool OnFrame(in PeerFrame frame, TimeSpan now, List<PeerFrame> frames)
    {
        Acknowledge(frame.Acknowledged, now);
        if (frame.Number == 0)
        {
            return false;
        }

        var isNext = frame.Number == _received + 1;
        if (isNext)
        {
            _received++;
        }

        // Whoever sends again does not know what has arrived.
        if (++_owed >= MaxOwed || !isNext)
        {
            Emit(new PeerFrame(self, 0, 0, default), frames);
        }

        return isNext;
    }

    /// <summary>Time has passed: acknowledges what no message has, and sends again what is due.</summary>
    public void Advance(TimeSpan now, List<PeerFrame> frames)
    {
        if (_sent.Count > 0 && now >= _retryAt)
        {
            foreach (var frame in _sent)
            {
                Emit(frame, frames);
            }

            Wait(_retryDelay < 8 * retryAfter ? 2 * _retryDelay : _retryDelay, now);
        }
        else if (_owed > 0)
        {
            Emit(new PeerFrame(self, 0, 0, default), frames);
        }
    }

    private void Emit(in PeerFrame frame, List<PeerFrame> frames)
    {
        _owed = 0;
        frames.Add(frame with { Acknowledged = _received });
    }

    private void Acknowledge(long number, TimeSpan now)
    {
        while (_sent.TryPeek(out var frame) && frame.Number <= number)
        {
            _sent.Dequeue();
            Bytes -= frame.Message.Length;
            Wait(retryAfter, now);
        }
    }

    private void Wait(TimeSpan delay, TimeSpan now) => (_retryDelay, _retryAt) = (delay, now + delay);
}
