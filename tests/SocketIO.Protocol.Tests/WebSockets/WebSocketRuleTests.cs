using System.Buffers;

namespace SocketIO.Protocol.Tests;

/// <summary>What ends a connection, and with which code.</summary>
public class WebSocketRuleTests
{
    private const int Limit = 1000;

    public static TheoryData<string, string> BrokenFrames => new()
    {
        { "RSV2 is set", "a18000000000" },
        { "RSV3 is set", "918000000000" },
        { "RSV1 is set without the extension", "c18000000000" },
        { "opcode 3", "838000000000" },
        { "opcode 4", "848000000000" },
        { "opcode 5", "858000000000" },
        { "opcode 6", "868000000000" },
        { "opcode 7", "878000000000" },
        { "opcode 11", "8b8000000000" },
        { "opcode 12", "8c8000000000" },
        { "opcode 13", "8d8000000000" },
        { "opcode 14", "8e8000000000" },
        { "opcode 15", "8f8000000000" },
        { "a close frame in fragments", "088000000000" },
        { "a ping in fragments", "098000000000" },
        { "a pong in fragments", "0a8000000000" },
        { "a ping of 126 bytes", "89fe007e00000000" },
        { "a close frame of 16-bit length", "88fe007d00000000" },
        { "a pong of 64-bit length", "8aff000000000001000000000000" },
        { "an unmasked text", "810141" },
        { "an unmasked ping", "8900" },
        { "an unmasked frame of 64-bit length", "827f0000000000010000" },
        { "125 in 16 bits", "82fe007d00000000" },
        { "0 in 16 bits", "82fe000000000000" },
        { "65535 in 64 bits", "82ff000000000000ffff00000000" },
        { "1 in 64 bits", "82ff000000000000000100000000" },
        { "a length with the top bit", "82ff800000000000000000000000" },
        { "a length of all bits", "82ffffffffffffffffff00000000" },
        { "a continuation of nothing", "808000000000" },
        { "a continuation of nothing, not the last", "008000000000" },
        { "a text within a text", "018000000000" + "818000000000" },
        { "a binary within a text", "018000000000" + "028000000000" },
        { "a continuation of what is complete", "018000000000" + "808000000000" + "808000000000" },
        { "a continuation after a single frame", "818000000000" + "808000000000" },
        { "a ping of a broken kind within a text", "018000000000" + "098000000000" },
    };

    [Theory]
    [MemberData(nameof(BrokenFrames))]
    public void A_broken_frame_is_a_protocol_error(string what, string frames) =>
        Assert.True(CodeOf(deflate: false, Convert.FromHexString(frames)) == 1002, what);

    [Theory]
    [MemberData(nameof(BrokenFrames))]
    public void A_broken_frame_is_a_protocol_error_byte_by_byte_too(string what, string frames)
    {
        using var reader = new WebSocketMessageReader(Limit);
        var feeder = new Feeder(reader);

        var exception = Assert.Throws<WebSocketProtocolException>(() =>
        {
            foreach (byte next in Convert.FromHexString(frames))
            {
                feeder.Feed([next]);
            }
        });

        Assert.True(exception.CloseCode == 1002, what);
    }

    [Theory]
    [InlineData("a1")]
    [InlineData("838000")]
    [InlineData("09")]
    public void Two_bytes_are_enough_to_refuse_a_frame(string start) =>
        Assert.Equal(1002, CodeOf(deflate: false, [.. Convert.FromHexString(start), 0xFF]));

    [Theory]
    [InlineData("818537fa213d7f9f4d5158")]
    [InlineData("898000000000")]
    public void A_server_that_masks_breaks_the_protocol(string frame)
    {
        using var reader = new WebSocketMessageReader(Limit, masked: false);

        Assert.Equal(1002, Assert.Throws<WebSocketProtocolException>(() => reader.ReadAll(Convert.FromHexString(frame))).CloseCode);
    }

    [Theory]
    [InlineData("c98000000000")]
    [InlineData("c88000000000")]
    [InlineData("418000000000" + "c08000000000")]
    [InlineData("018000000000" + "c08000000000")]
    [InlineData("a18000000000")]
    public void With_the_extension_RSV1_belongs_to_the_first_frame_of_data_only(string frames) =>
        Assert.Equal(1002, CodeOf(deflate: true, Convert.FromHexString(frames)));

    [Theory]
    [InlineData("00")]
    [InlineData("0000")]
    [InlineData("03e7")]
    [InlineData("03ec")]
    [InlineData("03ed")]
    [InlineData("03ee")]
    [InlineData("03f7")]
    [InlineData("03f8")]
    [InlineData("07cf")]
    [InlineData("07d0")]
    [InlineData("0bb7")]
    [InlineData("1388")]
    [InlineData("ffff")]
    public void A_close_code_that_may_not_be_sent_is_a_protocol_error(string payload) =>
        Assert.Equal(1002, CodeOf(deflate: false, Frames.Masked(WebSocketOpcode.Close, Convert.FromHexString(payload))));

