using System.Buffers;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>Valid batches to be mutated, and what reading the result may cost.</summary>
internal static class FuzzedBatches
{
    public static byte[] Item(GatewayId origin, params string[] rooms) => Item(RelayItemKind.Broadcast, origin, rooms);

    public static byte[] Item(RelayItemKind kind, GatewayId origin, params string[] rooms)
    {
        var writer = new ArrayBufferWriter<byte>();
        var payload = new EventPayload("""["news",{"_placeholder":true,"num":0}]"""u8.ToArray(), new ReadOnlyMemory<byte>[] { new byte[] { 1, 2, 3 } });
        RelayItem.Write(writer, kind, RelayItemFlags.Volatile, [.. rooms.Select(Name)], ["away"u8.ToArray()], 300, origin, payload);
        return writer.WrittenSpan.ToArray();
    }

    public static ReadOnlyMemory<byte> Name(string room) => Encoding.UTF8.GetBytes(room);

    public static byte[] Publication(GatewayId publisher, long epoch, long first, params byte[][] items)
    {
        var writer = new ArrayBufferWriter<byte>();
        PublishBatch.WriteHead(writer, publisher, epoch, first, items.Length);
        foreach (var item in items)
        {
            BatchFormat.WriteBytes(writer, item);
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A delivery of some items behind the head's start.</summary>
    public static byte[] Delivery(in DeliveryHead head, int count, Func<int, GatewayId> publisher)
    {
        var writer = new ArrayBufferWriter<byte>();
        DeliveryBatch.WriteHead(writer, head, [new Coverage(7, 0), new Coverage(8, 1_000_000)], count);
        for (var i = 1; i <= count; i++)
        {
            DeliveryBatch.WriteItem(writer, head.After + i, new Offset(head.Epoch, head.After + i), publisher(i), head.After + i, Item(publisher(i), "lobby"), [publisher(i)]);
        }

        return writer.WrittenSpan.ToArray();
    }

    public static byte[] PullReply(GatewayId gateway, long epoch)
    {
        var tail = Delivery(new DeliveryHead(DeliveryFlags.None, 4, 10, 20, 5, 0, 0, 3, 0), 2, _ => new GatewayId(2));
        var reply = new PullReply(gateway, epoch, [Name("lobby"), Name("hall")], tail, [new Coverage(3, 9)], [KeyValuePair.Create(new GatewayId(2), 8L)], Publication(gateway, 0, 5, Item(gateway, "lobby")));
        byte[] part = [];
        PullReplyFormat.Write(reply, 1, bytes => part = bytes.ToArray());
        return part;
    }

    /// <summary>Reads bytes, which may fail with the format's own exception only, and may allocate a multiple of their length and no more.</summary>
    public static void AssertFrugal(byte[] bytes, Action<byte[]> read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(bytes);
        }
        catch (Exception e) when (e is BatchFormatException or StateFormatException)
        {
            // What was to be shown: this and no other.
        }

        // What little there is in any case: the exception with its stack, the table of a reply's parts.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (128 * bytes.Length) + 65_536);
    }
}
