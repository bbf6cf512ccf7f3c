using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Benchmarks.Micro;

/// <summary>A partition takes batches of 256 packets of 100 bytes to a room and gives each of three gateways its deliveries. The figures are per packet.</summary>
[MemoryDiagnoser]
public class PartitionBenchmarks
{
    private const int Items = 256;

    private readonly List<PartitionOutput> _outputs = [];
    private readonly GatewayId[] _gateways = [new(1), new(2), new(3)];
    private byte[] _items = [];
    private Partition _partition = new(new PartitionOptions(), 1);
    private long _next = 1;

    [GlobalSetup]
    public void SetUp()
    {
        ReadOnlyMemory<byte> room = Encoding.UTF8.GetBytes("lobby");
        var json = Encoding.UTF8.GetBytes("[\"news\",\"" + new string('x', 89) + "\"]");
        var item = new ArrayBufferWriter<byte>();
        RelayItem.Write(item, RelayItemKind.Broadcast, RelayItemFlags.None, [room], [], 0, _gateways[0], new EventPayload(json));
        var items = new ArrayBufferWriter<byte>();
        for (var i = 0; i < Items; i++)
        {
            BatchFormat.WriteBytes(items, item.WrittenSpan);
        }

        _items = items.WrittenSpan.ToArray();
        // As many as stay until everybody has them; a longer log costs memory, not time.
        _partition = new Partition(new PartitionOptions { MaxLogPackets = 4_096 }, 1);
        _partition.Start(_gateways);
        foreach (var gateway in _gateways)
        {
            var reply = new GatewayInbox(new GatewayInboxOptions()).Pull(1, gateway, [room], new PublisherOutbox(gateway, new PublisherOutboxOptions()), out _);
            _partition.Pulled(reply!);
        }

        Turn();
        _partition.Confirmed(1, _outputs);
        Turn();
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public void SequenceAndRouteToThreeGateways()
    {
        var batch = new ArrayBufferWriter<byte>(_items.Length + 64);
        PublishBatch.WriteHead(batch, _gateways[0], 1, _next, Items);
        batch.Write(_items);
        _next += Items;
        _partition.Publish(batch.WrittenMemory, _outputs);
        Turn();
    }

    /// <summary>Sends all, and acknowledges it as the gateways would.</summary>
    private void Turn()
    {
        do
        {
            _outputs.Clear();
            _partition.Flush(TimeSpan.Zero, _outputs);
            foreach (var output in _outputs)
            {
                if (output.Batch is not null)
                {
                    var head = new DeliveryBatchReader(output.Batch).Head;
                    _partition.Acknowledge(output.Gateway, 1, head.Through, head.Settled);
                }
            }
        }
        while (_outputs.Exists(output => output.Batch is not null));
    }
}
