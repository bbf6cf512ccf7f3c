using System.Buffers;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>Whatever another node sends: it is read, or refused with the format's own exception, and costs no more memory than its length allows.</summary>
public sealed class BatchFormatFuzzTests
{
    private static readonly GatewayId Gateway = new(0x0123456789abcdef);

    /// <summary>Numbers of the most bytes, lengths that lie, heads of batches.</summary>
    private static readonly byte[][] Dictionary =
    [
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x80], [0xff, 0xff, 0x7f],
        [1, 1], [1, 2], [1, 22], [1, 33], [0],
    ];

    private static readonly (byte[] Bytes, Action<byte[]> Read)[] Formats =
    [
        (FuzzedBatches.Item(Gateway, "lobby", "hall"), bytes => new RelayItemReader(bytes).ReadBody(bytes)),
        (FuzzedBatches.Publication(Gateway, 7, 41, FuzzedBatches.Item(Gateway, "lobby"), [1, 2, 3]), ReadPublication),
        (FuzzedBatches.Delivery(new DeliveryHead(DeliveryFlags.Install, 9, 10, 20, 5, 6, 70, 3, 71), 3, _ => Gateway), ReadDelivery),
        (new PartitionMessage(BatchType.Acknowledge, Gateway, 3, 1_000_000, 7).Write().ToArray(), bytes => PartitionMessage.Read(bytes)),
        (new GatewayMessage(BatchType.Answer, Gateway, 300, 2, Payload()).Write().ToArray(), bytes => GatewayMessage.Read(bytes)),
        (FuzzedBatches.PullReply(Gateway, 5), bytes => new PullReplyFormat.Gatherer(5, _ => true).Add(bytes)),
        MessageFormatTests.Format("request"),
        MessageFormatTests.Format("answer"),
        MessageFormatTests.Format("tunnel"),
    ];

    [Fact]
    public void Foreign_bytes_are_read_or_refused_and_allocate_no_more_than_their_length_allows() =>
        Fuzz.Rounds(30_000, random =>
        {
            var (sample, read) = Formats[random.Next(Formats.Length)];
            // Mostly of the same format, sometimes of another, sometimes of none.
            byte[] bytes = random.Next(8) switch
            {
                0 => Fuzz.Bytes(random, 64),
                1 => [1, (byte)random.Next(50), .. Fuzz.Bytes(random, 64)],
                2 => Fuzz.Mutate(random, [Formats[random.Next(Formats.Length)].Bytes], Dictionary),
                _ => Fuzz.Mutate(random, [sample], Dictionary),
            };
            FuzzedBatches.AssertFrugal(bytes, read);
        });

    private static EventPayload Payload() => new("""["yes",{}]"""u8.ToArray(), new ReadOnlyMemory<byte>[] { new byte[] { 1, 2 } });

    private static void ReadPublication(byte[] bytes)
    {
        var reader = new PublishBatchReader(bytes);
        while (reader.TryReadItem(out _))
        {
        }
    }

    private static void ReadDelivery(byte[] bytes)
    {
        var reader = new DeliveryBatchReader(bytes);
        while (reader.TryReadItem(out _))
        {
        }
    }
}
