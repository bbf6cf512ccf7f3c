// A partition's items on their way to a gateway. A delivery says: "of all that I sequenced behind After and up to Through, this is yours."
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>What a delivery does beside carrying items.</summary>
[Flags]
internal enum DeliveryFlags : byte
{
    None = 0,

    /// <summary>The first delivery of an epoch to this gateway: the items are all that any gateway held when the partition took over.</summary>
    Install = 1,

    /// <summary>Something for this gateway fell out of the log before it was delivered.</summary>
    Lost = 2,
}

/// <summary>The head of a delivery.</summary>
/// <param name="Flags">What it does beside carrying items.</param>
/// <param name="Epoch">The sequencer's epoch.</param>
/// <param name="After">The position behind which it starts: more than the receiver has seen is a gap.</param>
/// <param name="Through">The position up to which nothing of the receiver's is missing any more.</param>
/// <param name="Stable">Nobody needs anything up to this position again: tails may end there.</param>
/// <param name="Settled">The position up to which <paramref name="Accepted"/> counts; returned with the acknowledgement.</param>
/// <param name="Accepted">The receiver's own items up to this number are with all their receivers.</param>
/// <param name="Forced">The position up to which the log dropped items that somebody had not acknowledged.</param>
/// <param name="Expected">With <see cref="DeliveryFlags.Install"/>: the number of the receiver's own next item.</param>
internal readonly record struct DeliveryHead(
    DeliveryFlags Flags, long Epoch, long After, long Through, long Stable, long Settled, long Accepted, long Forced, long Expected);

/// <summary>An item as it was sequenced.</summary>
/// <param name="Position">Its place in the order of the delivery's epoch.</param>
/// <param name="Offset">What clients are told: where it was sequenced first, which a take-over does not change.</param>
/// <param name="Publisher">Who published it.</param>
/// <param name="Number">Its number among those of its publisher.</param>
/// <param name="Item">Its bytes.</param>
/// <param name="Audience">At its publisher, if it expects answers: the gateways that it is for.</param>
internal readonly record struct SequencedItem(
    long Position, Offset Offset, GatewayId Publisher, long Number, ReadOnlyMemory<byte> Item, IReadOnlyList<GatewayId>? Audience = null);

/// <summary>Up to where what a take-over found is complete.</summary>
/// <param name="Epoch">An earlier epoch.</param>
/// <param name="Position">A gateway that had seen less of that epoch has lost something for good.</param>
/// <param name="Heir">The epoch that took over from it.</param>
/// <param name="Fresh">
/// What the heir gave offsets of its own to, up to this position, may have been seen by clients in the epoch before: some of that order nobody knew any more.
/// 0: it was known without a hole.
/// </param>
internal readonly record struct Coverage(long Epoch, long Position, long Heir = 0, long Fresh = 0)
{
    public static void Write(IBufferWriter<byte> writer, IReadOnlyList<Coverage> coverage)
    {
        BatchFormat.WriteNumber(writer, coverage.Count);
        for (var i = 0; i < coverage.Count; i++)
        {
            BatchFormat.WriteNumber(writer, coverage[i].Epoch);
            BatchFormat.WriteNumber(writer, coverage[i].Position);
            BatchFormat.WriteNumber(writer, coverage[i].Heir);
            BatchFormat.WriteNumber(writer, coverage[i].Fresh);
        }
    }

    public static Coverage[] Read(ref BatchSpanReader reader)
    {
        var count = reader.ReadCount(DeliveryBatch.MaxCoverage, "earlier epochs");
        var coverage = count == 0 ? [] : new Coverage[count];
        for (var i = 0; i < count; i++)
        {
            coverage[i] = new Coverage(reader.ReadNumber(), reader.ReadNumber(), reader.ReadNumber(), reader.ReadNumber());
        }

        return coverage;
    }
}

/// <summary>Writes deliveries.</summary>
/// <remarks>batch = version type flags head count *coverage count *(position offset publisher number count *gateway item)</remarks>
internal static class DeliveryBatch
{
    /// <summary>The most earlier epochs that an installation can name.</summary>
    public const int MaxCoverage = 64;

    /// <summary>The most gateways that an item can name as its audience.</summary>
    public const int MaxAudience = 1 << 12;

