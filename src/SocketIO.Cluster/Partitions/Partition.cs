// The sequencer: takes numbered items from publishers, gives each a position, and each gateway its share in order.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>
/// A partition's rules under one epoch. It pulls from every live gateway, puts the order together (<see cref="TakeOver"/>), installs that at all, and
/// sequences on. Nobody is admitted before the epoch was read again: whoever takes over afterwards then finds that gateway among the living. The log is everybody's outbox: a gateway is a cursor in it with one delivery in flight, so nobody waits for a slow one and nothing is
/// queued twice; who falls behind its end is told its loss. Single-threaded by contract; time is a span since any origin.
/// Malformed input throws <see cref="BatchFormatException"/> and changes nothing.
/// </summary>
internal sealed class Partition
{
    private readonly PartitionOptions _options;
    private readonly Dictionary<GatewayId, PartitionGateway> _gateways = [];
    private readonly PartitionGateway?[] _slots;
    private readonly uint[] _hints;
    private readonly RouteTable _routes;
    private readonly PartitionLog _log;
    private readonly ulong[] _all;
    private readonly ulong[] _everything;
    private readonly ArrayBufferWriter<byte> _head = new();
    private readonly ArrayBufferWriter<byte> _items = new();
    private List<Coverage> _coverage = [];
    private bool _started;
    private bool _fenced;
    private bool _confirming;
    private long _settled;
    private long _stable;
    private long _forced;

