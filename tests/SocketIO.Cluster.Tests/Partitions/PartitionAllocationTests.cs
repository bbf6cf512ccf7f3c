using System.Buffers;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

public sealed class PartitionAllocationTests
{
    private const int Packets = 256;
    private const int Batches = 50;
    private const int Rounds = 8;

    private static readonly GatewayId[] Gateways = [new(1), new(2), new(3)];

    private readonly List<PartitionOutput> _outputs = new(16);
    private readonly Partition _partition = new(new PartitionOptions { MaxLogPackets = 4 * Packets }, 1);
    private long _delivered;

    [Theory]
    [InlineData("lobby")]
    [InlineData("")]
    [InlineData("abcdefghijklmnopqrst")]
    public void A_packet_on_its_way_through_a_partition_allocates_nothing_but_the_batches_that_it_leaves_in(string room)
    {
        ReadOnlyMemory<byte> name = System.Text.Encoding.UTF8.GetBytes(room);
        _partition.Start(Gateways);
        foreach (var gateway in Gateways)
        {
            var outbox = new PublisherOutbox(gateway, new PublisherOutboxOptions());
            _partition.Pulled(new GatewayInbox(new GatewayInboxOptions()).Pull(1, gateway, [name], outbox, out _)!);
        }

        Turn();
        _partition.Confirmed(1, _outputs);
        Turn();
        var batches = new ReadOnlyMemory<byte>[Batches * Rounds];
        for (var i = 0; i < batches.Length; i++)
        {
            batches[i] = Publication((i * Packets) + 1, name);
        }

        // The first rounds bring the log and the buffers to their sizes, and the runtime has its own things to allocate now and then: not in each round.
        var surplus = new List<long>();
        for (var round = 0; round < Rounds; round++)
        {
            _delivered = 0;
            var before = GC.GetAllocatedBytesForCurrentThread();
            Publish(batches.AsSpan(round * Batches, Batches));
            surplus.Add(GC.GetAllocatedBytesForCurrentThread() - before - _delivered);
            Assert.True(_delivered > 0);
        }

        Assert.Equal(0, surplus.Min());
    }

    private static ReadOnlyMemory<byte> Publication(long first, ReadOnlyMemory<byte> room)
    {
        var item = new ArrayBufferWriter<byte>();
        RelayItem.Write(item, RelayItemKind.Broadcast, RelayItemFlags.None, [room], [], 0, Gateways[0], new EventPayload(new byte[100]));
        var batch = new ArrayBufferWriter<byte>();
        PublishBatch.WriteHead(batch, Gateways[0], 1, first, Packets);
        for (var i = 0; i < Packets; i++)
        {
            BatchFormat.WriteBytes(batch, item.WrittenSpan);
        }

        return batch.WrittenMemory;
    }

    private void Publish(ReadOnlySpan<ReadOnlyMemory<byte>> batches)
    {
        foreach (var batch in batches)
        {
            _partition.Publish(batch, _outputs);
            Turn();
        }
    }

    /// <summary>Delivers all, and acknowledges it as the gateways would.</summary>
    private void Turn()
    {
        bool sent;
        do
        {
            sent = false;
            _outputs.Clear();
            _partition.Flush(TimeSpan.Zero, _outputs);
            foreach (var output in _outputs)
            {
                if (output.Batch is { } batch)
                {
                    sent = true;
                    // An array is its bytes, rounded up to words, behind a header of three.
                    _delivered += ((batch.Length + 7) / 8 * 8) + (3 * IntPtr.Size);
                    var head = new DeliveryBatchReader(batch).Head;
                    _partition.Acknowledge(output.Gateway, 1, head.Through, head.Settled);
                }
            }
        }
        while (sent);
    }
}
