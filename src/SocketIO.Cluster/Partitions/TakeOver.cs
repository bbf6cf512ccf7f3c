// A new sequencer has no memory of its own. What its predecessor decided is what the gateways hold; this puts it together again.
namespace SocketIO.Cluster;

/// <summary>What a take-over has put together.</summary>
/// <param name="Entries">The items in their order; those that nobody has seen have no offset yet.</param>
/// <param name="Coverage">What they cover of earlier epochs.</param>
/// <param name="Cut">So many of them stand before the end of what the bounds made somebody forget.</param>
/// <param name="Certain">So many of them stand before the first place that nobody alive knows the item of.</param>
/// <param name="FollowsHistory">Whether nothing was forgotten between them and what needed no take-over any more.</param>
internal sealed record RestoredOrder(IReadOnlyList<LogEntry> Entries, IReadOnlyList<Coverage> Coverage, int Cut, int Certain, bool FollowsHistory);

/// <summary>
/// Merges the replies of all live gateways into the one order that a partition starts from. The gateways with the latest installation hold all that the ones
/// before held, so only theirs count. What a publisher still retains and nobody holds goes in front of its publisher's next item, or else to the end:
/// whoever has seen something later in the order was never meant to get it.
/// </summary>
internal static class TakeOver
{
    /// <param name="replies">One of each live gateway.</param>
    public static RestoredOrder Merge(IReadOnlyCollection<PullReply> replies)
    {
        var latest = replies.Count == 0 ? 0 : replies.Max(EpochOf);
        var held = latest == 0 ? [] : replies.Where(reply => EpochOf(reply) == latest).ToList();
        var forced = held.Select(static reply => new DeliveryBatchReader(reply.Tail).Head.Forced).DefaultIfEmpty().Max();
        var coverage = new List<Coverage>();
        if (held.Count > 0)
        {
            coverage.AddRange(held[0].Coverage.TakeLast(DeliveryBatch.MaxCoverage - 1));
        }

        var retained = replies.ToDictionary(reply => reply.Gateway, Retained);
        foreach (var (publisher, number) in replies.SelectMany(reply => reply.Forgotten))
        {
            // It came before what the coverage begins with: whoever misses it is told so, and to anybody else it would be out of order.
            while (retained.TryGetValue(publisher, out var own) && own.TryPeek(out var next) && next.Number <= number)
            {
                own.Dequeue();
            }
        }

        var merged = new List<LogEntry>();
        var stable = held.Select(StableOf).DefaultIfEmpty().Max();
        var place = stable;
        var cut = 0;
        int? certain = null;
        foreach (var item in Union(held, stable).Values)
        {
            if (item.Position != ++place)
            {
                certain ??= merged.Count;
            }

            if (retained.TryGetValue(item.Publisher, out var own))
            {
                while (own.TryPeek(out var next) && next.Number < item.Number)
                {
                    merged.Add(own.Dequeue());
                }

                if (own.TryPeek(out var same) && same.Number == item.Number)
                {
                    own.Dequeue();
                }
            }

            merged.Add(new LogEntry(item.Item, item.Publisher, item.Number, item.Offset));
            cut = item.Position < forced ? merged.Count : cut;
        }

        foreach (var reply in replies)
        {
            merged.AddRange(retained[reply.Gateway]);
        }

        if (held.Count > 0)
        {
            coverage.Add(new Coverage(latest, forced, held[0].Epoch, certain is null ? 0 : merged.Count));
        }

        return new RestoredOrder(merged, coverage, cut, certain ?? merged.Count, forced <= stable);
    }

    /// <summary>Reads a reply to its end, so that nothing of a malformed one is applied.</summary>
    /// <exception cref="BatchFormatException">It can't be read.</exception>
    public static void Validate(PullReply reply)
    {
        var tail = new DeliveryBatchReader(reply.Tail);
        while (tail.TryReadItem(out var item))
        {
            RelayItemReader.ValidateRooms(item.Item.Span);
        }

        var retained = new PublishBatchReader(reply.Retained.Span);
        while (retained.TryReadItem(out var item))
        {
            RelayItemReader.ValidateRooms(reply.Retained.Span[item]);
        }

        GatewayHistory.Read(reply.History);
        if (retained.Publisher != reply.Gateway)
        {
            throw new BatchFormatException($"Gateway {reply.Gateway} retains what {retained.Publisher} published.");
        }
    }

    /// <summary>The epoch that was last installed at a gateway; 0: none.</summary>
    public static long EpochOf(PullReply reply) => new DeliveryBatchReader(reply.Tail).Head.Epoch;

    /// <summary>The position up to which nobody needs anything of that epoch again.</summary>
    public static long StableOf(PullReply reply) => new DeliveryBatchReader(reply.Tail).Head.Stable;

    private static SortedDictionary<long, SequencedItem> Union(List<PullReply> held, long stable)
    {
        var union = new SortedDictionary<long, SequencedItem>();
        foreach (var reply in held)
        {
            var reader = new DeliveryBatchReader(reply.Tail);
            while (reader.TryReadItem(out var item))
            {
                if (item.Position > stable)
                {
                    union.TryAdd(item.Position, item);
                }
            }
        }

        return union;
    }

    private static Queue<LogEntry> Retained(PullReply reply)
    {
        var reader = new PublishBatchReader(reply.Retained.Span);
        var items = new Queue<LogEntry>();
        for (var number = reader.First; reader.TryReadItem(out var item); number++)
        {
            items.Enqueue(new LogEntry(reply.Retained[item], reply.Gateway, number, default));
        }

        return items;
    }
}
