using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>The frames of hixie-75 and -76, and those of RFC 6455 that say the same.</summary>
[Trait("Feature", "K-29")]
public class HixieFrameTests
{
    // The first has a literal U+FFFD in it, at which the servers of the time broke.
    private static readonly string[] Texts = ["a\ufffdb", "", "héllo ☃😀", new('x', 70_000), "last"];

    [Fact]
    [Trait("Feature", "X-11")]
    public void Text_frames_become_text_messages_and_the_close_a_close() =>
        Assert.Equal([.. Texts, "CLOSE"], Receive([.. Texts.SelectMany(Text), 0xFF, 0x00]));

    [Fact]
    [Trait("Feature", "X-11")]
    public void A_split_between_any_two_bytes_changes_nothing()
    {
        byte[] bytes = [.. Text("a\ufffdb"), .. Text(""), .. Text("☃"), 0xFF, 0x00];
        for (int split = 0; split <= bytes.Length; split++)
        {
            Assert.Equal(["a\ufffdb", "", "☃", "CLOSE"], Receive(bytes[..split], bytes[split..]));
        }

        Assert.Equal(["a\ufffdb", "", "☃", "CLOSE"], Receive([.. bytes.Select(static next => new[] { next })]));
        Assert.Equal(["a\ufffdb", "", "☃", "CLOSE"], ReceiveSequence(Frames.Segmented([[], .. bytes.SelectMany(static next => new byte[][] { [next], [] })])));
    }

    [Fact]
    public void What_follows_the_close_is_not_read()
    {
        var reader = new HixieFrameReader();
        var input = new ReadOnlySequence<byte>([0xFF, 0x00, 0x00, (byte)'x', 0xFF]);
        Assert.True(reader.Translate(ref input, new ArrayBufferWriter<byte>()));
        Assert.Equal(3, input.Length);
        Assert.True(reader.Translate(ref input, new ArrayBufferWriter<byte>()));
        Assert.Equal(3, input.Length);
    }

    [Theory]
    [InlineData("80 05 00 00 00 00 00")]
    [InlineData("80 FF FF FF FF FF FF FF FF FF 7F")]
    [InlineData("FF 01 00")]
    [InlineData("FF FF FF FF 7F")]
    [InlineData("FE 00")]
    [InlineData("01 78 FF")]
    [InlineData("7F 78 FF")]
    [InlineData("00 78 FF 78")]
    [InlineData("0D 0A")]
    public void Frames_that_no_client_sends_are_refused(string hexadecimal)
    {
        byte[] bytes = Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(1002, Assert.Throws<WebSocketProtocolException>(() => Receive(bytes)).CloseCode);
        Assert.Equal(1002, Assert.Throws<WebSocketProtocolException>(() => Receive([.. bytes.Select(static next => new[] { next })])).CloseCode);
    }

    [Fact]
    public void A_message_above_the_bound_is_refused_before_it_has_ended()
    {
        byte[] bytes = [0x00, .. new byte[1000].Select(static _ => (byte)'x')];
        Assert.Equal(1009, Assert.Throws<WebSocketProtocolException>(() => Receive(maxMessageBytes: 999, [.. bytes.Chunk(7)])).CloseCode);
    }

    [Fact]
    public void Text_that_is_no_UTF_8_is_refused() =>
        Assert.Equal(1007, Assert.Throws<WebSocketProtocolException>(() => Receive([0x00, 0xC3, 0x28, 0xFF])).CloseCode);

    [Fact]
    public void Nothing_is_held_of_a_message_that_is_on_its_way()
    {
        var reader = new HixieFrameReader();
        var output = new ArrayBufferWriter<byte>();
        foreach (byte[] piece in (byte[][])[[0x00], [(byte)'a'], [(byte)'b', (byte)'c']])
        {
            var input = new ReadOnlySequence<byte>(piece);
            reader.Translate(ref input, output);
            Assert.True(input.IsEmpty);
        }

        Assert.Equal(0x01, output.WrittenSpan[0]);
        Assert.EndsWith("bc", Encoding.Latin1.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WebSocketDrafts.Hixie75, "")]
    [InlineData(WebSocketDrafts.Hixie76, "\u00ff\0")]
    public void What_the_server_says_is_written_as_the_draft_has_it(WebSocketDrafts draft, string close)
    {
        byte[] frames =
        [
            .. Texts.SelectMany(static text => Frames.Unmasked(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(text))),
            .. Frames.Unmasked(WebSocketOpcode.Close, [0x03, 0xE8]),
            .. Frames.Unmasked(WebSocketOpcode.Text, "too late"u8),
        ];
        byte[] expected = [.. Texts.SelectMany(Text), .. Encoding.Latin1.GetBytes(close)];

        Assert.Equal(expected, Send(draft, out _, frames));
        Assert.Equal(expected, Send(draft, out _, [.. frames.Chunk(1)]));
        Assert.Equal(expected, Send(draft, out _, [.. frames.Chunk(4096)]));
    }

