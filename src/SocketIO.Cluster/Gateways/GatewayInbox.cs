// What a gateway receives of one partition: fenced by epoch, in order, each item once, and kept while a take-over could ask for it.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>The bounds of a <see cref="GatewayInbox"/>.</summary>
internal sealed record GatewayInboxOptions
{
    /// <summary>The most items of the tail; the oldest go first, and the loss is known to a take-over.</summary>
    public int MaxTailPackets { get; init; } = 100_000;

    /// <summary>Their most bytes.</summary>
    public long MaxTailBytes { get; init; } = 64 << 20;

    /// <summary>The most items that are kept for clients that come back, once no take-over needs them for the order.</summary>
    public int MaxHistoryPackets { get; init; } = 20_000;

    /// <summary>Their most bytes.</summary>
    public long MaxHistoryBytes { get; init; } = 16 << 20;

    /// <summary>The most publishers whose last number is remembered; the one that was silent for longest is forgotten first.</summary>
    public int MaxPublishers { get; init; } = 4_096;
}

internal enum InboxOutputKind
{
    /// <summary>Hand the item to the local index: it is the next in the order.</summary>
    Deliver,

    /// <summary>Tell the partition: everything is here up to the position.</summary>
    Acknowledge,

    /// <summary>Tell the partition: something is missing.</summary>
    Refetch,

    /// <summary>Tell the partition: a higher epoch is known.</summary>
    Refuse,

    /// <summary>Something is lost for good: close the connections that it may have been for, before what follows is delivered.</summary>
    Lost,

    /// <summary>An epoch is installed; the number is that of the own next item that the partition expects.</summary>
    Installed,

    /// <summary>The own items up to the number are with all receivers; a join among them is complete even if its echo was lost.</summary>
    Accepted,
}

/// <summary>What an inbox wants done.</summary>
/// <param name="Kind">What.</param>
/// <param name="Epoch">Of the delivery; with <see cref="InboxOutputKind.Refuse"/> the higher one.</param>
/// <param name="Number">A position or an item's number.</param>
/// <param name="Settled">With <see cref="InboxOutputKind.Acknowledge"/>: returned as it came.</param>
/// <param name="Item">With <see cref="InboxOutputKind.Deliver"/>: the item.</param>
internal readonly record struct InboxOutput(InboxOutputKind Kind, long Epoch, long Number = 0, long Settled = 0, SequencedItem Item = default);

/// <summary>A gateway's inbox from one partition.</summary>
/// <param name="options">The bounds.</param>
internal sealed class GatewayInbox(GatewayInboxOptions options)
{
    private readonly Dictionary<GatewayId, (long Number, long Touched)> _seen = [];
    private readonly Queue<SequencedItem> _tail = new();
    private readonly GatewayHistory _history = new(options.MaxHistoryPackets, options.MaxHistoryBytes);
    private readonly Dictionary<GatewayId, long> _forgotten = [];
    private Coverage[] _coverage = [];
    private long _fence;
    private long _installed;
    private long _position;
    private long _stable;
    private long _forced;
    private long _tailBytes;
    private long _clock;

    /// <summary>Items of the tail.</summary>
    public int TailCount => _tail.Count;

    /// <summary>Their bytes.</summary>
    public long TailBytes => _tailBytes;

    /// <summary>Whether items are kept for clients that come back.</summary>
    public bool KeepsHistory { get; set; }

    /// <summary>Items of the history.</summary>
    public int HistoryCount => _history.Count;

    /// <summary>How many publishers are remembered.</summary>
    public int PublisherCount => _seen.Count;

    /// <summary>Up to where everything has been received.</summary>
    public Place Place => new(_installed, _position);

