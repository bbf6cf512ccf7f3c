using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>However the bytes arrive, the messages are the same; and what they take on the way.</summary>
public class WebSocketSplitTests
{
    private static readonly byte[] Compressed = Convert.FromHexString("f248cdc9c90700");

    public static TheoryData<string> Conversations => ["short", "16-bit", "64-bit", "fragments", "compressed", "close"];

    [Theory]
    [MemberData(nameof(Conversations))]
    public void A_split_between_any_two_bytes_changes_nothing(string name)
    {
        byte[] bytes = Conversation(name);
        List<(WebSocketOpcode, string)> expected = Read(feeder => feeder.Feed(bytes));
        Assert.NotEmpty(expected);

        foreach (int split in Splits(bytes.Length))
        {
            Assert.Equal(expected, Read(feeder => feeder.FeedBehind([], bytes[..split], bytes[split..])));
            Assert.Equal(expected, Read(feeder =>
            {
                feeder.Feed(bytes[..split]);
                feeder.FeedBehind(bytes[split..]);
            }));
            Assert.Equal(expected, Read(feeder =>
            {
                feeder.Feed(bytes[..split]);
                feeder.Feed(bytes[split..]);
            }));
        }
    }

    [Theory]
    [InlineData("short")]
    [InlineData("16-bit")]
    [InlineData("fragments")]
    [InlineData("compressed")]
    [InlineData("close")]
    public void Segments_of_one_byte_change_nothing(string name)
    {
        byte[] bytes = Conversation(name);
        List<(WebSocketOpcode, string)> expected = Read(feeder => feeder.Feed(bytes));

        Assert.Equal(expected, Read(feeder => feeder.FeedBehind([.. bytes.Select(next => new[] { next })])));
        Assert.Equal(expected, Read(feeder => Array.ForEach(bytes, next => feeder.Feed([next]))));
    }

    [Fact]
    public void What_is_there_of_a_message_is_consumed_so_that_a_full_pipe_goes_on()
    {
        byte[] payload = Frames.Bytes(10_000);
        byte[] frame = Frames.Masked(WebSocketOpcode.Binary, payload);
        using var reader = new WebSocketMessageReader(10_000);
        var feeder = new Feeder(reader);

        foreach (byte[] chunk in frame.Chunk(100))
        {
            feeder.Feed(chunk);
            Assert.Equal(0, feeder.Unconsumed);
        }

        Assert.Equal(payload, Assert.Single(feeder.Messages).Payload);
    }

    [Fact]
    public void A_message_in_one_segment_is_not_copied()
    {
        byte[] frame = Frames.Masked(WebSocketOpcode.Text, "in place");
        var input = new ReadOnlySequence<byte>(frame);
        using var reader = new WebSocketMessageReader(100);

        Assert.True(reader.TryRead(ref input, out WebSocketMessage message));

        Assert.True(message.Payload.Span.Overlaps(frame));
        Assert.True(input.IsEmpty);
    }

    [Fact]
    public void An_idle_connection_holds_no_buffer()
    {
        byte[] frame = Frames.Masked(WebSocketOpcode.Binary, new byte[5000]);
        using var reader = new WebSocketMessageReader(10_000);
        var feeder = new Feeder(reader);
        Assert.Equal(0, reader.BufferedCapacity);

        feeder.Feed(frame[..8]);
        Assert.Equal(0, reader.BufferedCapacity);

        feeder.Feed(frame[8..4000]);
        Assert.InRange(reader.BufferedCapacity, 4000 - 8, 8192);

        feeder.Feed(frame[4000..]);
        Assert.Single(feeder.Messages);
        Assert.Equal(0, reader.BufferedCapacity);
    }

    [Fact]
    public void An_announced_length_takes_no_memory_until_the_bytes_come()
    {
        using var reader = new WebSocketMessageReader(100_000_000);
        var feeder = new Feeder(reader);

        feeder.Feed([.. Convert.FromHexString("82ff0000000005f5e10000000000"), 1, 2, 3]);

        Assert.InRange(reader.BufferedCapacity, 3, 4096);
    }

