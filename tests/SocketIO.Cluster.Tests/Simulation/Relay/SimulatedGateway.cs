using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>One life of a gateway: for each partition an outbox, an inbox, and the rooms of the sockets that it plays.</summary>
internal sealed class SimulatedGateway
{
    private readonly RelayWorld _world;
    private readonly Share[] _shares;
    private readonly SimulatedClock _clock;

    public SimulatedGateway(RelayWorld world, int machine, GatewayId id, int partitions)
    {
        _world = world;
        _clock = world.Clock();
        Machine = machine;
        Id = id;
        _shares = [.. Enumerable.Range(0, partitions).Select(partition => new Share(partition, id, world.OutboxOptions, world.InboxOptions))];
        foreach (var share in _shares)
        {
            share.Inbox.KeepsHistory = world.Recovers;
        }
    }

    public int Machine { get; }

    public GatewayId Id { get; }

    public bool IsRunning { get; private set; } = true;

    public IReadOnlyList<Share> Shares => _shares;

    private RelayFault Fault => _world.Fault;

    /// <summary>Its process ends.</summary>
    public void Stop()
    {
        IsRunning = false;
        foreach (var client in _shares.SelectMany(static share => share.Clients).ToList())
        {
            _world.Depart(client);
        }
    }

    public void Join(int partition, string room)
    {
        var share = _shares[partition];
        if (share.Wanted.ContainsKey(room))
        {
            return;
        }

        if (share.Outbox.TryAdd(Item(RelayItemKind.Join, Id, [room]), out var number))
        {
            share.Wanted[room] = number;
            if (Fault == RelayFault.JoinDoesNotWaitForItsEcho)
            {
                share.Joined[room] = ++share.Stamp;
            }
        }

        Flush(partition);
    }

    public void Leave(int partition, string room)
    {
        var share = _shares[partition];
        if (!share.Wanted.ContainsKey(room) || share.Clients.Exists(client => client.Rooms.Contains(room)))
        {
            return;
        }

        if (Fault == RelayFault.LeaveIsNotPublished || share.Outbox.TryAdd(Item(RelayItemKind.Leave, Id, [room]), out _))
        {
            share.Wanted.Remove(room);
            share.Joined.Remove(room);
        }

        Flush(partition);
    }

    public void Publish(int partition, string[] rooms)
    {
        var id = _world.NextItem();
        if (_shares[partition].Outbox.TryAdd(Item(RelayItemKind.Broadcast, Id, rooms, string.Create(CultureInfo.InvariantCulture, $"[{id}]")), out var number))
        {
            _world.Published(this, partition, number, id, rooms);
        }

        Flush(partition);
    }

    public void Flush(int partition)
    {
        var share = _shares[partition];
        if (!IsRunning || !share.Outbox.TryFlush(_clock.At(_world.Now), out _, out var batch))
        {
            return;
        }

        if (Fault == RelayFault.PublisherDoesNotSendAgain)
        {
            var reader = new PublishBatchReader(batch);
            share.Outbox.Received(reader.Epoch, reader.First + reader.Count);
        }

        _world.ToPartition(this, partition, activation =>
        {
            var outputs = new List<PartitionOutput>();
            if (Fault == RelayFault.RepeatedPublicationsAreRenumbered)
            {
                batch = Renumber(batch, activation);
            }

            activation.Machine.Publish(batch, outputs);
            activation.Do(outputs);
        });
    }

    public void OnPull(Activation activation)
    {
        if (!IsRunning)
        {
            return;
        }

        var share = _shares[activation.Partition];
        Unfence(share);
        var rooms = share.Wanted.Keys.Select(room => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(room)).ToList();
        var reply = share.Inbox.Pull(activation.Epoch, Id, rooms, share.Outbox, out var known);
        if (reply is null)
        {
            if (known > activation.Epoch)
            {
                _world.ToPartition(this, activation, target => target.Refused(known));
            }

            return;
        }

        reply = Damage(reply);
        _world.ToPartition(this, activation, target =>
        {
            target.Machine.Pulled(reply);
            target.Do([]);
        });
    }

    public void OnReceived(int partition, long epoch, long expected)
    {
        if (IsRunning)
        {
            _shares[partition].Outbox.Received(epoch, expected);
            if (Fault == RelayFault.PublisherTrimsWhatIsOnlyReceived)
            {
                _shares[partition].Outbox.Accepted(expected - 1);
            }

            Flush(partition);
        }
    }