    /// <param name="options">The bounds.</param>
    /// <param name="epoch">A new one, from a write to storage that nobody else can have made.</param>
    /// <param name="seed">For the hashes of the route table.</param>
    public Partition(PartitionOptions options, long epoch, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epoch);
        _options = options;
        Epoch = epoch;
        _slots = new PartitionGateway?[options.MaxGateways];
        _hints = new uint[options.MaxGateways];
        _routes = new RouteTable(options.MaxGateways, options.MaxRooms, seed);
        _log = new PartitionLog(_routes.Words);
        _all = new ulong[_routes.Words];
        _everything = new ulong[_routes.Words];
    }

    public long Epoch { get; }

    /// <summary>Whether the take-over is done.</summary>
    public bool IsSequencing { get; private set; }

    /// <summary>Whether everything was acknowledged by all that it is for: nothing is lost by stopping now.</summary>
    public bool IsSettled => IsSequencing && _gateways.Values.All(gateway => !gateway.IsBehind);

    /// <summary>How many rooms have a route.</summary>
    public int RouteCount => _routes.Count;

    /// <summary>Items of the log.</summary>
    public int LogCount => _log.Count;

    /// <summary>Bytes of the log's items.</summary>
    public long LogBytes => _log.Bytes;

    /// <summary>The gateways that it knows.</summary>
    public IReadOnlyCollection<GatewayId> Gateways => _gateways.Keys;

    /// <summary>Begins with all gateways that live now: the list has to be complete, or what the missing one alone has seen is lost to the order.</summary>
    public void Start(IEnumerable<GatewayId> live)
    {
        foreach (var gateway in live)
        {
            GatewayUp(gateway);
        }

        _started = true;
    }

    /// <summary>A gateway has come. Beyond <see cref="PartitionOptions.MaxGateways"/> it is passed over.</summary>
    public void GatewayUp(GatewayId id)
    {
        var slot = Array.IndexOf(_slots, null);
        if (slot < 0 || _gateways.ContainsKey(id))
        {
            return;
        }

        _slots[slot] = _gateways[id] = new PartitionGateway(id, slot);
    }

    /// <summary>A gateway was declared dead: nothing waits for it, nothing of it is taken any more.</summary>
    public void GatewayDead(GatewayId id)
    {
        if (!_gateways.Remove(id, out var gateway))
        {
            return;
        }

        _slots[gateway.Slot] = null;
        _hints[gateway.Slot] = 0;
        _routes.RemoveAll(gateway.Slot);
        _log.Forget(gateway.Slot);
        Clear(_all, gateway.Slot);
        Clear(_everything, gateway.Slot);
    }

    /// <summary>Somebody has refused this epoch for a higher one.</summary>
    public void Refused(long epoch, List<PartitionOutput> outputs)
    {
        if (epoch > Epoch && !_fenced)
        {
            _fenced = true;
            outputs.Add(new PartitionOutput(PartitionOutputKind.Fenced, default, Epoch));
        }
    }

    /// <summary>A gateway's answer to the pull.</summary>
    public void Pulled(PullReply reply)
    {
        if (_fenced || reply.Epoch != Epoch || !_gateways.TryGetValue(reply.Gateway, out var gateway) || gateway.Reply is not null)
        {
            return;
        }

        TakeOver.Validate(reply);
        gateway.Reply = reply;
    }

    /// <summary>The answer to <see cref="PartitionOutputKind.Confirm"/>.</summary>
    /// <param name="epoch">The epoch in storage.</param>
    /// <param name="outputs">Gets what is to be done.</param>
    public void Confirmed(long epoch, List<PartitionOutput> outputs)
    {
        _confirming = false;
        Refused(epoch, outputs);
        if (_fenced)
        {
            return;
        }

        if (!IsSequencing)
        {
            if (_gateways.Values.All(gateway => gateway.IsConfirming))
            {
                Begin();
            }

            return;
        }

        foreach (var gateway in _gateways.Values)
        {
            if (gateway is { IsConfirming: true, IsAdmitted: false })
            {
                AdmitLate(gateway);
            }
        }
    }

    /// <summary>A publisher's batch. Items that were sequenced already are dropped; the answer names the number that is expected next.</summary>
    public void Publish(ReadOnlyMemory<byte> batch, List<PartitionOutput> outputs)
    {
        var reader = new PublishBatchReader(batch.Span);
        var check = reader;
        while (check.TryReadItem(out var item))
        {
            Validate(batch.Span[item]);
        }

        if (reader.Epoch > Epoch)
        {
            Refused(reader.Epoch, outputs);
        }

        // Who published for an earlier epoch, or is not admitted yet, sends again when this one is installed at it.
        if (_fenced || !IsSequencing || reader.Epoch != Epoch || !_gateways.TryGetValue(reader.Publisher, out var publisher) || !publisher.IsAdmitted)
        {
            return;
        }

        // A batch that starts behind what is expected has lost its predecessor: nothing of it can be taken.
        if (reader.First <= publisher.Expected)
        {
            for (var number = reader.First; reader.TryReadItem(out var item); number++)
            {
                if (number == publisher.Expected)
                {
                    Sequence(publisher, batch[item]);
                }
            }
        }

        outputs.Add(new PartitionOutput(PartitionOutputKind.Resend, publisher.Id, Epoch, publisher.Expected));
    }

    /// <summary>A gateway has everything up to a position.</summary>
    /// <param name="id">Which.</param>
    /// <param name="epoch">Of the delivery.</param>
    /// <param name="position">Its end.</param>
    /// <param name="settled">The settled position that it told.</param>
    public void Acknowledge(GatewayId id, long epoch, long position, long settled)
    {
        if (epoch != Epoch || !_gateways.TryGetValue(id, out var gateway) || !gateway.IsAdmitted || position > _log.Head || position < gateway.InstallThrough)
        {
            return;
        }

        gateway.IsInstalled = true;
        gateway.Acked = Math.Max(gateway.Acked, position);
        gateway.AckedSettled = Math.Max(gateway.AckedSettled, Math.Min(settled, _settled));
        if (gateway.SentAt is null || position < gateway.SentThrough || settled < gateway.SentSettled)
        {
            return;
        }

        gateway.SentAt = null;
        gateway.AckedAccepted = Math.Max(gateway.AckedAccepted, gateway.SentAccepted);
        gateway.Lost &= !gateway.SentLost;
    }

    /// <summary>A gateway has seen a gap, or a delivery could not be sent: what it has not acknowledged goes out again.</summary>
    public void Refetch(GatewayId id, long epoch)
    {
        if (epoch == Epoch && _gateways.TryGetValue(id, out var gateway))
        {
            gateway.SentAt = null;
            gateway.Cursor = gateway.Acked;
        }
    }

    /// <summary>Adds what is due: pulls, and for each gateway without a delivery in flight the next. Called after the messages of a turn, and now and then.</summary>
    public void Flush(TimeSpan now, List<PartitionOutput> outputs)
    {
        if (_fenced)
        {
            return;
        }

        Confirm(outputs);
        Settle();
        foreach (var gateway in _gateways.Values)
        {
            if (gateway.Reply is null)
            {
                if (gateway.PulledAt is not { } pulledAt || now - pulledAt >= _options.RetryAfter)
                {
                    gateway.PulledAt = now;
                    outputs.Add(new PartitionOutput(PartitionOutputKind.Pull, gateway.Id, Epoch));
                }

                continue;
            }

            if (gateway.SentAt is { } sentAt && now - sentAt >= _options.RetryAfter)
            {
                Refetch(gateway.Id, Epoch);
            }

            if (gateway.IsAdmitted && gateway.SentAt is null && IsDue(gateway))
            {
                gateway.SentAt = now;
                outputs.Add(new PartitionOutput(PartitionOutputKind.Deliver, gateway.Id, Epoch, 0, Deliver(gateway)));
            }
        }
    }

    /// <exception cref="BatchFormatException">A partition can't route the item.</exception>
    internal static void Validate(ReadOnlySpan<byte> item)
    {
        var reader = new RelayItemReader(item);
        while (reader.TryReadRoom(out _))
        {
        }
    }

    private static void Clear(ulong[] set, int slot) => set[slot >> 6] &= ~(1UL << slot);

    private static void Set(Span<ulong> set, int slot) => set[slot >> 6] |= 1UL << slot;

    private bool IsDue(PartitionGateway gateway) =>
        !gateway.IsInstalled
        || gateway.LastRouted > gateway.Cursor
        || gateway.Lost
        || gateway.Accepted > gateway.AckedAccepted
        || _settled - gateway.AckedSettled >= _options.SettleEvery;

    /// <summary>Asks for the epoch once all are there that the take-over waits for, or whoever came later.</summary>
    private void Confirm(List<PartitionOutput> outputs)
    {
        var isDue = IsSequencing
            ? _gateways.Values.Any(gateway => gateway is { Reply: not null, IsAdmitted: false })
            : _gateways.Values.All(gateway => gateway.Reply is not null);
        if (!isDue || !_started || _confirming)
        {
            return;
        }

        _confirming = true;
        foreach (var gateway in _gateways.Values)
        {
            gateway.IsConfirming = gateway.Reply is not null;
        }

        outputs.Add(new PartitionOutput(PartitionOutputKind.Confirm, default, Epoch));
    }

    private void AdmitLate(PartitionGateway gateway)
    {
        // It gets what is not stable, as everybody else holds it: were it the only one to remember this epoch, it would have to know the order.
        gateway.InstallAfter = _stable;
        gateway.InstallThrough = _log.Head;
        // It was not part of the take-over: what others have seen behind its back can't be put in order for it any more.
        gateway.Lost = TakeOver.EpochOf(gateway.Reply!) > 0;
        Admit(gateway);
        gateway.LastRouted = gateway.InstallThrough;
        var retained = new PublishBatchReader(gateway.Reply!.Retained.Span);
        while (retained.TryReadItem(out var item))
        {
            Sequence(gateway, gateway.Reply.Retained[item]);
        }
    }

    private void Begin()
    {
        IsSequencing = true;
        var merged = TakeOver.Merge([.. _gateways.Values.Select(gateway => gateway.Reply!)], out _coverage);
        foreach (var gateway in _gateways.Values)
        {
            gateway.InstallThrough = merged.Count;
            Admit(gateway);
            gateway.Expected += new PublishBatchReader(gateway.Reply!.Retained.Span).Count;
            // Accepted is what stands in front of the order, whether it was delivered or counts as lost.
            gateway.Accepted = gateway.Expected - 1;
        }

        var forgotten = _gateways.Values.SelectMany(gateway => gateway.Reply!.Forgotten).ToLookup(number => number.Key, number => number.Value);
        foreach (var entry in merged)
        {
            if (_gateways.TryGetValue(entry.Publisher, out var publisher))
            {
                var settled = Math.Max(publisher.AckedAccepted, forgotten[publisher.Id].DefaultIfEmpty().Max());
                publisher.Accepted = Math.Min(publisher.Accepted, Math.Max(settled, entry.Number - 1));
            }

            // To all: the next take-over then finds the whole order at whomever this one has reached.
            _all.CopyTo(_log.Append(entry.Offset == default ? entry with { Offset = new Offset(Epoch, _log.Head + 1) } : entry));
            Appended();
        }
    }

    private void Admit(PartitionGateway gateway)
    {
        gateway.IsAdmitted = true;
        gateway.Acked = gateway.Cursor = gateway.LastRouted = gateway.AckedSettled = gateway.InstallAfter;
        gateway.Expected = new PublishBatchReader(gateway.Reply!.Retained.Span).First;
        gateway.Accepted = gateway.AckedAccepted = gateway.Expected - 1;
        _hints[gateway.Slot] = SocketIdHint.Of(gateway.Id);
        Set(_all, gateway.Slot);
        foreach (var room in gateway.Reply.Rooms)
        {
            Join(room.Span, gateway.Slot);
        }
    }

    private void Join(ReadOnlySpan<byte> room, int slot)
    {
        if (!_routes.TryAdd(room, slot))
        {
            // The table is full: this gateway gets everything and filters it. That costs, and is right.
            Set(_everything, slot);
        }
    }

    private void Sequence(PartitionGateway publisher, ReadOnlyMemory<byte> item)
    {
        var routes = _log.Append(new LogEntry(item, publisher.Id, publisher.Expected++, new Offset(Epoch, _log.Head + 1)));
        var reader = new RelayItemReader(item.Span);
        if (reader.Kind is RelayItemKind.Join or RelayItemKind.Leave)
        {
            while (reader.TryReadRoom(out var room))
            {
                if (reader.Kind == RelayItemKind.Join)
                {
                    Join(room, publisher.Slot);
                }
                else
                {
                    _routes.Remove(room, publisher.Slot);
                }
            }

            // It comes back in its place in the order: that completes the join.
            Set(routes, publisher.Slot);
        }
        else if (reader.RoomCount == 0)
        {
            _all.CopyTo(routes);
        }
        else
        {
            _everything.CopyTo(routes);
            while (reader.TryReadRoom(out var room))
            {
                _routes.Union(room, routes);
                if (room.Length == SocketIdHint.SocketIdLength)
                {
                    UnionHinted(SocketIdHint.Read(room), routes);
                }
            }
        }

        Appended();
    }

    private void UnionHinted(uint hint, Span<ulong> routes)
    {
        for (var slot = 0; slot < _hints.Length; slot++)
        {
            var next = _hints.AsSpan(slot).IndexOf(hint);
            if (next < 0)
            {
                return;
            }

            slot += next;
            if (_slots[slot] is { IsAdmitted: true })
            {
                Set(routes, slot);
            }
        }
    }

    private void Appended()
    {
        var routes = _log.RoutesOf(_log.Head);
        for (var word = 0; word < routes.Length; word++)
        {
            for (var rest = routes[word]; rest != 0; rest &= rest - 1)
            {
                _slots[(word << 6) + System.Numerics.BitOperations.TrailingZeroCount(rest)]!.LastRouted = _log.Head;
            }
        }

        while (_log.Count > _options.MaxLogPackets || (_log.Bytes > _options.MaxLogBytes && _log.Count > 1))
        {
            DropOldest();
        }
    }

    private void DropOldest()
    {
        var position = _log.Floor + 1;
        if (position > _settled)
        {
            var routes = _log.RoutesOf(position);
            foreach (var gateway in _gateways.Values)
            {
                if (gateway.Acked < position && (routes[gateway.Slot >> 6] >> gateway.Slot & 1) != 0)
                {
                    gateway.Lost = true;
                    _forced = position;
                }
            }

            SettleThrough(position);
        }

        _log.DropOldest();
    }

    /// <summary>Finds what every gateway that it was for has acknowledged.</summary>
    private void Settle()
    {
        var settled = _log.Head;
        var stable = _log.Head;
        foreach (var gateway in _gateways.Values)
        {
            if (gateway.IsAdmitted)
            {
                settled = gateway.IsBehind ? Math.Min(settled, gateway.Acked) : settled;
                stable = Math.Min(stable, gateway.AckedSettled);
            }
        }

        SettleThrough(settled);
        // Tails end where every publisher knows what was accepted, so that none sends again what no tail shows.
        _stable = Math.Max(_stable, stable);
    }

    private void SettleThrough(long position)
    {
        PartitionGateway? publisher = null;
        while (_settled < position)
        {
            ref readonly var entry = ref _log[++_settled];
            if (publisher?.Id == entry.Publisher || _gateways.TryGetValue(entry.Publisher, out publisher))
            {
                publisher!.Accepted = Math.Max(publisher.Accepted, entry.Number);
            }
        }
    }

    private byte[] Deliver(PartitionGateway gateway)
    {
        var after = gateway.IsInstalled ? gateway.Cursor : gateway.InstallAfter;
        var end = gateway.IsInstalled ? _log.Head : gateway.InstallThrough;
        var through = end;
        var count = 0;
        _items.ResetWrittenCount();
        if (gateway.LastRouted > after)
        {
            for (var position = Math.Max(after, _log.Floor) + 1; position <= end; position++)
            {
                if (gateway.IsInstalled && (_log.RoutesOf(position)[gateway.Slot >> 6] >> gateway.Slot & 1) == 0)
                {
                    continue;
                }

                ref readonly var entry = ref _log[position];
                // An installation is one batch, whatever its size: half of one would be no order to start from.
                if (gateway.IsInstalled && count > 0
                    && (count == _options.MaxBatchItems || _items.WrittenCount + entry.Item.Length > _options.MaxBatchBytes))
                {
                    through = position - 1;
                    break;
                }

                DeliveryBatch.WriteItem(_items, position, entry.Offset, entry.Publisher, entry.Number, entry.Item.Span);
                count++;
            }
        }

        var flags = (gateway.IsInstalled ? DeliveryFlags.None : DeliveryFlags.Install) | (gateway.Lost ? DeliveryFlags.Lost : DeliveryFlags.None);
        // An installation that can't begin where it should counts as cut.
        var forced = gateway.IsInstalled || _log.Floor <= after ? _forced : Math.Max(_forced, _log.Floor);
        var head = new DeliveryHead(flags, Epoch, after, through, _stable, _settled, gateway.Accepted, forced, gateway.Expected);
        _head.ResetWrittenCount();
        DeliveryBatch.WriteHead(_head, head, gateway.IsInstalled ? [] : _coverage, count);
        gateway.Cursor = gateway.SentThrough = through;
        gateway.SentSettled = _settled;
        gateway.SentLost = gateway.Lost;
        gateway.SentAccepted = gateway.Accepted;
        var batch = new byte[_head.WrittenCount + _items.WrittenCount];
        _head.WrittenSpan.CopyTo(batch);
        _items.WrittenSpan.CopyTo(batch.AsSpan(_head.WrittenCount));
        return batch;
    }
}
