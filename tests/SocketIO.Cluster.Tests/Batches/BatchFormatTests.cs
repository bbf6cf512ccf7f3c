using System.Buffers;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

public sealed class BatchFormatTests
{
    private static readonly GatewayId Publisher = new(0x0123456789abcdef);

    [Fact]
    public void An_item_arrives_as_it_was_written()
    {
        var item = Item();
        var reader = new RelayItemReader(item);

        Assert.Equal(RelayItemKind.Broadcast, reader.Kind);
        Assert.Equal(RelayItemFlags.Volatile | RelayItemFlags.NoCompress, reader.Flags);
        Assert.Equal(2, reader.RoomCount);
        Assert.True(reader.TryReadRoom(out var first));
        Assert.Equal("lobby", Encoding.UTF8.GetString(first));
        Assert.True(reader.TryReadRoom(out var second));
        Assert.Equal("", Encoding.UTF8.GetString(second));
        Assert.False(reader.TryReadRoom(out _));
        var body = reader.ReadBody(item);
        Assert.Equal("away", Encoding.UTF8.GetString(Assert.Single(body.Except).Span));
        Assert.Equal(300, body.RequestId);
        Assert.Equal(TimeSpan.FromSeconds(5), body.Timeout);
        Assert.Equal(Publisher, body.Origin);
        Assert.Equal("""["news",1]""", Encoding.UTF8.GetString(body.Payload.Json.Span));
        Assert.Equal(2, body.Payload.Attachments.Length);
        Assert.Equal(new byte[] { 1, 2, 3 }, body.Payload.Attachments.Span[0].ToArray());
        Assert.True(body.Payload.Attachments.Span[1].IsEmpty);
    }

    [Fact]
    public void The_body_can_be_read_without_reading_the_rooms() =>
        Assert.Equal(300, new RelayItemReader(Item()).ReadBody(Item()).RequestId);

    [Fact]
    public void A_publication_arrives_as_it_was_written()
    {
        var batch = Publication();
        var reader = new PublishBatchReader(batch);

        Assert.Equal((Publisher, 7L, 41L, 2), (reader.Publisher, reader.Epoch, reader.First, reader.Count));
        Assert.True(reader.TryReadItem(out var first));
        Assert.Equal(Item(), batch[first]);
        Assert.True(reader.TryReadItem(out var second));
        Assert.Equal("x", Encoding.UTF8.GetString(batch[second]));
        Assert.False(reader.TryReadItem(out _));
    }

    [Fact]
    public void A_delivery_arrives_as_it_was_written()
    {
        var reader = new DeliveryBatchReader(Delivery());

        Assert.Equal(new DeliveryHead(DeliveryFlags.Install | DeliveryFlags.Lost, 9, 10, 20, 5, 6, 70, 3, 71), reader.Head);
        Assert.Equal(new[] { new Coverage(7, 0), new Coverage(8, 1_000_000) }, reader.Coverage);
        Assert.True(reader.TryReadItem(out var first));
        Assert.Equal((11L, new Offset(9, 11), Publisher, 70L), (first.Position, first.Offset, first.Publisher, first.Number));
        Assert.Equal(Item(), first.Item.ToArray());
        Assert.True(reader.TryReadItem(out var second));
        Assert.Equal((20L, new Offset(8, 4)), (second.Position, second.Offset));
        Assert.False(reader.TryReadItem(out _));
    }

    [Fact]
    public void What_ends_at_any_byte_before_its_end_is_refused()
    {
        foreach (var (bytes, read) in Samples())
        {
            read(bytes);
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.Throws<BatchFormatException>(() => read(bytes[..length]));
            }

            Assert.Throws<BatchFormatException>(() => read([.. bytes, 0]));
        }
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(1, 1)]
    public void The_current_version_and_the_one_before_are_read(byte version, byte current) => BatchFormat.CheckVersion(version, current);

    [Theory]
    [InlineData(1, 3)]
    [InlineData(4, 3)]
    [InlineData(0, 1)]
    public void Another_version_is_refused_by_an_error_that_names_both(byte version, byte current)
    {
        var error = Assert.Throws<BatchFormatException>(() => BatchFormat.CheckVersion(version, current));
        Assert.Contains($"version {version} ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"version {current} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_of_another_version_is_refused_before_anything_of_it_is_read()
    {
        foreach (var bytes in new[] { Publication(), Delivery() })
        {
            bytes[0] = 99;
            Assert.Contains("99", Assert.Throws<BatchFormatException>(() => ReadAny(bytes)).Message, StringComparison.Ordinal);
        }

        static void ReadAny(byte[] bytes)
        {
            ReadPublication(bytes);
            ReadDelivery(bytes);
        }
    }

    [Theory]
    [InlineData("0.0", 0, 0)]
    [InlineData("7.123", 7, 123)]
    [InlineData("9223372036854775807.9223372036854775807", long.MaxValue, long.MaxValue)]
    public void An_offset_is_read_as_it_was_written(string text, long epoch, long sequence)
    {
        Assert.True(Offset.TryParse(text, out var offset));
        Assert.Equal(new Offset(epoch, sequence), offset);
        Assert.Equal(text, offset.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("1")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("1.2.3")]
    [InlineData("-1.2")]
    [InlineData("1.+2")]
    [InlineData("01.2")]
    [InlineData("1. 2")]
    [InlineData("9223372036854775808.1")]
    public void What_is_no_offset_is_refused(string text) => Assert.False(Offset.TryParse(text, out _));

    private static (byte[] Bytes, Action<byte[]> Read)[] Samples() =>
    [
        (Item(), bytes => new RelayItemReader(bytes).ReadBody(bytes)),
        (Publication(), ReadPublication),
        (Delivery(), ReadDelivery),
    ];

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

    private static byte[] Item()
    {
        var writer = new ArrayBufferWriter<byte>();
        RelayItem.Write(
            writer,
            RelayItemKind.Broadcast,
            RelayItemFlags.Volatile | RelayItemFlags.NoCompress,
            ["lobby"u8.ToArray(), default],
            ["away"u8.ToArray()],
            300,
            Publisher,
            new EventPayload("""["news",1]"""u8.ToArray(), new ReadOnlyMemory<byte>[] { new byte[] { 1, 2, 3 }, default }),
            TimeSpan.FromSeconds(5));
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] Publication()
    {
        var writer = new ArrayBufferWriter<byte>();
        PublishBatch.WriteHead(writer, Publisher, 7, 41, 2);
        BatchFormat.WriteBytes(writer, Item());
        BatchFormat.WriteBytes(writer, "x"u8);
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] Delivery()
    {
        var writer = new ArrayBufferWriter<byte>();
        var head = new DeliveryHead(DeliveryFlags.Install | DeliveryFlags.Lost, 9, 10, 20, 5, 6, 70, 3, 71);
        DeliveryBatch.WriteHead(writer, head, [new Coverage(7, 0), new Coverage(8, 1_000_000)], 2);
        DeliveryBatch.WriteItem(writer, 11, new Offset(9, 11), Publisher, 70, Item());
        DeliveryBatch.WriteItem(writer, 20, new Offset(8, 4), new GatewayId(-1), 1, "x"u8);
        return writer.WrittenSpan.ToArray();
    }
}