    /// <summary>A partition takes over with an epoch; from then on lower ones are refused.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="id">This gateway.</param>
    /// <param name="rooms">The rooms that it wants routed.</param>
    /// <param name="outbox">What it publishes to the same partition.</param>
    /// <param name="known">The epoch that is known, if the pull is refused.</param>
    /// <returns>The answer, or <see langword="null"/>: a higher epoch is known, or this one is installed already and asks by a late repetition.</returns>
    public PullReply? Pull(long epoch, GatewayId id, IReadOnlyCollection<ReadOnlyMemory<byte>> rooms, PublisherOutbox outbox, out long known)
    {
        known = Math.Max(_fence, epoch);
        if (epoch < _fence || epoch == _installed)
        {
            return null;
        }

        _fence = epoch;
        var writer = new ArrayBufferWriter<byte>();
        var head = new DeliveryHead(DeliveryFlags.None, _installed, 0, _position, _stable, 0, 0, _forced, 0);
        DeliveryBatch.WriteHead(writer, head, [], _tail.Count);
        foreach (var item in _tail)
        {
            DeliveryBatch.WriteItem(writer, item.Position, item.Offset, item.Publisher, item.Number, item.Item.Span);
        }

        return new PullReply(id, epoch, rooms, writer.WrittenMemory, _coverage, [.. _forgotten], outbox.Retain(), KeepsHistory ? _history.Write() : default);
    }

    /// <summary>
    /// A client of this gateway is given items that were not for this gateway when they were sequenced. From then on it holds them, so that they keep their
    /// place in the order through a take-over.
    /// </summary>
    /// <param name="epoch">Of whose order they are.</param>
    /// <param name="items">The items in order, none behind <see cref="Place"/>.</param>
    /// <returns><see langword="false"/>: another epoch takes over, or has; nothing was taken.</returns>
    public bool TryHold(long epoch, IReadOnlyList<SequencedItem> items)
    {
        if (epoch != _installed || epoch != _fence)
        {
            return false;
        }

        var missing = items.Where(item => item.Position > _stable).ExceptBy(_tail.Select(static item => item.Position), static item => item.Position).ToList();
        if (missing.Count == 0)
        {
            return true;
        }

        var tail = _tail.Concat(missing).OrderBy(static item => item.Position).ToList();
        _tail.Clear();
        foreach (var item in tail)
        {
            _tail.Enqueue(item);
        }

        foreach (var item in missing)
        {
            _tailBytes += item.Item.Length;
            See(item);
        }

        Trim();
        return true;
    }

    /// <summary>A delivery has arrived.</summary>
    /// <param name="batch">Its bytes; they are kept while the tail holds items of it.</param>
    /// <param name="outputs">Gets what is to be done, in this order.</param>
    /// <exception cref="BatchFormatException">It can't be read; nothing was done.</exception>
    public void Receive(ReadOnlyMemory<byte> batch, List<InboxOutput> outputs)
    {
        var reader = new DeliveryBatchReader(batch);
        var check = reader;
        while (check.TryReadItem(out _))
        {
        }

        var head = reader.Head;
        if (head.Epoch < _fence)
        {
            outputs.Add(new InboxOutput(InboxOutputKind.Refuse, _fence));
            return;
        }

        if (head.Flags.HasFlag(DeliveryFlags.Install) && head.Epoch > _installed)
        {
            Install(reader, outputs);
        }
        else if (head.Epoch != _installed || head.After > _position)
        {
            outputs.Add(new InboxOutput(InboxOutputKind.Refetch, head.Epoch, _position));
            return;
        }
        else if (head.Through >= _position)
        {
            // What starts earlier than it has to is a repetition up to here.
            if (head.Flags.HasFlag(DeliveryFlags.Lost))
            {
                outputs.Add(new InboxOutput(InboxOutputKind.Lost, _installed));
            }

            while (reader.TryReadItem(out var item))
            {
                if (item.Position > _position)
                {
                    Take(item, true, outputs);
                }
            }

            _position = head.Through;
        }

        _forced = Math.Max(_forced, head.Forced);
        _stable = Math.Max(_stable, head.Stable);
        Trim();
        outputs.Add(new InboxOutput(InboxOutputKind.Accepted, _installed, head.Accepted));
        outputs.Add(new InboxOutput(InboxOutputKind.Acknowledge, _installed, _position, head.Settled));
    }

