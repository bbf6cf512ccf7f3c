// Orleans does not keep the order of separate calls. One call at a time does, and carries whatever has gathered since.
using Microsoft.Extensions.Logging;

namespace SocketIO.Orleans;

/// <summary>
/// The way to one silo or one partition grain, shared by all rooms: one call in flight, the next takes what has gathered meanwhile. It is bounded in bytes;
/// what does not fit, or fails, is dropped, and whoever has sent it sends it again. Thread-safe; adding never waits.
/// </summary>
internal sealed partial class Outbox : IThreadPoolWorkItem
{
    /// <summary>The bytes of messages at which a call is full; a single message may be larger.</summary>
    private const int MaxFrameBytes = 256 << 10;

    // A destination that refuses is asked again now and then, not at the speed of its refusals.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Queue<FrameEntry> _waiting = new();
    private readonly List<FrameEntry> _taken = [];
    private readonly Func<byte[], Task> _send;
    private readonly string _destination;
    private readonly RelayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _maxBytes;
    private long _bytes;
    private bool _isSending;
    private bool _isClosed;

    /// <param name="destination">Its name in the log.</param>
    /// <param name="send">Makes the call; it completes when the destination has taken the frame.</param>
    /// <param name="maxBytes">The most bytes that wait.</param>
    /// <param name="metrics">Counts what is sent and what is dropped.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public Outbox(string destination, Func<byte[], Task> send, long maxBytes, RelayMetrics metrics, TimeProvider time, ILogger logger)
    {
        _destination = destination;
        _send = send;
        _maxBytes = maxBytes;
        _metrics = metrics;
        _time = time;
        _logger = logger;
    }

    /// <summary>Adds a message; its memory must not change any more.</summary>
    public void Add(in FrameEntry entry)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            if (_bytes + entry.Size > _maxBytes)
            {
                _metrics.Dropped(1);
                return;
            }

            _waiting.Enqueue(entry);
            _bytes += entry.Size;
            _metrics.Queued(entry.Size);
            if (_isSending)
            {
                return;
            }

            _isSending = true;
        }

        // Without the caller's context: a call made in a grain's turn would be taken for that grain's.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>The destination is gone: nothing more is sent.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _waiting.Clear();
            _metrics.Queued(-_bytes);
            _bytes = 0;
        }
    }

    void IThreadPoolWorkItem.Execute() => _ = SendAllAsync();

    private async Task SendAllAsync()
    {
        while (TryTake())
        {
            var count = _taken.Count;
            try
            {
                var frame = Frame.Write(_taken);
                _taken.Clear();
                await _send(frame).ConfigureAwait(false);
                _metrics.Sent(frame.Length);
            }
            catch (Exception e)
            {
                Log.NotSent(_logger, e, count, _destination);
                _metrics.Dropped(count);
                await Task.Delay(PauseAfterFailure, _time).ConfigureAwait(false);
            }
        }
    }

    private bool TryTake()
    {
        lock (_gate)
        {
            var size = 0;
            while (_waiting.TryPeek(out var next) && (size == 0 || size + next.Size <= MaxFrameBytes))
            {
                _taken.Add(_waiting.Dequeue());
                size += next.Size;
            }

            _bytes -= size;
            _metrics.Queued(-size);
            _isSending = size > 0;
            return _isSending;
        }
    }

    private static partial class Log
    {
        // Whoever has sent them sends them again; a silo that dies or leaves is nothing unusual.
        [LoggerMessage(70, LogLevel.Debug, "{Count} messages could not be sent to {Destination}")]
        public static partial void NotSent(ILogger logger, Exception exception, int count, string destination);
    }
}