    [Theory]
    [InlineData("80")]
    [InlineData("ff")]
    [InlineData("c080")]
    [InlineData("e282")]
    [InlineData("eda080")]
    [InlineData("f4908080")]
    [InlineData("f8888080")]
    [InlineData("48656cff6f")]
    public void Text_and_close_reasons_must_be_UTF8_and_binaries_need_not(string payload)
    {
        byte[] bytes = Convert.FromHexString(payload);

        Assert.Equal(1007, CodeOf(deflate: false, Frames.Masked(WebSocketOpcode.Text, bytes)));
        Assert.Equal(1007, CodeOf(deflate: false, Frames.Masked(WebSocketOpcode.Close, [0x03, 0xE8, .. bytes])));
        Assert.Equal(1007, CodeOf(
            deflate: false, Frames.Masked(WebSocketOpcode.Text, bytes.AsSpan(0, 1), final: false), Frames.Masked(WebSocketOpcode.Continuation, bytes.AsSpan(1))));
        Assert.Equal(1007, CodeOf(deflate: true, Frames.Masked(WebSocketOpcode.Text, Compress(bytes), compressed: true)));
        Assert.Null(CodeOf(deflate: false, Frames.Masked(WebSocketOpcode.Binary, bytes)));
        Assert.Null(CodeOf(deflate: false, Frames.Masked(WebSocketOpcode.Ping, bytes)));
    }

    [Fact]
    public void A_message_of_just_the_limit_passes_and_one_byte_more_is_too_big()
    {
        byte[] half = new byte[Limit / 2];

        Assert.Null(CodeOf(deflate: false, Frames.Masked(WebSocketOpcode.Binary, new byte[Limit])));
        Assert.Null(CodeOf(deflate: false, Frames.Masked(WebSocketOpcode.Binary, half, final: false), Frames.Masked(WebSocketOpcode.Continuation, half)));
        Assert.Null(CodeOf(deflate: true, Frames.Masked(WebSocketOpcode.Binary, Compress(new byte[Limit]), compressed: true)));

        Assert.Equal(1009, CodeOf(deflate: false, Frames.Masked(WebSocketOpcode.Binary, new byte[Limit + 1])));
        Assert.Equal(1009, CodeOf(
            deflate: false,
            Frames.Masked(WebSocketOpcode.Binary, half, final: false),
            Frames.Masked(WebSocketOpcode.Continuation, half, final: false),
            Frames.Masked(WebSocketOpcode.Continuation, [0])));
        Assert.Equal(1009, CodeOf(deflate: true, Frames.Masked(WebSocketOpcode.Binary, Compress(new byte[Limit + 1]), compressed: true)));
        Assert.Equal(1009, CodeOf(deflate: true, Frames.Masked(WebSocketOpcode.Binary, Frames.Bytes(Limit + 1), compressed: true)));
    }

    [Theory]
    [InlineData("82fe03e900000000")]
    [InlineData("82ff000000000001000000000000")]
    [InlineData("82ff7fffffffffffffff00000000")]
    [InlineData("01810000000041" + "80fe03e800000000")]
    public void The_declared_length_is_enough_to_refuse_a_message(string frames) =>
        Assert.Equal(1009, CodeOf(deflate: false, Convert.FromHexString(frames)));

    [Fact]
    public void Control_frames_are_not_held_against_the_limit()
    {
        using var reader = new WebSocketMessageReader(maxMessageBytes: 1);

        Assert.Equal(2, reader.ReadAll(
            Frames.Masked(WebSocketOpcode.Text, "1", final: false),
            Frames.Masked(WebSocketOpcode.Ping, new byte[125]),
            Frames.Masked(WebSocketOpcode.Continuation, "")).Count);
    }

    [Theory]
    [InlineData("07")]
    [InlineData("ffffffff")]
    [InlineData("f248cd")]
    public void What_cannot_be_inflated_is_an_invalid_payload(string payload) =>
        Assert.Equal(1007, CodeOf(deflate: true, Frames.Masked(WebSocketOpcode.Binary, Convert.FromHexString(payload), compressed: true)));

    [Fact]
    public void After_an_error_the_reader_holds_nothing_and_reads_no_more()
    {
        using var reader = new WebSocketMessageReader(Limit);
        Assert.Empty(reader.ReadAll(Frames.Masked(WebSocketOpcode.Text, "begun", final: false)));

        Assert.Throws<WebSocketProtocolException>(() => reader.ReadAll(Frames.Masked(WebSocketOpcode.Text, "again")));

        Assert.Equal(0, reader.BufferedCapacity);
        Assert.Throws<ObjectDisposedException>(() => reader.ReadAll(Frames.Masked(WebSocketOpcode.Continuation, "more")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_limit_that_means_nothing_is_refused(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WebSocketMessageReader(limit));

    private static byte[] Compress(ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>();
        PerMessageDeflate.Compress(payload, output);
        return output.WrittenSpan.ToArray();
    }

    private static int? CodeOf(bool deflate, params byte[][] frames)
    {
        using var reader = new WebSocketMessageReader(Limit, deflate: deflate);
        return (Record.Exception(() => reader.ReadAll(frames)) as WebSocketProtocolException)?.CloseCode;
    }
}
