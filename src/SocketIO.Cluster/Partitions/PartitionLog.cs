// What a partition sequenced lately: a ring that holds slices of the batches as they arrived.
namespace SocketIO.Cluster;

/// <summary>An item of the log.</summary>
/// <param name="Item">A slice of the batch that brought it.</param>
/// <param name="Publisher">Who published it.</param>
/// <param name="Number">Its number among those of its publisher.</param>
/// <param name="Offset">Where it was sequenced first.</param>
internal readonly record struct LogEntry(ReadOnlyMemory<byte> Item, GatewayId Publisher, long Number, Offset Offset);

/// <summary>
/// The last items by position, each with the set of gateways it is for. Bounded in items and bytes by its caller, who drops the oldest first and so learns
/// whom it was still needed by.
/// </summary>
internal sealed class PartitionLog(int words)
{
    private LogEntry[] _entries = new LogEntry[64];
    private ulong[] _routes = new ulong[64 * words];

    /// <summary>The position of the latest item.</summary>
    public long Head { get; private set; }

    /// <summary>The position behind which items are held.</summary>
    public long Floor { get; private set; }

    public int Count => (int)(Head - Floor);

    /// <summary>Bytes of all items held.</summary>
    public long Bytes { get; private set; }

    public ref readonly LogEntry this[long position] => ref _entries[Index(position)];

    /// <summary>The gateways of an item: a bit for each slot.</summary>
    public Span<ulong> RoutesOf(long position) => _routes.AsSpan(Index(position) * words, words);

    /// <summary>Whether an item is for the gateway of a slot.</summary>
    public bool IsFor(long position, int slot) => (_routes[(Index(position) * words) + (slot >> 6)] >> slot & 1) != 0;

    /// <summary>Appends an item for nobody yet.</summary>
    public Span<ulong> Append(in LogEntry entry)
    {
        if (Count == _entries.Length)
        {
            Grow();
        }

        Head++;
        _entries[Index(Head)] = entry;
        Bytes += entry.Item.Length;
        var routes = RoutesOf(Head);
        routes.Clear();
        return routes;
    }

    public void DropOldest()
    {
        Floor++;
        ref var entry = ref _entries[Index(Floor)];
        Bytes -= entry.Item.Length;
        entry = default;
    }

    /// <summary>Takes a slot out of all sets: it will be somebody else's.</summary>
    public void Forget(int slot)
    {
        for (var position = Floor + 1; position <= Head; position++)
        {
            RoutesOf(position)[slot >> 6] &= ~(1UL << slot);
        }
    }

    private int Index(long position) => (int)(position & (_entries.Length - 1));

    private void Grow()
    {
        var entries = new LogEntry[_entries.Length * 2];
        var routes = new ulong[entries.Length * words];
        for (var position = Floor + 1; position <= Head; position++)
        {
            var index = (int)(position & (entries.Length - 1));
            entries[index] = this[position];
            RoutesOf(position).CopyTo(routes.AsSpan(index * words, words));
        }

        (_entries, _routes) = (entries, routes);
    }
}
