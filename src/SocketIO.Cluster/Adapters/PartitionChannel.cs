// A gateway's end of one partition: what it publishes, and what it receives in order.
namespace SocketIO.Cluster;

/// <summary>Drives a <see cref="PublisherOutbox"/> and a <see cref="GatewayInbox"/> over the link. Thread-safe.</summary>
/// <remarks>Locks are taken in this order: deliveries, the adapter's routes, publications.</remarks>
internal sealed class PartitionChannel
{
    private readonly Lock _order = new();
    private readonly Lock _publish = new();
    private readonly PartitionKey _key;
    private readonly IClusterLink _link;
    private readonly ClusterOptions _options;
    private readonly Func<TimeSpan> _now;
    private readonly PublisherOutbox _outbox;
    private readonly GatewayInbox _inbox;
    private readonly Queue<(long Number, TaskCompletionSource Sequenced)> _waiting = new();
    private readonly List<InboxOutput> _outputs = [];
    private TimeSpan? _wokenAt;
    private long _attempts;
    private long _refused;
    private long _lost;

    private readonly IPartitionReceiver _nobody;
    private readonly Queue<TaskCompletionSource> _emptied = new();
    private IPartitionReceiver _receiver;

    /// <param name="key">Which partition.</param>
    /// <param name="link">The way to it.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="nobody">Takes the deliveries while this gateway has no such namespace.</param>
    /// <param name="now">The time.</param>
    public PartitionChannel(PartitionKey key, IClusterLink link, ClusterOptions options, IPartitionReceiver nobody, Func<TimeSpan> now)
    {
        _receiver = _nobody = nobody;
        _key = key;
        _link = link;
        _options = options;
        _now = now;
        _outbox = new PublisherOutbox(link.Gateway, options.Outbox);
        _inbox = new GatewayInbox(options.Inbox);
    }

    /// <summary>How full it is.</summary>
    public ChannelLoad Load
    {
        get
        {
            int unaccepted, kept;
            long unacceptedBytes, keptBytes;
            lock (_publish)
            {
                (unaccepted, unacceptedBytes) = (_outbox.Count, _outbox.Bytes);
            }

            lock (_order)
            {
                (kept, keptBytes) = (_inbox.TailCount, _inbox.TailBytes);
            }

            return new ChannelLoad(unaccepted, unacceptedBytes, kept, keptBytes);
        }
    }

    /// <summary>How often a publication found no room.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>How often something was lost for good, as this gateway was behind the log's end.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Deliveries go to a receiver from now on.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="keepsHistory">Whether what is delivered is kept for clients that come back.</param>
    public void Attach(IPartitionReceiver receiver, bool keepsHistory)
    {
        lock (_order)
        {
            _inbox.KeepsHistory = keepsHistory;
            _receiver = receiver;
        }
    }

    /// <summary>They go to that receiver no longer.</summary>
    public void Release(IPartitionReceiver receiver)
    {
        lock (_order)
        {
            if (_receiver == receiver)
            {
                _receiver = _nobody;
            }
        }
    }

