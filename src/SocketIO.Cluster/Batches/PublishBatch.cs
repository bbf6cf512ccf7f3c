// A publisher's items on their way to the partition.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>Writes the head of a publisher's batch; its items follow, each a length and its bytes.</summary>
/// <remarks>batch = version type publisher epoch first count *item</remarks>
internal static class PublishBatch
{
    /// <param name="writer">Where to.</param>
    /// <param name="publisher">Who numbers them.</param>
    /// <param name="epoch">The epoch of the partition that they are meant for.</param>
    /// <param name="first">The number of the first item; the others follow without a gap.</param>
    /// <param name="count">How many follow.</param>
    public static void WriteHead(IBufferWriter<byte> writer, GatewayId publisher, long epoch, long first, int count)
    {
        BatchFormat.WriteHeader(writer, BatchType.Publish);
        BatchFormat.WriteGateway(writer, publisher);
        BatchFormat.WriteNumber(writer, epoch);
        BatchFormat.WriteNumber(writer, first);
        BatchFormat.WriteNumber(writer, count);
    }
}

/// <summary>Reads a publisher's batch.</summary>
internal ref struct PublishBatchReader
{
    private BatchSpanReader _reader;
    private int _left;

    public PublishBatchReader(ReadOnlySpan<byte> batch)
    {
        _reader = new BatchSpanReader(batch);
        _reader.ReadHeader(BatchType.Publish);
        Publisher = _reader.ReadGateway();
        Epoch = _reader.ReadNumber();
        First = _reader.ReadNumber();
        _left = Count = _reader.ReadCount(BatchFormat.MaxItems, "items");
        if (First < 1 || First > long.MaxValue - Count)
        {
            throw new BatchFormatException($"{First} is not the number of a first item.");
        }
    }

    public GatewayId Publisher { get; }

    public long Epoch { get; }

    public long First { get; }

    public int Count { get; }

    /// <summary>The next item's place in the batch.</summary>
    public bool TryReadItem(out Range item)
    {
        if (_left == 0)
        {
            _reader.ReadEnd();
            item = default;
            return false;
        }

        _left--;
        var length = _reader.ReadBytes(BatchFormat.MaxItemBytes, "bytes of an item").Length;
        item = new Range(_reader.Position - length, _reader.Position);
        return true;
    }
}
