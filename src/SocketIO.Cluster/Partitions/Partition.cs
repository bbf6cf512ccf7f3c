// The sequencer: takes numbered items from publishers, gives each a position, and each gateway its share in order.
namespace SocketIO.Cluster;

/// <summary>
/// A partition's rules under one epoch. It pulls from every live gateway, puts the order together and installs that at all (<see cref="Admission"/>), and
/// sequences on (<see cref="Sequencer"/>). Nobody is admitted before the epoch was read again: whoever takes over afterwards then finds that gateway among the
/// living. The log is everybody's outbox: a gateway is a cursor in it (<see cref="DeliveryCursor"/>) with one delivery in flight, so nobody waits for a slow
/// one and nothing is queued twice; who falls behind its end is told its loss. Single-threaded by contract; time is a span since any origin.
/// Malformed input throws <see cref="BatchFormatException"/> and changes nothing.
/// </summary>
internal sealed class Partition
{
    private readonly PartitionOptions _options;
    private readonly PartitionGateways _gateways;
    private readonly PartitionRouter _router;
    private readonly PartitionLog _log;
    private readonly Settlement _settlement;
    private readonly Sequencer _sequencer;
    private readonly Admission _admission;
    private readonly DeliveryWriter _deliveries;
    private bool _fenced;