    public static void WriteHead(IBufferWriter<byte> writer, in DeliveryHead head, IReadOnlyList<Coverage> coverage, int count)
    {
        BatchFormat.WriteHeader(writer, BatchType.Delivery);
        writer.GetSpan(1)[0] = (byte)head.Flags;
        writer.Advance(1);
        BatchFormat.WriteNumber(writer, head.Epoch);
        BatchFormat.WriteNumber(writer, head.After);
        BatchFormat.WriteNumber(writer, head.Through);
        BatchFormat.WriteNumber(writer, head.Stable);
        BatchFormat.WriteNumber(writer, head.Settled);
        BatchFormat.WriteNumber(writer, head.Accepted);
        BatchFormat.WriteNumber(writer, head.Forced);
        BatchFormat.WriteNumber(writer, head.Expected);
        Coverage.Write(writer, coverage);
        BatchFormat.WriteNumber(writer, count);
    }

    public static void WriteItem(IBufferWriter<byte> writer, long position, Offset offset, GatewayId publisher, long number, ReadOnlySpan<byte> item, ReadOnlySpan<GatewayId> audience = default)
    {
        BatchFormat.WriteNumber(writer, position);
        BatchFormat.WriteNumber(writer, offset.Epoch);
        BatchFormat.WriteNumber(writer, offset.Sequence);
        BatchFormat.WriteGateway(writer, publisher);
        BatchFormat.WriteNumber(writer, number);
        BatchFormat.WriteNumber(writer, audience.Length);
        foreach (var gateway in audience)
        {
            BatchFormat.WriteGateway(writer, gateway);
        }

        BatchFormat.WriteBytes(writer, item);
    }
}

/// <summary>Reads a delivery.</summary>
internal ref struct DeliveryBatchReader
{
    private readonly ReadOnlyMemory<byte> _batch;
    private BatchSpanReader _reader;
    private int _left;
    private long _last;

    public DeliveryBatchReader(ReadOnlyMemory<byte> batch)
    {
        _batch = batch;
        _reader = new BatchSpanReader(batch.Span);
        _reader.ReadHeader(BatchType.Delivery);
        Head = new DeliveryHead(
            (DeliveryFlags)_reader.ReadByte(),
            _reader.ReadNumber(),
            _reader.ReadNumber(),
            _reader.ReadNumber(),
            _reader.ReadNumber(),
            _reader.ReadNumber(),
            _reader.ReadNumber(),
            _reader.ReadNumber(),
            _reader.ReadNumber());
        if (Head.After > Head.Through)
        {
            throw new BatchFormatException($"A delivery behind position {Head.After} can't end at {Head.Through}.");
        }

        Coverage = SocketIO.Cluster.Coverage.Read(ref _reader);
        _left = Count = _reader.ReadCount(BatchFormat.MaxItems, "items");
        _last = Head.After;
    }

    public DeliveryHead Head { get; }

    public Coverage[] Coverage { get; }

    public int Count { get; }

    public bool TryReadItem(out SequencedItem item)
    {
        if (_left == 0)
        {
            _reader.ReadEnd();
            item = default;
            return false;
        }

        _left--;
        var position = _reader.ReadNumber();
        if (position <= _last || position > Head.Through)
        {
            throw new BatchFormatException($"Position {position} is out of its order: it has to lie behind {_last} and not behind {Head.Through}.");
        }

        _last = position;
        var offset = new Offset(_reader.ReadNumber(), _reader.ReadNumber());
        var publisher = _reader.ReadGateway();
        var number = _reader.ReadNumber();
        var audience = ReadAudience();
        item = new SequencedItem(position, offset, publisher, number, _reader.ReadSlice(_batch, BatchFormat.MaxItemBytes, "bytes of an item"), audience);
        return true;
    }

    private GatewayId[]? ReadAudience()
    {
        var count = _reader.ReadCount(DeliveryBatch.MaxAudience, "gateways of an audience");
        if (count == 0)
        {
            return null;
        }

        var audience = new GatewayId[count];
        for (var i = 0; i < count; i++)
        {
            audience[i] = _reader.ReadGateway();
        }

        return audience;
    }
}
