using System.Buffers;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

public sealed class PartitionTests
{
    private static readonly GatewayId First = new(1);
    private static readonly GatewayId Second = new(2);

    private readonly List<PartitionOutput> _outputs = [];
    private readonly Dictionary<GatewayId, GatewayInbox> _inboxes = [];
    private readonly Dictionary<GatewayId, PublisherOutbox> _outboxes = [];

    [Fact]
    public void Nothing_is_sequenced_before_every_gateway_has_answered_and_the_epoch_was_read_again()
    {
        var partition = new Partition(new PartitionOptions(), 5);
        partition.Start([First, Second]);
        Pull(partition, First);
        Assert.DoesNotContain(Flush(partition), output => output.Kind == PartitionOutputKind.Confirm);
        Pull(partition, Second);
        Assert.Contains(Flush(partition), output => output.Kind == PartitionOutputKind.Confirm);
        Assert.False(partition.IsSequencing);
        partition.Confirmed(5, _outputs);
        Assert.True(partition.IsSequencing);
    }

    [Fact]
    public void A_higher_epoch_ends_the_activation()
    {
        var partition = new Partition(new PartitionOptions(), 5);
        partition.Start([First]);
        Pull(partition, First);
        Flush(partition);
        partition.Confirmed(6, _outputs);
        Assert.Contains(_outputs, output => output.Kind == PartitionOutputKind.Fenced);
        Assert.Empty(Flush(partition));
    }

    [Fact]
    public void A_gateway_that_knows_a_higher_epoch_refuses_a_lower_one()
    {
        var inbox = new GatewayInbox(new GatewayInboxOptions());
        var outbox = new PublisherOutbox(First, new PublisherOutboxOptions());
        Assert.NotNull(inbox.Pull(7, First, [], outbox, out _));
        Assert.Null(inbox.Pull(6, First, [], outbox, out var known));
        Assert.Equal(7, known);
    }

    [Fact]
    public void A_full_outbox_refuses_and_takes_again_once_something_is_accepted()
    {
        var outbox = new PublisherOutbox(First, new PublisherOutboxOptions { MaxPackets = 2 });
        Assert.True(outbox.TryAdd(Item("a"), out _));
        Assert.True(outbox.TryAdd(Item("a"), out _));
        Assert.False(outbox.TryAdd(Item("a"), out _));
        outbox.Accepted(1);
        Assert.True(outbox.TryAdd(Item("a"), out var number));
        Assert.Equal(3, number);
    }

    [Fact]
    public void A_packet_goes_to_the_gateways_of_its_room_and_to_no_other()
    {
        var partition = Sequencing(("a", First), ("b", Second));
        Publish(partition, First, Item("b"));
        Assert.Equal([Second], Delivered(partition));
    }

    [Fact]
    public void A_packet_for_a_socket_goes_to_the_gateway_that_its_id_names_without_a_route()
    {
        var partition = Sequencing(("a", First), ("b", Second));
        Publish(partition, First, Item(RelayWorld.SocketOf(Second)));
        Assert.Equal([Second], Delivered(partition));
    }

    [Fact]
    public void A_batch_that_is_malformed_anywhere_changes_nothing()
    {
        var partition = Sequencing(("a", First));
        var writer = new ArrayBufferWriter<byte>();
        PublishBatch.WriteHead(writer, First, 1, 1, 2);
        BatchFormat.WriteBytes(writer, Item("a"));
        BatchFormat.WriteBytes(writer, [99, 0, 0]);
        Assert.Throws<BatchFormatException>(() => partition.Publish(writer.WrittenMemory, _outputs));
        Assert.Equal(0, partition.LogCount);
    }

    private static byte[] Item(string room)
    {
        var writer = new ArrayBufferWriter<byte>();
        RelayItem.Write(writer, RelayItemKind.Broadcast, RelayItemFlags.None, [Encoding.UTF8.GetBytes(room)], [], 0, First, EventPayload.Empty);
        return writer.WrittenSpan.ToArray();
    }

    private Partition Sequencing(params (string Room, GatewayId Gateway)[] rooms)
    {
        var partition = new Partition(new PartitionOptions(), 1);
        partition.Start(rooms.Select(room => room.Gateway));
        foreach (var (room, gateway) in rooms)
        {
            Pull(partition, gateway, room);
        }

        Flush(partition);
        partition.Confirmed(1, _outputs);
        foreach (var output in Flush(partition).Where(output => output.Batch is not null).ToList())
        {
            var head = new DeliveryBatchReader(output.Batch).Head;
            partition.Acknowledge(output.Gateway, 1, head.Through, head.Settled);
        }

        return partition;
    }

    private void Pull(Partition partition, GatewayId gateway, params string[] rooms)
    {
        _inboxes[gateway] = new GatewayInbox(new GatewayInboxOptions());
        _outboxes[gateway] = new PublisherOutbox(gateway, new PublisherOutboxOptions());
        var names = rooms.Select(room => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(room)).ToList();
        partition.Pulled(_inboxes[gateway].Pull(partition.Epoch, gateway, names, _outboxes[gateway], out _)!);
    }

    private void Publish(Partition partition, GatewayId publisher, byte[] item)
    {
        var outbox = _outboxes[publisher];
        outbox.Installed(1, 1);
        Assert.True(outbox.TryAdd(item, out _));
        Assert.True(outbox.TryFlush(TimeSpan.Zero, out _, out var batch));
        partition.Publish(batch, _outputs);
    }

    private List<GatewayId> Delivered(Partition partition) =>
        [.. Flush(partition).Where(output => output.Batch is not null && new DeliveryBatchReader(output.Batch).Count > 0).Select(output => output.Gateway)];

    private List<PartitionOutput> Flush(Partition partition)
    {
        _outputs.Clear();
        partition.Flush(TimeSpan.Zero, _outputs);
        return _outputs;
    }
}
