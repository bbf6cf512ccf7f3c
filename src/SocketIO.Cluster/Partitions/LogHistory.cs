// What stands before the log of an epoch: the gateways' histories, put together at the take-over.
using System.Diagnostics.CodeAnalysis;

namespace SocketIO.Cluster;

/// <summary>
/// The end of the order of the epoch before, as far as it is not in this one's log. Every item is kept by two gateways at least, where there are two; so the death
/// of one, the sequencer's silo included, leaves no hole.
/// </summary>
internal sealed class LogHistory
{
    private readonly Dictionary<Offset, int> _byOffset = [];
    private readonly List<SequencedItem> _items = [];

    /// <param name="replies">One of each live gateway.</param>
    /// <param name="restored">What the log begins with.</param>
    public LogHistory(IReadOnlyCollection<PullReply> replies, IReadOnlyCollection<LogEntry> restored)
    {
        var latest = replies.Count == 0 ? 0 : replies.Max(TakeOver.EpochOf);
        var end = replies.Where(reply => TakeOver.EpochOf(reply) == latest).Select(TakeOver.StableOf).DefaultIfEmpty().Max();
        var inLog = restored.Select(static entry => entry.Offset).ToHashSet();
        var byPosition = new SortedDictionary<long, SequencedItem>();
        foreach (var (epoch, item) in replies.SelectMany(static reply => GatewayHistory.Read(reply.History)).Concat(replies.SelectMany(TailOf)))
        {
            if (epoch == latest && item.Position <= end && !inLog.Contains(item.Offset) && !byPosition.ContainsKey(item.Position))
            {
                // A slice would keep the whole answer that it came in.
                byPosition.Add(item.Position, item with { Item = item.Item.ToArray() });
            }
        }

        // Back from its end as far as nothing is missing.
        foreach (var item in byPosition.Values.Reverse())
        {
            if (item.Position != end - _items.Count)
            {
                break;
            }

            _items.Add(item);
        }

        _items.Reverse();
        for (var i = 0; i < _items.Count; i++)
        {
            _byOffset[_items[i].Offset] = i;
        }
    }

    public int Count => _items.Count;

    /// <summary>What came behind an offset, in order.</summary>
    /// <returns><see langword="false"/>: that is not known.</returns>
    public bool TryRead(Offset after, [MaybeNullWhen(false)] out IEnumerable<SequencedItem> items)
    {
        items = _byOffset.TryGetValue(after, out var index) ? _items.Skip(index + 1) : null;
        return items is not null;
    }

    private static IEnumerable<HistoryItem> TailOf(PullReply reply)
    {
        var reader = new DeliveryBatchReader(reply.Tail);
        var items = new List<HistoryItem>();
        while (reader.TryReadItem(out var item))
        {
            items.Add(new HistoryItem(reader.Head.Epoch, item));
        }

        return items;
    }
}
