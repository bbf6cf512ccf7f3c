using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class WebTransportFrameTests
{
    public static TheoryData<string> Conversations => ["short", "16-bit", "64-bit", "long forms"];

    [Theory]
    [InlineData(0, true, "80")]
    [InlineData(1, false, "01")]
    [InlineData(125, false, "7d")]
    [InlineData(125, true, "fd")]
    [InlineData(126, false, "7e007e")]
    [InlineData(65_535, true, "feffff")]
    [InlineData(65_536, false, "7f0000000000010000")]
    [InlineData(int.MaxValue, true, "ff000000007fffffff")]
    public void The_header_says_how_long_the_message_is_and_whether_it_is_binary(int length, bool isBinary, string expected)
    {
        var header = new byte[WebTransportFrame.MaxHeaderLength];

        var written = WebTransportFrame.WriteHeader(header, length, isBinary);

        Assert.Equal(expected, Convert.ToHexStringLower(header.AsSpan(0, written)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 126)]
    [InlineData(8, 65_536)]
    public void A_header_that_does_not_fit_is_not_written_in_part(int room, int length)
    {
        var destination = new byte[room];

        Assert.Throws<ArgumentException>(() => WebTransportFrame.WriteHeader(destination, length, isBinary: true));

        Assert.All(destination, static left => Assert.Equal(0, left));
    }

    [Fact]
    public void A_negative_length_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => WebTransportFrame.WriteHeader(new byte[9], -1, isBinary: true));

    [Theory]
    [InlineData("0130", "text 0")]
    [InlineData("0634e282ac61620534", "text 4€ab|more")]
    [InlineData("84010203ff", "binary 010203ff")]
    [InlineData("80", "binary ")]
    [InlineData("7e000130", "text 0")]
    [InlineData("ff000000000000000201ff", "binary 01ff")]
    [InlineData("80820102013680", "binary |binary 0102|text 6|binary ")]
    [InlineData("", "")]
    [InlineData("05", "more")]
    [InlineData("7e00", "more")]
    [InlineData("ff00000000000000", "more")]
    public void Frames_are_read_as_they_were_written(string hex, string expected)
    {
        using var reader = new WebTransportFrameReader(1000);

        Assert.Equal(expected, string.Join('|', Read(reader, Convert.FromHexString(hex))));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("7e0000")]
    [InlineData("7f0000000000000000")]
    public void A_text_without_a_packet_type_is_refused(string hex) => AssertRefused(1000, hex, "empty");

    [Theory]
    [InlineData(99, "64")]
    [InlineData(99, "e4")]
    [InlineData(1000, "7e03e9")]
    [InlineData(65_535, "7f0000000000010000")]
    [InlineData(1000, "7f0000000100000001")]
    [InlineData(1000, "ff7fffffffffffffff")]
    [InlineData(1000, "ffffffffffffffffff")]
    public void A_message_above_the_bound_is_refused_when_it_is_announced(int bound, string hex) => AssertRefused(bound, hex, $"{bound} bytes");

    [Fact]
    public void A_message_as_long_as_the_bound_is_read()
    {
        using var reader = new WebTransportFrameReader(3);

        Assert.Equal(["text 4ab"], Read(reader, [3, .. "4ab"u8]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_bound_that_no_message_could_keep_is_refused(int bound) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebTransportFrameReader(bound));

    [Theory]
    [MemberData(nameof(Conversations))]
    public void A_split_between_any_two_bytes_changes_nothing(string name)
    {
        var bytes = Conversation(name);
        using var whole = new WebTransportFrameReader(100_000);
        var expected = Read(whole, bytes);
        Assert.NotEmpty(expected);
        Assert.DoesNotContain("more", expected);

        foreach (var split in Splits(bytes.Length))
        {
            using var segmented = new WebTransportFrameReader(100_000);
            var input = Frames.Segmented([], bytes[..split], [], bytes[split..]);
            Assert.Equal(expected, Read(segmented, ref input));

            using var fed = new WebTransportFrameReader(100_000);
            Assert.Equal(expected, Feed(fed, [bytes[..split], bytes[split..]], segmented: false, out _));
            using var behind = new WebTransportFrameReader(100_000);
            Assert.Equal(expected, Feed(behind, [bytes[..split], bytes[split..]], segmented: true, out _));
        }
    }

    [Theory]
    [InlineData("short")]
    [InlineData("16-bit")]
    [InlineData("long forms")]
    public void Segments_of_one_byte_change_nothing(string name)
    {
        var bytes = Conversation(name);
        using var whole = new WebTransportFrameReader(100_000);
        var expected = Read(whole, bytes);
        byte[][] single = [.. bytes.Select(static next => new[] { next })];

        using var segmented = new WebTransportFrameReader(100_000);
        var input = Frames.Segmented(single);
        Assert.Equal(expected, Read(segmented, ref input));
        using var fed = new WebTransportFrameReader(100_000);
        Assert.Equal(expected, Feed(fed, single, segmented: false, out _));
    }

    [Fact]
    public void What_is_there_of_a_message_is_consumed_so_that_a_full_pipe_goes_on()
    {
        using var reader = new WebTransportFrameReader(10_000);
        byte[] frame = [0xfe, 0x27, 0x10, .. Frames.Bytes(10_000)];
        List<string> messages = [];

        foreach (var chunk in frame.Chunk(100))
        {
            messages.AddRange(Feed(reader, [chunk], segmented: false, out var unconsumed));
            Assert.Equal(0, unconsumed);
        }

        Assert.Equal("binary " + Convert.ToHexStringLower(Frames.Bytes(10_000)), Assert.Single(messages));
    }

    [Fact]
    public void A_message_in_one_segment_is_not_copied()
    {
        byte[] frame = [3, .. "4ab"u8];
        var input = new ReadOnlySequence<byte>(frame);
        using var reader = new WebTransportFrameReader(100);

        Assert.True(reader.TryRead(ref input, out var message, out _));

        Assert.True(message.Span.Overlaps(frame));
        Assert.True(input.IsEmpty);
    }

    [Fact]
    public void An_idle_stream_holds_no_buffer()
    {
        byte[] frame = [0xfe, 0x13, 0x88, .. new byte[5000]];
        using var reader = new WebTransportFrameReader(10_000);
        Assert.Equal(0, reader.BufferedCapacity);

        Assert.Empty(Feed(reader, [frame[..3]], segmented: false, out _));
        Assert.Equal(0, reader.BufferedCapacity);

        Assert.Empty(Feed(reader, [frame[3..4000]], segmented: false, out _));
        Assert.InRange(reader.BufferedCapacity, 4000 - 3, 8192);

        Assert.Single(Feed(reader, [frame[4000..]], segmented: false, out _));
        Assert.Equal(0, reader.BufferedCapacity);
    }

    [Fact]
    public void An_announced_length_takes_no_memory_until_the_bytes_come()
    {
        using var reader = new WebTransportFrameReader(100_000_000);

        Assert.Empty(Feed(reader, [[.. Convert.FromHexString("ff0000000005f5e100"), 1, 2, 3]], segmented: false, out _));

        Assert.InRange(reader.BufferedCapacity, 3, 4096);
    }

    [Fact]
    public void Disposing_in_the_middle_of_a_message_gives_its_buffer_back()
    {
        var reader = new WebTransportFrameReader(10_000);
        Feed(reader, [[0xfe, 0x13, 0x88, 1, 2, 3]], segmented: false, out _);
        Assert.NotEqual(0, reader.BufferedCapacity);

        reader.Dispose();
        reader.Dispose();

        Assert.Equal(0, reader.BufferedCapacity);
        var input = new ReadOnlySequence<byte>([1, (byte)'6']);
        Assert.Throws<ObjectDisposedException>(() => reader.TryRead(ref input, out _, out _));
    }

    [Fact]
    public void A_small_message_allocates_nothing_in_either_direction()
    {
        var payload = "42[\"message\",\"hello\"]"u8.ToArray();
        var frame = new byte[100];
        using var reader = new WebTransportFrameReader(1000);
        Assert.Equal(1000, Exchange(1000));

        Assert.Equal(0, Allocation.Least(() => Exchange(1)));

        int Exchange(int count)
        {
            var messages = 0;
            for (var i = 0; i < count; i++)
            {
                var header = WebTransportFrame.WriteHeader(frame, payload.Length, isBinary: false);
                payload.CopyTo(frame, header);
                var input = new ReadOnlySequence<byte>(frame, 0, header + payload.Length);
                while (reader.TryRead(ref input, out var message, out _))
                {
                    messages += message.Span.SequenceEqual(payload) ? 1 : 0;
                }
            }

            return messages;
        }
    }

    [Fact]
    public void Any_conversation_is_understood_however_it_arrives() => Fuzz.Rounds(4000, random =>
    {
        var limit = 1 << random.Next(8, 18);
        var (bytes, expected) = Converse(random, limit);
        using var reader = new WebTransportFrameReader(limit);

        var messages = Feed(reader, Pieces(random, bytes), random.Next(2) == 0, out var unconsumed);

        Assert.Equal(expected, messages);
        Assert.Equal(0, unconsumed);
        Assert.Equal(0, reader.BufferedCapacity);
    });

    [Fact]
    public void Damaged_bytes_end_in_messages_or_in_a_refusal() => Fuzz.Rounds(20_000, random =>
    {
        var limit = 1 << random.Next(0, 12);
        var bytes = random.Next(3) == 0
            ? Fuzz.Bytes(random, 200)
            : Fuzz.Mutate(random, [Converse(random, 2 * limit).Bytes], [[0], [0x7e], [0x7f], [0xfe], [0xff], [0, 0, 0, 0]]);
        using var reader = new WebTransportFrameReader(limit);
        try
        {
            var messages = Feed(reader, Pieces(random, bytes), random.Next(2) == 0, out var unconsumed);
            Assert.True(unconsumed < WebTransportFrame.MaxHeaderLength);
            Assert.InRange(messages.Count, 0, bytes.Length);
            Assert.InRange(reader.BufferedCapacity, 0, 4096 + 2 * limit);
        }
        catch (EngineFormatException)
        {
            Assert.Equal(0, reader.BufferedCapacity);
        }
    });

    private static void AssertRefused(int bound, string hex, string expected)
    {
        var reader = new WebTransportFrameReader(bound);
        var bytes = Convert.FromHexString("0136" + hex);

        List<string> messages = [];
        var refusal = Assert.Throws<EngineFormatException>(() =>
        {
            var input = new ReadOnlySequence<byte>(bytes);
            while (reader.TryRead(ref input, out var message, out var isBinary))
            {
                messages.Add(Describe(message, isBinary));
            }
        });

        Assert.Equal(["text 6"], messages);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, reader.BufferedCapacity);
    }

    // All the messages; "more" at the end if there is a part of another one.
    private static List<string> Read(WebTransportFrameReader reader, byte[] bytes)
    {
        var input = new ReadOnlySequence<byte>(bytes);
        var messages = Read(reader, ref input);
        if (!input.IsEmpty || reader.BufferedCapacity > 0 || (bytes.Length > 0 && messages.Count == 0))
        {
            messages.Add("more");
        }

        return messages;
    }

    private static List<string> Read(WebTransportFrameReader reader, ref ReadOnlySequence<byte> input)
    {
        List<string> messages = [];
        while (reader.TryRead(ref input, out var message, out var isBinary))
        {
            messages.Add(Describe(message, isBinary));
        }

        return messages;
    }

    // As a pipe does it: what was not consumed comes again, in front of what is new.
    private static List<string> Feed(WebTransportFrameReader reader, byte[][] pieces, bool segmented, out int unconsumed)
    {
        List<string> messages = [];
        byte[] rest = [];
        foreach (var piece in pieces)
        {
            var input = segmented ? Frames.Segmented(rest, piece) : new ReadOnlySequence<byte>([.. rest, .. piece]);
            messages.AddRange(Read(reader, ref input));
            rest = input.ToArray();
        }

        unconsumed = rest.Length;
        return messages;
    }

    private static string Describe(ReadOnlyMemory<byte> message, bool isBinary) =>
        isBinary ? "binary " + Convert.ToHexStringLower(message.Span) : "text " + Encoding.UTF8.GetString(message.Span);

    private static (byte[] Bytes, List<string> Messages) Converse(Random random, int limit)
    {
        var bytes = new ArrayBufferWriter<byte>();
        List<string> messages = [];
        for (var count = random.Next(1, 6); count > 0; count--)
        {
            var isBinary = random.Next(2) == 0;
            var payload = new byte[random.Next(4) switch { 0 => Math.Min(limit, random.Next(120, 130)), 1 => limit, _ => random.Next(limit + 1) }];
            random.NextBytes(payload);
            if (!isBinary)
            {
                payload = payload.Length == 0 ? "6"u8.ToArray() : Array.ConvertAll(payload, static next => (byte)('0' + next % 64));
            }

            bytes.Advance(WebTransportFrame.WriteHeader(bytes.GetSpan(WebTransportFrame.MaxHeaderLength), payload.Length, isBinary));
            bytes.Write(payload);
            messages.Add(Describe(payload, isBinary));
        }

        return (bytes.WrittenSpan.ToArray(), messages);
    }

    private static byte[][] Pieces(Random random, byte[] bytes)
    {
        List<byte[]> pieces = [];
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - at, random.Next(3) == 0 ? random.Next(4) : random.Next(1 + bytes.Length / 3));
            pieces.Add(bytes[at..(at + length)]);
            at += length;
        }

        return [.. pieces];
    }

    // Every place in a short conversation; in a long one those around its headers and some more.
    private static IEnumerable<int> Splits(int length) =>
        length < 3000
            ? Enumerable.Range(0, length + 1)
            : [.. Enumerable.Range(0, 40), .. Enumerable.Range(1, 30).Select(i => (int)((long)length * i / 31)), .. Enumerable.Range(length - 40, 41)];

    private static byte[] Conversation(string name) => name switch
    {
        "short" => [5, .. "4hél"u8, 0x80, 1, .. "6"u8, 0xfd, .. Frames.Bytes(125), 0x80],
        "16-bit" => [0xfe, 0, 126, .. Frames.Bytes(126), 0xfe, 1, 44, .. Frames.Bytes(300)],
        "64-bit" => [0xff, 0, 0, 0, 0, 0, 1, 0, 0, .. Frames.Bytes(65_536), 2, .. "4a"u8],
        _ => [0x7e, 0, 2, .. "4a"u8, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0, 3, .. "4bc"u8],
    };
}
