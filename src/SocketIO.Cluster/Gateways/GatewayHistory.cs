// What a gateway has received lately and no take-over needs for the order: clients that come back may have missed it.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>An item in a history.</summary>
/// <param name="Epoch">The epoch that delivered it.</param>
/// <param name="Item">The item, with its position in that epoch.</param>
internal readonly record struct HistoryItem(long Epoch, SequencedItem Item);

/// <summary>The latest items; the oldest go first.</summary>
/// <remarks>history = version type count *(epoch position offset publisher number item)</remarks>
/// <param name="maxPackets">The most of them.</param>
/// <param name="maxBytes">Their most bytes.</param>
internal sealed class GatewayHistory(int maxPackets, long maxBytes)
{
    private readonly Queue<HistoryItem> _items = new();
    private long _bytes;

    public int Count => _items.Count;

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="BatchFormatException">It is nothing of the kind.</exception>
    public static List<HistoryItem> Read(ReadOnlyMemory<byte> history)
    {
        if (history.IsEmpty)
        {
            return [];
        }

        var reader = new BatchSpanReader(history.Span);
        reader.ReadHeader(BatchType.History);
        var count = reader.ReadCount(BatchFormat.MaxItems, "items");
        var items = new List<HistoryItem>(count);
        for (var i = 0; i < count; i++)
        {
            var epoch = reader.ReadNumber();
            var position = reader.ReadNumber();
            var offset = new Offset(reader.ReadNumber(), reader.ReadNumber());
            var publisher = reader.ReadGateway();
            var number = reader.ReadNumber();
            var item = reader.ReadSlice(history, BatchFormat.MaxItemBytes, "bytes of an item");
            RelayItemReader.ValidateRooms(item.Span);
            items.Add(new HistoryItem(epoch, new SequencedItem(position, offset, publisher, number, item)));
        }

        reader.ReadEnd();
        return items;
    }

    public void Add(long epoch, in SequencedItem item)
    {
        _items.Enqueue(new HistoryItem(epoch, item with { Audience = null }));
        _bytes += item.Item.Length;
        while (_items.Count > maxPackets || _bytes > maxBytes)
        {
            _bytes -= _items.Dequeue().Item.Item.Length;
        }
    }

    /// <summary>All of it; never empty, so that a partition sees who keeps a history.</summary>
    public ReadOnlyMemory<byte> Write()
    {
        var writer = new ArrayBufferWriter<byte>((int)Math.Min(_bytes + (40L * _items.Count) + 16, Array.MaxLength));
        BatchFormat.WriteHeader(writer, BatchType.History);
        BatchFormat.WriteNumber(writer, _items.Count);
        foreach (var (epoch, item) in _items)
        {
            BatchFormat.WriteNumber(writer, epoch);
            BatchFormat.WriteNumber(writer, item.Position);
            BatchFormat.WriteNumber(writer, item.Offset.Epoch);
            BatchFormat.WriteNumber(writer, item.Offset.Sequence);
            BatchFormat.WriteGateway(writer, item.Publisher);
            BatchFormat.WriteNumber(writer, item.Number);
            BatchFormat.WriteBytes(writer, item.Item.Span);
        }

        return writer.WrittenMemory;
    }
}
