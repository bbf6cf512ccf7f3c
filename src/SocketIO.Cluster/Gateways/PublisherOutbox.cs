// What a gateway publishes: numbered, kept until everybody has it, sent again in order whenever the partition asks.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>The bounds of a <see cref="PublisherOutbox"/>.</summary>
internal sealed record PublisherOutboxOptions
{
    /// <summary>The most items that are not accepted.</summary>
    public int MaxPackets { get; init; } = 100_000;

    /// <summary>Their most bytes.</summary>
    public long MaxBytes { get; init; } = 64 << 20;

    /// <summary>The most items of one batch.</summary>
    public int MaxBatchItems { get; init; } = 256;

    /// <summary>The bytes at which a batch is full; a single item may be larger.</summary>
    public int MaxBatchBytes { get; init; } = 64 << 10;

    /// <summary>How long a batch stays unanswered before it is sent again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>A gateway's outbox towards one partition, with one batch in flight. Full, it refuses: its publisher has to wait or fail.</summary>
/// <param name="id">The gateway.</param>
/// <param name="options">The bounds.</param>
internal sealed class PublisherOutbox(GatewayId id, PublisherOutboxOptions options)
{
    private readonly ArrayBufferWriter<byte> _items = new();
    // A ring by number: item n lies at n modulo its length.
    private ReadOnlyMemory<byte>[] _retained = new ReadOnlyMemory<byte>[16];
    private long _epoch;
    private long _first = 1;
    private long _next = 1;
    private long _cursor = 1;
    private long _bytes;
    private TimeSpan? _sentAt;

    /// <summary>Whether a partition takes this publisher's items.</summary>
    public bool IsInstalled => _epoch != 0;

    /// <summary>How many items are not accepted.</summary>
    public int Count => (int)(_next - _first);

    /// <summary>Their bytes.</summary>
    public long Bytes => _bytes;

    /// <summary>Takes an item; its memory must not change any more.</summary>
    /// <param name="item">As <see cref="RelayItem"/> wrote it.</param>
    /// <param name="number">Its number.</param>
    /// <returns><see langword="false"/>: the outbox is full; nothing was taken.</returns>
    public bool TryAdd(ReadOnlyMemory<byte> item, out long number)
    {
        number = _next;
        if (Count >= options.MaxPackets || _bytes + item.Length > options.MaxBytes)
        {
            return false;
        }

        if (Count == _retained.Length)
        {
            Grow();
        }

        _retained[Index(_next++)] = item;
        _bytes += item.Length;
        return true;
    }

    /// <summary>An epoch was installed at this gateway: its partition has the items below a number.</summary>
    public void Installed(long epoch, long expected)
    {
        if (epoch > _epoch)
        {
            (_epoch, _cursor, _sentAt) = (epoch, Clamp(expected), null);
        }
    }

    /// <summary>The partition's answer to a batch: what it expects next.</summary>
    public void Received(long epoch, long expected)
    {
        if (epoch == _epoch && expected >= _cursor)
        {
            (_cursor, _sentAt) = (Clamp(expected), null);
        }
    }

    /// <summary>A batch could not be sent.</summary>
    public void Failed() => _sentAt = null;

    /// <summary>All receivers have the items up to a number.</summary>
    public void Accepted(long number)
    {
        for (; _first <= number && _first < _next; _first++)
        {
            ref var item = ref _retained[Index(_first)];
            _bytes -= item.Length;
            item = default;
        }

        _cursor = Math.Max(_cursor, _first);
    }

    /// <summary>The next batch, if one is due. After a time without an answer it is the same again.</summary>
    public bool TryFlush(TimeSpan now, out long epoch, out byte[] batch)
    {
        epoch = _epoch;
        batch = [];
        if (_epoch == 0 || _cursor >= _next || (_sentAt is { } sentAt && now - sentAt < options.RetryAfter))
        {
            return false;
        }

        _sentAt = now;
        batch = Write(_cursor, options.MaxBatchItems, options.MaxBatchBytes);
        return true;
    }

    /// <summary>All that is not accepted, for a partition that takes over; until that is installed nothing is sent to anybody.</summary>
    public byte[] Retain()
    {
        _epoch = 0;
        return Write(_first, int.MaxValue, long.MaxValue);
    }

    private long Clamp(long number) => Math.Clamp(number, _first, _next);

    private int Index(long number) => (int)(number & (_retained.Length - 1));

    private void Grow()
    {
        var larger = new ReadOnlyMemory<byte>[_retained.Length * 2];
        for (var number = _first; number < _next; number++)
        {
            larger[number & (larger.Length - 1)] = _retained[Index(number)];
        }

        _retained = larger;
    }

    private byte[] Write(long first, int maxItems, long maxBytes)
    {
        _items.ResetWrittenCount();
        var count = 0;
        for (var number = first; number < _next; number++)
        {
            var item = _retained[Index(number)];
            if (count > 0 && (count == maxItems || _items.WrittenCount + item.Length > maxBytes))
            {
                break;
            }

            BatchFormat.WriteBytes(_items, item.Span);
            count++;
        }

        var writer = new ArrayBufferWriter<byte>(_items.WrittenCount + 64);
        PublishBatch.WriteHead(writer, id, _epoch, first, count);
        writer.Write(_items.WrittenSpan);
        return writer.WrittenSpan.ToArray();
    }
}