    /// <summary>Completes when everybody has all that was published.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_publish)
        {
            if (_outbox.Count == 0)
            {
                return Task.CompletedTask;
            }

            var emptied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _emptied.Enqueue(emptied);
            return emptied.Task;
        }
    }

    /// <summary>Publishes an item.</summary>
    /// <param name="item">As <see cref="RelayItem"/> wrote it; it must not change any more.</param>
    /// <param name="sequenced">Completes when the partition has applied it.</param>
    /// <returns><see langword="false"/>: the outbox is full; nothing was taken.</returns>
    public bool TryPublish(ReadOnlyMemory<byte> item, TaskCompletionSource? sequenced = null)
    {
        lock (_publish)
        {
            if (!_outbox.TryAdd(item, out var number))
            {
                Interlocked.Increment(ref _refused);
                return false;
            }

            if (sequenced is not null)
            {
                _waiting.Enqueue((number, sequenced));
            }

            Flush();
            return true;
        }
    }

    /// <summary>Runs what must not come between two deliveries.</summary>
    public void Exclusively(Action action)
    {
        lock (_order)
        {
            action();
        }
    }

    /// <summary>Asks for what the log holds of some rooms between an offset and what was delivered here; the answer comes as that of a gateway without a name.</summary>
    /// <remarks>To be called <see cref="Exclusively"/>, with what ends the deliveries before it and begins those after it.</remarks>
    /// <returns>The epoch whose log is asked.</returns>
    public long Query(long request, Offset after, IReadOnlyCollection<string> rooms)
    {
        var place = _inbox.Place;
        _link.SendToPartition(_key, LogQuery.Write(_link.Gateway, request, after, place, rooms));
        return place.Epoch;
    }

    /// <summary>Runs what gives a client the answer, with no delivery before or after that it could miss or get twice.</summary>
    /// <param name="epoch">The epoch that answered.</param>
    /// <param name="missed">The answer.</param>
    /// <param name="action">What is to be run.</param>
    /// <returns><see langword="false"/>: the order is being put together anew, and the answer has no place in it.</returns>
    public bool TryRestore(long epoch, IReadOnlyList<SequencedItem> missed, Action action)
    {
        lock (_order)
        {
            if (!_inbox.TryHold(epoch, missed))
            {
                return false;
            }

            action();
            return true;
        }
    }

    /// <summary>The partition has said something.</summary>
    /// <exception cref="BatchFormatException">It can't be read; nothing was done.</exception>
    public void Receive(ReadOnlyMemory<byte> message)
    {
        switch (BatchFormat.TypeOf(message.Span))
        {
            case BatchType.Pull:
                OnPull(PartitionMessage.Read(message.Span).Epoch);
                break;
            case BatchType.Received:
                var received = PartitionMessage.Read(message.Span);
                lock (_publish)
                {
                    _outbox.Received(received.Epoch, received.Position);
                    Flush();
                }

                break;
            default:
                OnDelivery(message);
                break;
        }
    }

    /// <summary>Sends what is due again.</summary>
    public void Tick()
    {
        lock (_publish)
        {
            Flush();
        }
    }

    private void OnPull(long epoch)
    {
        PullReply? reply;
        long known;
        lock (_order)
        {
            // Rooms and publications as of one moment: what is not among the former is on its way in the latter.
            (reply, known) = _receiver.WithRooms(Pull);
            if (reply is not null)
            {
                PullReplyFormat.Write(reply, ++_attempts, part => _link.SendToPartition(_key, part));
            }
            else if (known > epoch)
            {
                Send(BatchType.Refuse, known);
            }
        }

        (PullReply? Reply, long Known) Pull(IReadOnlyCollection<ReadOnlyMemory<byte>> rooms)
        {
            lock (_publish)
            {
                return (_inbox.Pull(epoch, _link.Gateway, rooms, _outbox, out var higher), higher);
            }
        }
    }

    private void OnDelivery(ReadOnlyMemory<byte> batch)
    {
        lock (_order)
        {
            _outputs.Clear();
            _inbox.Receive(batch, _outputs);
            foreach (var output in _outputs)
            {
                Do(output);
            }
        }
    }

    private void Do(in InboxOutput output)
    {
        switch (output.Kind)
        {
            case InboxOutputKind.Deliver:
                _receiver.Deliver(output.Item);
                if (output.Item.Publisher == _link.Gateway)
                {
                    lock (_publish)
                    {
                        Complete(output.Item.Number);
                    }
                }

                break;
            case InboxOutputKind.Lost:
                Interlocked.Increment(ref _lost);
                _receiver.OnLost();
                break;
            case InboxOutputKind.Acknowledge:
                Send(BatchType.Acknowledge, output.Epoch, output.Number, output.Settled);
                break;
            case InboxOutputKind.Refetch:
                Send(BatchType.Refetch, output.Epoch, output.Number);
                break;
            case InboxOutputKind.Refuse:
                Send(BatchType.Refuse, output.Epoch);
                break;
            case InboxOutputKind.Installed:
                lock (_publish)
                {
                    _outbox.Installed(output.Epoch, output.Number);
                    Flush();
                }

                break;
            case InboxOutputKind.Accepted:
                lock (_publish)
                {
                    _outbox.Accepted(output.Number);
                    Complete(output.Number);
                    Flush();
                }

                _receiver.OnRoom();
                break;
        }
    }

    private void Complete(long number)
    {
        while (_waiting.TryPeek(out var waiting) && waiting.Number <= number)
        {
            _waiting.Dequeue().Sequenced.TrySetResult();
        }

        while (_outbox.Count == 0 && _emptied.TryDequeue(out var emptied))
        {
            emptied.TrySetResult();
        }
    }

    private void Flush()
    {
        var now = _now();
        while (_outbox.TryFlush(now, out _, out var batch))
        {
            _link.SendToPartition(_key, batch);
        }

        // Until a partition was installed here there is nobody to number for: the first that is sent brings it to life.
        if (!_outbox.IsInstalled && _outbox.Count > 0 && (_wokenAt is not { } wokenAt || now - wokenAt >= _options.Outbox.RetryAfter))
        {
            _wokenAt = now;
            Send(BatchType.Wake, 0);
        }
    }

    private void Send(BatchType type, long epoch, long position = 0, long settled = 0) =>
        _link.SendToPartition(_key, new PartitionMessage(type, _link.Gateway, epoch, position, settled).Write());
}

/// <summary>How full a <see cref="PartitionChannel"/> is.</summary>
/// <param name="Unaccepted">Packets that the partition has not accepted yet.</param>
/// <param name="UnacceptedBytes">Their bytes.</param>
/// <param name="Kept">Packets that a take-over could ask for.</param>
/// <param name="KeptBytes">Their bytes.</param>
internal readonly record struct ChannelLoad(long Unaccepted, long UnacceptedBytes, long Kept, long KeptBytes);

/// <summary>What takes the deliveries of a <see cref="PartitionChannel"/>, one at a time.</summary>
internal interface IPartitionReceiver
{
    /// <summary>The next item of the order.</summary>
    void Deliver(in SequencedItem item);

    /// <summary>Something that may have been for this gateway is lost for good.</summary>
    void OnLost();

    /// <summary>There may be room again for what could not be published.</summary>
    void OnRoom();

    /// <summary>Calls with the rooms that this gateway wants routed; none is added or removed meanwhile.</summary>
    T WithRooms<T>(Func<IReadOnlyCollection<ReadOnlyMemory<byte>>, T> action);
}