    [Fact]
    public void Fragments_become_one_text_frame() =>
        Assert.Equal(Text("one two three"), Send(WebSocketDrafts.Hixie76, out _, Fragment(WebSocketOpcode.Text, "one "), Fragment(WebSocketOpcode.Continuation, "two "), Frames.Unmasked(WebSocketOpcode.Continuation, "three"u8)));

    [Fact]
    public void Binary_messages_do_not_reach_the_client() =>
        Assert.Equal(
            [.. Text("before"), .. Text("after")],
            Send(
                WebSocketDrafts.Hixie76,
                out _,
                [.. Frames.Unmasked(WebSocketOpcode.Text, "before"u8), .. Frames.Unmasked(WebSocketOpcode.Binary, Frames.Bytes(70_000)), .. Fragment(WebSocketOpcode.Binary, "x")],
                [.. Frames.Unmasked(WebSocketOpcode.Continuation, "y"u8), .. Frames.Unmasked(WebSocketOpcode.Text, "after"u8)]));

    [Fact]
    public void A_ping_is_for_the_caller_to_answer()
    {
        byte[] ping = Frames.Unmasked(WebSocketOpcode.Ping, "are you there?"u8);

        byte[] sent = Send(WebSocketDrafts.Hixie76, out byte[]? pong, [.. Frames.Unmasked(WebSocketOpcode.Pong, "heartbeat"u8), .. ping[..5]], ping[5..]);

        Assert.Empty(sent);
        using var reader = new WebSocketMessageReader(100);
        Assert.Equal((WebSocketOpcode.Pong, "are you there?"), Assert.Single(reader.ReadAll(pong!).Select(static message => (message.Opcode, Encoding.UTF8.GetString(message.Payload)))));
    }

    [Theory]
    [InlineData("41 01 78")]
    [InlineData("C1 00")]
    [InlineData("81 80 00 00 00 00")]
    [InlineData("80 01 78")]
    [InlineData("01 01 78 81 01 78")]
    [InlineData("83 00")]
    public void What_is_not_a_servers_frame_is_refused(string hexadecimal) =>
        Assert.Throws<WebSocketProtocolException>(() => Send(WebSocketDrafts.Hixie76, out _, Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal))));

    [Fact]
    public void A_text_cannot_end_its_frame_and_begin_another() =>
        Assert.Throws<WebSocketProtocolException>(() => Send(WebSocketDrafts.Hixie76, out _, Frames.Unmasked(WebSocketOpcode.Text, [(byte)'a', 0xFF, 0x00, (byte)'b'])));

    internal static byte[] Text(string text) => [0x00, .. Encoding.UTF8.GetBytes(text), 0xFF];

    private static byte[] Fragment(WebSocketOpcode opcode, string text)
    {
        byte[] frame = Frames.Unmasked(opcode, Encoding.UTF8.GetBytes(text));
        frame[0] &= 0x7F;
        return frame;
    }

    private static List<string> Receive(params byte[][] pieces) => Receive(maxMessageBytes: 100_000, pieces);

    private static List<string> Receive(int maxMessageBytes, params byte[][] pieces)
    {
        var reader = new HixieFrameReader();
        using var messages = new WebSocketMessageReader(maxMessageBytes);
        List<string> received = [];
        foreach (byte[] piece in pieces)
        {
            Translate(reader, messages, new ReadOnlySequence<byte>(piece), received);
        }

        return received;
    }

    private static List<string> ReceiveSequence(ReadOnlySequence<byte> input)
    {
        using var messages = new WebSocketMessageReader(100_000);
        List<string> received = [];
        Translate(new HixieFrameReader(), messages, input, received);
        return received;
    }

    private static void Translate(HixieFrameReader reader, WebSocketMessageReader messages, ReadOnlySequence<byte> input, List<string> received)
    {
        var output = new ArrayBufferWriter<byte>();
        reader.Translate(ref input, output);
        var frames = new ReadOnlySequence<byte>(output.WrittenMemory);
        received.AddRange(messages.ReadAll(ref frames).Select(static message => message.Opcode == WebSocketOpcode.Close ? "CLOSE" : Encoding.UTF8.GetString(message.Payload)));
        Assert.True(frames.IsEmpty);
    }

    private static byte[] Send(WebSocketDrafts draft, out byte[]? pong, params byte[][] pieces)
    {
        var writer = new HixieFrameWriter(draft);
        var output = new ArrayBufferWriter<byte>();
        byte[] rest = [];
        foreach (byte[] piece in pieces)
        {
            ReadOnlySequence<byte> input = Frames.Segmented(rest, piece);
            writer.Translate(ref input, output);
            rest = input.ToArray();
        }

        pong = writer.TakePong();
        Assert.Null(writer.TakePong());
        return output.WrittenSpan.ToArray();
    }
}