    private void Install(DeliveryBatchReader reader, List<InboxOutput> outputs)
    {
        var head = reader.Head;
        // Behind the last item of the order that this gateway has seen or passed over: what comes before was not for it.
        var resume = 0L;
        var scan = reader;
        while (scan.TryReadItem(out var item))
        {
            if (_seen.TryGetValue(item.Publisher, out var seen) && item.Number <= seen.Number)
            {
                resume = item.Position;
            }
        }

        var lost = head.Flags.HasFlag(DeliveryFlags.Lost) || (_installed > 0 && !Covers(reader.Coverage));
        if (KeepsHistory)
        {
            // Some of it is in the new order again; then that is its place.
            foreach (var item in _tail)
            {
                _history.Add(_installed, item);
            }
        }

        _fence = _installed = head.Epoch;
        _coverage = reader.Coverage;
        (_forced, _stable, _tailBytes) = (0, 0, 0);
        if (head.Forced > 0)
        {
            ForgetWhatIsCut(reader);
        }

        _tail.Clear();
        if (lost)
        {
            outputs.Add(new InboxOutput(InboxOutputKind.Lost, _installed));
        }

        while (reader.TryReadItem(out var item))
        {
            Take(item, item.Position > resume, outputs);
        }

        _position = head.Through;
        outputs.Add(new InboxOutput(InboxOutputKind.Installed, _installed, head.Expected));
    }

    /// <summary>The new order may begin later than what is held here: that was in the order, but the log had no room for it.</summary>
    private void ForgetWhatIsCut(DeliveryBatchReader reader)
    {
        var installed = new HashSet<(GatewayId, long)>();
        while (reader.TryReadItem(out var item))
        {
            installed.Add((item.Publisher, item.Number));
        }

        foreach (var item in _tail)
        {
            if (!installed.Contains((item.Publisher, item.Number)))
            {
                Forget(item);
            }
        }
    }

    private void Forget(in SequencedItem item)
    {
        if (_seen.ContainsKey(item.Publisher))
        {
            _forgotten[item.Publisher] = Math.Max(item.Number, _forgotten.GetValueOrDefault(item.Publisher));
        }
    }

    /// <summary>Nothing that this gateway has not seen may be missing of its own epoch, and nothing at all of those that it slept through.</summary>
    private bool Covers(Coverage[] coverage)
    {
        var isKnown = false;
        foreach (var covered in coverage)
        {
            if (covered.Epoch == _installed)
            {
                isKnown = covered.Position <= _position;
            }
            else if (covered.Epoch > _installed && covered.Position > 0)
            {
                return false;
            }
        }

        return isKnown;
    }

    private void Take(in SequencedItem item, bool deliver, List<InboxOutput> outputs)
    {
        _tail.Enqueue(item);
        _tailBytes += item.Item.Length;
        if (See(item) && deliver)
        {
            outputs.Add(new InboxOutput(InboxOutputKind.Deliver, _installed, item.Position, 0, item));
        }
    }

    /// <returns><see langword="false"/>: it, or a later one of its publisher, was seen before.</returns>
    private bool See(in SequencedItem item)
    {
        var isKnown = _seen.TryGetValue(item.Publisher, out var seen);
        if (isKnown && item.Number <= seen.Number)
        {
            return false;
        }

        if (!isKnown && _seen.Count >= options.MaxPublishers)
        {
            var silent = _seen.MinBy(publisher => publisher.Value.Touched).Key;
            _seen.Remove(silent);
            _forgotten.Remove(silent);
        }

        _seen[item.Publisher] = (item.Number, ++_clock);
        return true;
    }

    private void Trim()
    {
        while (_tail.TryPeek(out var oldest)
            && (oldest.Position <= _stable || _tail.Count > options.MaxTailPackets || _tailBytes > options.MaxTailBytes))
        {
            if (oldest.Position > _stable)
            {
                _forced = Math.Max(_forced, oldest.Position);
                Forget(oldest);
            }

            _tailBytes -= oldest.Item.Length;
            _tail.Dequeue();
            if (KeepsHistory)
            {
                _history.Add(_installed, oldest);
            }
        }
    }
}
