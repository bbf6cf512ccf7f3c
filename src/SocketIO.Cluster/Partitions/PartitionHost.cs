// A partition at work: bytes in, bytes out, one turn at a time.
namespace SocketIO.Cluster;

/// <summary>What a partition needs of its process. Nothing here waits, or calls back before it returns.</summary>
internal interface IPartitionLink
{
    /// <summary>Sends to a gateway; it may be lost, arrive twice or late.</summary>
    void Send(GatewayId gateway, ReadOnlyMemory<byte> message);

    /// <summary>Reads the epoch from storage and gives it to <see cref="PartitionHost.Confirmed"/>, again and again until it could be read.</summary>
    void ReadEpoch();

    /// <summary>A higher epoch exists: this activation has to end. It does nothing any more.</summary>
    void OnFenced();
}

/// <summary>How full a partition is.</summary>
/// <param name="Rooms">Rooms that have a route.</param>
/// <param name="Packets">Packets of its log.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Gateways">Gateways that it knows.</param>
internal readonly record struct PartitionLoad(long Rooms, long Packets, long Bytes, long Gateways);

/// <summary>Drives a <see cref="Partition"/> over a link. Thread-safe.</summary>
internal sealed class PartitionHost
{
    private readonly Lock _turn = new();
    private readonly Partition _partition;
    private readonly IPartitionLink _link;
    private readonly Func<TimeSpan> _now;
    private readonly PullReplyFormat.Gatherer _replies;
    private readonly List<PartitionOutput> _outputs = [];

    /// <param name="options">The bounds.</param>
    /// <param name="epoch">A new one, from a write to storage that nobody else can have made.</param>
    /// <param name="live">All gateways that live now, without exception.</param>
    /// <param name="link">The process around.</param>
    /// <param name="now">The time.</param>
    public PartitionHost(PartitionOptions options, long epoch, IEnumerable<GatewayId> live, IPartitionLink link, Func<TimeSpan> now)
    {
        _partition = new Partition(options, epoch, Random.Shared.Next());
        _replies = new PullReplyFormat.Gatherer(epoch, _partition.Awaits);
        _link = link;
        _now = now;
        _partition.Start(live);
    }

    /// <summary>Whether nothing is lost by stopping now.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_turn)
            {
                return _partition.IsSettled;
            }
        }
    }

    /// <summary>Rooms with a route: while there are any, the partition is not idle.</summary>
    public int RouteCount
    {
        get
        {
            lock (_turn)
            {
                return _partition.RouteCount;
            }
        }
    }

    /// <summary>How full it is.</summary>
    public PartitionLoad Load
    {
        get
        {
            lock (_turn)
            {
                return new PartitionLoad(_partition.RouteCount, _partition.LogCount, _partition.LogBytes, _partition.Gateways.Count);
            }
        }
    }

    /// <summary>A gateway has come.</summary>
    public void GatewayUp(GatewayId gateway) => Turn(() => _partition.GatewayUp(gateway));

    /// <summary>A gateway was declared dead.</summary>
    public void GatewayDead(GatewayId gateway) => Turn(() =>
    {
        _partition.GatewayDead(gateway);
        _replies.Remove(gateway);
    });

    /// <summary>The epoch as it was read from storage.</summary>
    public void Confirmed(long epoch) => Turn(() => _partition.Confirmed(epoch, _outputs));

    /// <summary>Looks for what is due again; to be called now and then.</summary>
    public void Tick() => Turn(static () => { });

    /// <summary>A gateway has said something.</summary>
    /// <exception cref="BatchFormatException">It can't be read; nothing was done.</exception>
    public void Receive(ReadOnlyMemory<byte> message) => Turn(() =>
    {
        var type = BatchFormat.TypeOf(message.Span);
        switch (type)
        {
            case BatchType.Publish:
                _partition.Publish(message, _outputs);
                return;
            case BatchType.PullReply:
                if (_replies.Add(message) is { } reply)
                {
                    _partition.Pulled(reply);
                }

                return;
            case BatchType.Query:
                var query = LogQuery.Read(message);
                _partition.Answer(query, part => _link.Send(query.Gateway, part));
                return;
        }

        var control = PartitionMessage.Read(message.Span);
        switch (type)
        {
            case BatchType.Acknowledge:
                _partition.Acknowledge(control.Gateway, control.Epoch, control.Position, control.Settled);
                break;
            case BatchType.Refetch:
                _partition.Refetch(control.Gateway, control.Epoch);
                break;
            case BatchType.Refuse:
                _partition.Refused(control.Epoch, _outputs);
                break;
            case BatchType.Wake:
                break;
            default:
                throw new BatchFormatException($"A message of type {(byte)type} is not for a partition.");
        }
    });

    private void Turn(Action action)
    {
        lock (_turn)
        {
            try
            {
                action();
                _partition.Flush(_now(), _outputs);
                foreach (var output in _outputs)
                {
                    Do(output);
                }
            }
            finally
            {
                _outputs.Clear();
            }
        }
    }

    private void Do(in PartitionOutput output)
    {
        switch (output.Kind)
        {
            case PartitionOutputKind.Pull:
                Send(BatchType.Pull, output);
                break;
            case PartitionOutputKind.Deliver:
                _link.Send(output.Gateway, output.Batch!);
                break;
            case PartitionOutputKind.Resend:
                Send(BatchType.Received, output);
                break;
            case PartitionOutputKind.Confirm:
                _link.ReadEpoch();
                break;
            case PartitionOutputKind.Fenced:
                _link.OnFenced();
                break;
        }
    }

    private void Send(BatchType type, in PartitionOutput output) =>
        _link.Send(output.Gateway, new PartitionMessage(type, output.Gateway, output.Epoch, output.Number).Write());
}