    public void OnDelivery(Activation activation, byte[] batch)
    {
        if (!IsRunning)
        {
            return;
        }

        var share = _shares[activation.Partition];
        if (Fault == RelayFault.SeenNumbersAreForgottenAtTakeOver && new DeliveryBatchReader(batch).Head is { Flags: var flags, Epoch: var epoch }
            && flags.HasFlag(DeliveryFlags.Install) && epoch > share.Installed)
        {
            share.Inbox = new GatewayInbox(_world.InboxOptions) { KeepsHistory = _world.Recovers };
        }

        if (Fault == RelayFault.LossIsNotTold)
        {
            // Behind version and type.
            batch[2] &= unchecked((byte)~(byte)DeliveryFlags.Lost);
        }

        Unfence(share);
        var outputs = new List<InboxOutput>();
        share.Inbox.Receive(batch, outputs);
        if (Fault == RelayFault.ItemsOfABatchAreTurnedRound)
        {
            outputs = [.. outputs.Where(output => output.Kind == InboxOutputKind.Deliver).Reverse(), .. outputs.Where(output => output.Kind != InboxOutputKind.Deliver)];
        }

        foreach (var output in outputs)
        {
            switch (output.Kind)
            {
                case InboxOutputKind.Deliver:
                    share.Deliver(this, output.Item);
                    break;
                case InboxOutputKind.Acknowledge:
                    _world.ToPartition(this, activation, target =>
                    {
                        target.Machine.Acknowledge(Id, output.Epoch, output.Number, output.Settled);
                        target.Do([]);
                    });
                    break;
                case InboxOutputKind.Refetch:
                    _world.ToPartition(this, activation, target =>
                    {
                        target.Machine.Refetch(Id, output.Epoch);
                        target.Do([]);
                    });
                    break;
                case InboxOutputKind.Refuse:
                    _world.ToPartition(this, activation, target => target.Refused(output.Epoch));
                    break;
                case InboxOutputKind.Lost:
                    // Its clients' connections are closed: what they were told before counts no more.
                    share.Losses++;
                    share.Offsets.Clear();
                    foreach (var client in share.Clients.FindAll(static client => client.Lose()))
                    {
                        _world.Depart(client);
                    }

                    break;
                case InboxOutputKind.Installed:
                    share.Installed = output.Epoch;
                    share.Outbox.Installed(output.Epoch, output.Number);
                    break;
                case InboxOutputKind.Accepted:
                    share.Outbox.Accepted(output.Number);
                    share.Complete(output.Number);
                    break;
            }
        }

        share.Clients.ForEach(static client => client.Advance());

        Flush(activation.Partition);
    }

    private static byte[] Item(RelayItemKind kind, GatewayId origin, string[] rooms, string payload = "[]")
    {
        var writer = new ArrayBufferWriter<byte>();
        RelayItem.Write(writer, kind, RelayItemFlags.None, [.. rooms.Select(room => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(room))], [], 0, origin, new EventPayload(Encoding.UTF8.GetBytes(payload)));
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>As if the partition took every batch for a new one.</summary>
    private static byte[] Renumber(byte[] batch, Activation activation)
    {
        var reader = new PublishBatchReader(batch);
        if (activation.Expected.GetValueOrDefault(reader.Publisher) is var expected && expected <= reader.First)
        {
            activation.Expected[reader.Publisher] = reader.First + reader.Count;
            return batch;
        }

        activation.Expected[reader.Publisher] = expected + reader.Count;
        var writer = new ArrayBufferWriter<byte>();
        PublishBatch.WriteHead(writer, reader.Publisher, reader.Epoch, expected, reader.Count);
        while (reader.TryReadItem(out var item))
        {
            BatchFormat.WriteBytes(writer, batch.AsSpan(item));
        }

        return writer.WrittenSpan.ToArray();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_fence")]
    private static extern ref long FenceOf(GatewayInbox inbox);

    private void Unfence(Share share)
    {
        if (Fault == RelayFault.GatewayDoesNotFence)
        {
            FenceOf(share.Inbox) = 0;
        }
    }

    private PullReply Damage(PullReply reply)
    {
        var tail = new DeliveryBatchReader(reply.Tail);
        var retained = new PublishBatchReader(reply.Retained.Span);
        var writer = new ArrayBufferWriter<byte>();
        switch (Fault)
        {
            case RelayFault.PulledRoomsAreLost:
                return reply with { Rooms = [] };
            case RelayFault.ForgottenNumbersAreNotTold:
                return reply with { Forgotten = [] };
            case RelayFault.PulledTailIsLost:
                DeliveryBatch.WriteHead(writer, tail.Head, [], 0);
                return reply with { Tail = writer.WrittenMemory };
            case RelayFault.TailIsCutInSecret when tail.Count > 0:
                tail.TryReadItem(out _);
                DeliveryBatch.WriteHead(writer, tail.Head, [], tail.Count - 1);
                while (tail.TryReadItem(out var item))
                {
                    DeliveryBatch.WriteItem(writer, item.Position, item.Offset, item.Publisher, item.Number, item.Item.Span);
                }

                return reply with { Tail = writer.WrittenMemory };
            case RelayFault.DeadPublishersItemsAreDropped:
                var kept = new List<SequencedItem>();
                while (tail.TryReadItem(out var item))
                {
                    if (_world.Gateways.Any(gateway => gateway.Id == item.Publisher))
                    {
                        kept.Add(item);
                    }
                }

                DeliveryBatch.WriteHead(writer, tail.Head, [], kept.Count);
                kept.ForEach(item => DeliveryBatch.WriteItem(writer, item.Position, item.Offset, item.Publisher, item.Number, item.Item.Span));
                return reply with { Tail = writer.WrittenMemory };
            case RelayFault.RetainedItemsAreLost:
                PublishBatch.WriteHead(writer, Id, retained.Epoch, retained.First + retained.Count, 0);
                return reply with { Retained = writer.WrittenMemory };
            default:
                return reply;
        }
    }
}