    [Fact]
    public void Disposing_in_the_middle_of_a_message_gives_its_buffer_back()
    {
        var reader = new WebSocketMessageReader(10_000);
        new Feeder(reader).Feed(Frames.Masked(WebSocketOpcode.Binary, new byte[5000], final: false));
        Assert.NotEqual(0, reader.BufferedCapacity);

        reader.Dispose();
        reader.Dispose();

        Assert.Equal(0, reader.BufferedCapacity);
    }

    [Theory]
    [InlineData(WebSocketOpcode.Text)]
    [InlineData(WebSocketOpcode.Ping)]
    public void A_small_message_allocates_nothing(WebSocketOpcode opcode)
    {
        byte[] frame = Frames.Masked(opcode, "2[\"message\",\"hello\"]");
        byte[] memory = new byte[frame.Length];
        using var reader = new WebSocketMessageReader(1000);
        Assert.Equal(1000, ReadMany(1000));

        Assert.Equal(0, Allocation.Least(() => ReadMany(1)));

        int ReadMany(int count)
        {
            int messages = 0;
            for (int i = 0; i < count; i++)
            {
                frame.CopyTo(memory, 0);
                var input = new ReadOnlySequence<byte>(memory);
                while (reader.TryRead(ref input, out WebSocketMessage message))
                {
                    messages += message.Opcode == opcode ? 1 : 0;
                }
            }

            return messages;
        }
    }

    private static List<(WebSocketOpcode, string)> Read(Action<Feeder> feed)
    {
        using var reader = new WebSocketMessageReader(100_000, deflate: true);
        var feeder = new Feeder(reader);
        feed(feeder);
        return [.. feeder.Messages.Select(message => (message.Opcode, Convert.ToHexString(message.Payload)))];
    }

    // Every place in a short conversation; in a long one those around its headers and some more.
    private static IEnumerable<int> Splits(int length) =>
        length < 3000
            ? Enumerable.Range(0, length + 1)
            : [.. Enumerable.Range(0, 40), .. Enumerable.Range(1, 30).Select(i => (int)((long)length * i / 31)), .. Enumerable.Range(length - 40, 41)];

    private static byte[] Conversation(string name) => name switch
    {
        "short" =>
        [
            .. Frames.Masked(WebSocketOpcode.Text, "héllo"), .. Frames.Masked(WebSocketOpcode.Ping, ""), .. Frames.Masked(WebSocketOpcode.Binary, ""),
            .. Frames.Masked(WebSocketOpcode.Pong, Frames.Bytes(125)), .. Frames.Masked(WebSocketOpcode.Binary, Frames.Bytes(125)),
        ],
        "16-bit" => [.. Frames.Masked(WebSocketOpcode.Binary, Frames.Bytes(126)), .. Frames.Masked(WebSocketOpcode.Binary, Frames.Bytes(300))],
        "64-bit" => [.. Frames.Masked(WebSocketOpcode.Binary, Frames.Bytes(65536)), .. Frames.Masked(WebSocketOpcode.Text, "after")],
        "fragments" =>
        [
            .. Frames.Masked(WebSocketOpcode.Text, Encoding.UTF8.GetBytes("€uro").AsSpan(0, 2), final: false), .. Frames.Masked(WebSocketOpcode.Ping, "ping"),
            .. Frames.Masked(WebSocketOpcode.Continuation, "", final: false), .. Frames.Masked(WebSocketOpcode.Pong, ""),
            .. Frames.Masked(WebSocketOpcode.Continuation, Encoding.UTF8.GetBytes("€uro").AsSpan(2)), .. Frames.Masked(WebSocketOpcode.Text, "after"),
        ],
        "compressed" =>
        [
            .. Frames.Masked(WebSocketOpcode.Text, Compressed, compressed: true), .. Frames.Masked(WebSocketOpcode.Text, "plain"),
            .. Frames.Masked(WebSocketOpcode.Text, Compressed.AsSpan(0, 3), final: false, compressed: true), .. Frames.Masked(WebSocketOpcode.Ping, "ping"),
            .. Frames.Masked(WebSocketOpcode.Continuation, Compressed.AsSpan(3)),
        ],
        _ => [.. Frames.Masked(WebSocketOpcode.Text, "bye"), .. Frames.Masked(WebSocketOpcode.Close, [0x03, 0xE8, .. "bye"u8])],
    };
}