    /// <param name="options">The bounds.</param>
    /// <param name="epoch">A new one, from a write to storage that nobody else can have made.</param>
    /// <param name="seed">For the hashes of the route table.</param>
    public Partition(PartitionOptions options, long epoch, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epoch);
        _options = options;
        Epoch = epoch;
        _gateways = new PartitionGateways(options.MaxGateways);
        _router = new PartitionRouter(options, seed);
        _log = new PartitionLog(_router.Words);
        _settlement = new Settlement(_log, _gateways);
        _sequencer = new Sequencer(options, epoch, _log, _router, _gateways, _settlement);
        _admission = new Admission(options, epoch, _gateways, _router, _log, _sequencer, _settlement);
        _deliveries = new DeliveryWriter(options, epoch, _log, _gateways, _settlement);
    }

    public long Epoch { get; }

    /// <summary>Whether the take-over is done.</summary>
    public bool IsSequencing => _admission.IsOver;

    /// <summary>Whether everything was acknowledged by all that it is for: nothing is lost by stopping now.</summary>
    public bool IsSettled
    {
        get
        {
            foreach (var gateway in _gateways)
            {
                if (gateway.Cursor.IsBehind)
                {
                    return false;
                }
            }

            return IsSequencing;
        }
    }

    /// <summary>How many rooms have a route.</summary>
    public int RouteCount => _router.Count;

    /// <summary>Items of the log.</summary>
    public int LogCount => _log.Count;

    /// <summary>Bytes of the log's items.</summary>
    public long LogBytes => _log.Bytes;

    /// <summary>The gateways that it knows.</summary>
    public IReadOnlyCollection<GatewayId> Gateways => _gateways.Ids;

    /// <summary>Begins with all gateways that live now: the list has to be complete, or what the missing one alone has seen is lost to the order.</summary>
    public void Start(IEnumerable<GatewayId> live)
    {
        foreach (var gateway in live)
        {
            GatewayUp(gateway);
        }

        _admission.Start();
    }

    /// <summary>A gateway has come. Beyond <see cref="PartitionOptions.MaxGateways"/> it is passed over.</summary>
    public void GatewayUp(GatewayId id) => _gateways.Add(id);

    /// <summary>A gateway was declared dead: nothing waits for it, nothing of it is taken any more.</summary>
    public void GatewayDead(GatewayId id)
    {
        if (_gateways.Remove(id, out var gateway))
        {
            _router.Remove(gateway);
            _log.Forget(gateway.Slot);
        }
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

    /// <summary>Whether a gateway has still to answer the pull.</summary>
    public bool Awaits(GatewayId id) => !_fenced && _gateways.TryGet(id, out var gateway) && gateway.Reply is null;

    /// <summary>A gateway's answer to the pull.</summary>
    public void Pulled(PullReply reply)
    {
        if (!_fenced)
        {
            _admission.Pulled(reply);
        }
    }

    /// <summary>The answer to <see cref="PartitionOutputKind.Confirm"/>.</summary>
    /// <param name="epoch">The epoch in storage.</param>
    /// <param name="outputs">Gets what is to be done.</param>
    public void Confirmed(long epoch, List<PartitionOutput> outputs)
    {
        Refused(epoch, outputs);
        _admission.Confirmed(isCurrent: !_fenced);
    }

    /// <summary>A publisher's batch. Items that were sequenced already are dropped; the answer names the number that is expected next.</summary>
    public void Publish(ReadOnlyMemory<byte> batch, List<PartitionOutput> outputs)
    {
        var reader = new PublishBatchReader(batch.Span);
        var check = reader;
        while (check.TryReadItem(out var item))
        {
            RelayItemReader.ValidateRooms(batch.Span[item]);
        }

        if (reader.Epoch > Epoch)
        {
            Refused(reader.Epoch, outputs);
        }

        // Who published for an earlier epoch, or is not admitted yet, sends again when this one is installed at it.
        if (_fenced || !IsSequencing || reader.Epoch != Epoch || !_gateways.TryGet(reader.Publisher, out var publisher) || !publisher.IsAdmitted)
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
                    _sequencer.Sequence(publisher, batch[item]);
                }
            }
        }

        outputs.Add(new PartitionOutput(PartitionOutputKind.Resend, publisher.Id, Epoch, publisher.Expected));
    }

    /// <summary>Answers a gateway what the log holds of some rooms; nothing before the take-over, when it holds nothing yet.</summary>
    public void Answer(LogQuery query, Action<ReadOnlyMemory<byte>> send)
    {
        if (!_fenced && IsSequencing)
        {
            query.Answer(_log, _admission, Epoch, _options, send);
        }
    }

    /// <summary>A gateway has everything up to a position.</summary>
    /// <param name="id">Which.</param>
    /// <param name="epoch">Of the delivery.</param>
    /// <param name="position">Its end.</param>
    /// <param name="settled">The settled position that it told.</param>
    public void Acknowledge(GatewayId id, long epoch, long position, long settled)
    {
        if (epoch == Epoch && _gateways.TryGet(id, out var gateway) && gateway.IsAdmitted && position <= _log.Head && position >= gateway.Cursor.InstallThrough)
        {
            gateway.Cursor.Acknowledge(position, Math.Min(settled, _settlement.Settled));
        }
    }

    /// <summary>A gateway has seen a gap, or a delivery could not be sent: what it has not acknowledged goes out again.</summary>
    public void Refetch(GatewayId id, long epoch)
    {
        if (epoch == Epoch && _gateways.TryGet(id, out var gateway))
        {
            gateway.Cursor.Rewind();
        }
    }

    /// <summary>Adds what is due: pulls, and for each gateway without a delivery in flight the next. Called after the messages of a turn, and now and then.</summary>
    public void Flush(TimeSpan now, List<PartitionOutput> outputs)
    {
        if (_fenced)
        {
            return;
        }

        if (_log.Floor > 0)
        {
            _admission.ForgetHistory();
        }

        _admission.Confirm(outputs);
        _settlement.Update();
        foreach (var gateway in _gateways)
        {
            if (gateway.Reply is null)
            {
                _admission.Pull(gateway, now, outputs);
                continue;
            }

            gateway.Cursor.RewindAfter(_options.RetryAfter, now);
            if (gateway.IsAdmitted && !gateway.Cursor.IsInFlight && gateway.Cursor.IsDue(_settlement.Settled, gateway.Accepted, _options.SettleEvery))
            {
                outputs.Add(new PartitionOutput(PartitionOutputKind.Deliver, gateway.Id, Epoch, 0, _deliveries.Write(gateway, _admission.Restored.Coverage, now)));
            }
        }
    }
}
