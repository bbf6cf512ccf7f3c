using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class EngineCodecV3Tests
{
    public static TheoryData<string, string, string[], string> OldParsers
    {
        get
        {
            var data = new TheoryData<string, string, string[], string>();
            foreach (var vector in Vectors.Read<EncodedPackets>("old-parsers.json"))
            {
                data.Add(vector.Parser, vector.Form, vector.Packets, vector.Hex);
            }

            return data;
        }
    }

    public static TheoryData<string, string[]?> DecodedPayloads
    {
        get
        {
            var data = new TheoryData<string, string[]?>();
            foreach (var vector in Vectors.Read<DecodedPayload>("payloads-decoded-v3.json"))
            {
                data.Add(vector.Payload, vector.Packets);
            }

            return data;
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void It_is_of_the_revision_that_the_client_named(int revision) =>
        Assert.Equal(revision, new EngineCodecV3(revision, isBase64Only: false).Revision);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Other_revisions_are_not_for_it(int revision) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new EngineCodecV3(revision, isBase64Only: false));

    [Theory]
    [MemberData(nameof(OldParsers))]
    public void A_client_gets_byte_for_byte_what_its_own_parser_writes(string parser, string form, string[] described, string hex)
    {
        // Clients 1.0 get payloads in text form only where they ask for base64.
        var codec = Session(parser, isBase64Only: form == "base64 payload" || (form == "text payload" && parser.StartsWith("1.0", StringComparison.Ordinal)));
        var packets = described.Select(EnginePacketText.Parse).ToArray();
        var output = new ArrayBufferWriter<byte>();

        if (form == "message")
        {
            codec.EncodeMessage(packets[0], output);
            Assert.False(codec.EncodesAsBinary(packets[0]));
            Assert.Equal(output.WrittenCount, codec.GetMessageLength(packets[0]));
        }
        else
        {
            Assert.Equal(form == "binary payload", codec.EncodePayload(packets, output));
            Assert.True(packets.Sum(packet => codec.GetPayloadLength(packet)) >= output.WrittenCount || packets.Length == 0);
        }

        Assert.Equal(hex, Convert.ToHexStringLower(output.WrittenSpan));
    }

    [Theory]
    [MemberData(nameof(OldParsers))]
    public void What_its_parser_writes_is_understood_from_a_client_of_which_nothing_is_known_yet(string parser, string form, string[] described, string hex)
    {
        foreach (var codec in new[] { new EngineCodecV3(2, isBase64Only: false), new EngineCodecV3(3, isBase64Only: false), Session(parser) })
        {
            var packets = new List<EnginePacket>();
            if (form == "message")
            {
                packets.Add(codec.DecodeMessage(Convert.FromHexString(hex), isBinary: false));
            }
            else
            {
                codec.DecodePayload(Convert.FromHexString(hex), form == "binary payload", packets);
            }

            Assert.Equal(described, packets.Select(EnginePacketText.Describe));
        }
    }

    [Theory]
    [MemberData(nameof(DecodedPayloads))]
    public void A_payload_is_understood_or_refused_as_by_the_reference(string payload, string[]? expected)
    {
        if (expected is null)
        {
            Refuses(Encoding.UTF8.GetBytes(payload), isBinary: false);
        }
        else
        {
            Assert.Equal(expected, Decode(new EngineCodecV3(3, isBase64Only: false), payload));
        }
    }

    [Theory]
    [InlineData(" 2:4a")]
    [InlineData("2 :4a")]
    [InlineData("+2:4a")]
    [InlineData("2.0:4a")]
    [InlineData("1e0:6")]
    [InlineData("0x1:6")]
    [InlineData("2:4😀")]
    [InlineData("2:b1")]
    [InlineData("6:b1AQ==")]
    [InlineData("3:b4A")]
    [InlineData("6:b4????")]
    [InlineData("4294967298:4a")]
    public void What_no_client_writes_is_refused_though_JavaScript_reads_something_into_it(string payload) =>
        Refuses(Encoding.UTF8.GetBytes(payload), isBinary: false);

    [Theory]
    [InlineData("323a34ff")]
    [InlineData("323a34c3")]
    [InlineData("343a34eda080")]
    public void A_text_payload_that_is_not_UTF_8_is_refused(string hex) =>
        Refuses(Convert.FromHexString(hex), isBinary: false);

    [Theory]
    [InlineData("", "")]
    [InlineData("0001ff36", "noop")]
    [InlineData("000001ff36", "noop")]
    [InlineData("0002ff3430 0105ff04010203ff 0001ff31", "message 0|message <010203ff>|close")]
    [InlineData("0101ff04", "message <>")]
    [InlineData("000100ff34c3a9e29883f09f9880", "message é☃😀")]
    [InlineData("0006ff623441514c2f", "message <0102ff>")]
    public void A_binary_payload_has_decimal_digits_as_bytes(string hex, string expected)
    {
        var packets = new List<EnginePacket>();

        new EngineCodecV3(3, isBase64Only: false).DecodePayload(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), isBinary: true, packets);

        Assert.Equal(expected, string.Join('|', packets.Select(EnginePacketText.Describe)));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0001")]
    [InlineData("00ff")]
    [InlineData("00ff36")]
    [InlineData("0000ff")]
    [InlineData("0100ff")]
    [InlineData("0001ff")]
    [InlineData("0002ff36")]
    [InlineData("0001ff3600")]
    [InlineData("000aff36")]
    [InlineData("0031ff36")]
    [InlineData("0201ff36")]
    [InlineData("3101ff36")]
    [InlineData("0001ff37")]
    [InlineData("0001ff06")]
    [InlineData("0101ff34")]
    [InlineData("0101ff01")]
    [InlineData("0002ff34ff")]
    [InlineData("000402090409060702090708ff34")]
    [InlineData("00090909090909090909090909090909090909090909ff34")]
    public void A_malformed_binary_payload_is_refused(string hex) =>
        Refuses(Convert.FromHexString(hex), isBinary: true);

    [Theory]
    [InlineData("40", "message 0")]
    [InlineData("2probe", "ping probe")]
    [InlineData("3", "pong")]
    [InlineData("5", "upgrade")]
    [InlineData("4line\n\"☃\"", "message line\n\"☃\"")]
    [InlineData("b4AQL/", "message <0102ff>")]
    [InlineData("b4", "message <>")]
    public void A_websocket_text_is_one_packet(string text, string expected) =>
        Assert.Equal(expected, EnginePacketText.Describe(new EngineCodecV3(3, isBase64Only: false).DecodeMessage(Encoding.UTF8.GetBytes(text), isBinary: false)));

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("x")]
    [InlineData("b")]
    [InlineData("b5AQ==")]
    [InlineData("b4€")]
    public void A_malformed_websocket_text_is_refused(string text) =>
        Assert.Throws<EngineFormatException>(() => new EngineCodecV3(3, isBase64Only: false).DecodeMessage(Encoding.UTF8.GetBytes(text), isBinary: false));

    [Fact]
    public void A_binary_websocket_message_has_its_type_as_the_first_byte()
    {
        var codec = new EngineCodecV3(3, isBase64Only: false);

        Assert.Equal("message <0102ff>", EnginePacketText.Describe(codec.DecodeMessage(new byte[] { 4, 1, 2, 255 }, isBinary: true)));
        Assert.Equal("message <>", EnginePacketText.Describe(codec.DecodeMessage(new byte[] { 4 }, isBinary: true)));
        Assert.Throws<EngineFormatException>(() => codec.DecodeMessage(default, isBinary: true));
        Assert.Throws<EngineFormatException>(() => codec.DecodeMessage("4abc"u8.ToArray(), isBinary: true));
        Assert.Throws<EngineFormatException>(() => codec.DecodeMessage(new byte[] { 2, 1 }, isBinary: true));
    }

    [Theory]
    [InlineData(false, true, "040102ff")]
    [InlineData(true, false, "623441514c2f")]
    public void Binary_data_goes_over_a_websocket_behind_its_type_or_as_base64(bool isBase64Only, bool asBinary, string expected)
    {
        var codec = new EngineCodecV3(3, isBase64Only);
        var packet = EnginePacketText.Parse("message <0102ff>");
        var output = new ArrayBufferWriter<byte>();

        codec.EncodeMessage(packet, output);

        Assert.Equal(asBinary, codec.EncodesAsBinary(packet));
        Assert.Equal(expected, Convert.ToHexStringLower(output.WrittenSpan));
        Assert.Equal(output.WrittenCount, codec.GetMessageLength(packet));
    }

    [Fact]
    public void A_payload_is_binary_only_if_a_packet_is_and_the_client_can_take_it()
    {
        EnginePacket[] text = [new(EnginePacketType.Noop), EnginePacketText.Parse("message a")];
        EnginePacket[] mixed = [.. text, EnginePacketText.Parse("message <01>")];
        var any = new EngineCodecV3(3, isBase64Only: false);
        var base64 = new EngineCodecV3(3, isBase64Only: true);

        Assert.Equal("1:62:4a", Encode(any, text));
        Assert.Equal("<0001ff360002ff34610102ff0401>", Encode(any, mixed));
        Assert.Equal("1:62:4a6:b4AQ==", Encode(base64, mixed));
    }

    [Fact]
    public void Long_packets_have_long_lengths()
    {
        EnginePacket[] packets = [new(EnginePacketType.Message, new byte[12345]), new(EnginePacketType.Message, new byte[9_999], isBinary: true)];
        var codec = new EngineCodecV3(3, isBase64Only: false);
        var output = new ArrayBufferWriter<byte>();

        Assert.True(codec.EncodePayload(packets, output));

        Assert.Equal([0, 1, 2, 3, 4, 6, 255, (byte)'4'], output.WrittenSpan[..8].ToArray());
        Assert.Equal([1, 1, 0, 0, 0, 0, 255, 4], output.WrittenSpan.Slice(7 + 12346, 8).ToArray());
        var decoded = new List<EnginePacket>();
        codec.DecodePayload(output.WrittenMemory, isBinary: true, decoded);
        Assert.Equal([12345, 9_999], decoded.Select(packet => packet.Data.Length));
    }

    [Fact]
    public void A_refused_payload_leaves_nothing_of_its_beginning()
    {
        var packets = new List<EnginePacket> { new(EnginePacketType.Noop) };

        Assert.Throws<EngineFormatException>(() => new EngineCodecV3(3, isBase64Only: false).DecodePayload("2:4a2:4b1:9"u8.ToArray(), isBinary: false, packets));

        Assert.Single(packets);
    }

    [Fact]
    public void Text_packets_borrow_from_a_payload_and_binary_ones_own_their_bytes()
    {
        var payload = Convert.FromHexString("0004ff346162630104ff04010203");
        var packets = new List<EnginePacket>();

        new EngineCodecV3(3, isBase64Only: false).DecodePayload(payload, isBinary: true, packets);
        Array.Clear(payload);

        Assert.Equal([0, 0, 0], packets[0].Data.ToArray());
        Assert.Equal([1, 2, 3], packets[1].Data.ToArray());
    }

    [Fact]
    public void Sessions_that_get_the_same_bytes_can_share_an_encoding()
    {
        var form = new EngineCodecV3(3, isBase64Only: false).MessageForm;

        Assert.Same(form, new EngineCodecV3(3, isBase64Only: false).MessageForm);
        Assert.NotSame(form, new EngineCodecV3(3, isBase64Only: true).MessageForm);
        Assert.NotSame(form, new EngineCodecV3(2, isBase64Only: false).MessageForm);
        Assert.NotSame(form, EngineCodecV4.Instance.MessageForm);
        Assert.Same(EngineCodecV4.Instance.MessageForm, EngineCodecV4.Instance.MessageForm);
    }

    [Fact]
    public void ASCII_packets_are_decoded_and_encoded_without_allocation()
    {
        var codec = new EngineCodecV3(3, isBase64Only: false);
        var message = Encoding.UTF8.GetBytes("42[\"message\",1]");
        var payload = Encoding.UTF8.GetBytes("15:42[\"message\",1]2:406:2probe");
        var packets = new List<EnginePacket>(8);
        EnginePacket[] toSend = [EnginePacketText.Parse("message 2[\"message\",1]"), EnginePacketText.Parse("message <010203>")];
        var output = new ArrayBufferWriter<byte>(1024);

        Assert.Equal(0, Allocation.Least(Convert));

        void Convert()
        {
            packets.Clear();
            codec.DecodePayload(payload, isBinary: false, packets);
            output.ResetWrittenCount();
            codec.EncodeMessage(codec.DecodeMessage(message, isBinary: false), output);
            codec.EncodePayload(toSend.AsSpan(0, 1), output);
            codec.EncodePayload(toSend, output);
        }
    }

    /// <summary>A session whose client has the parser, and has shown it if that takes something.</summary>
    [Theory]
    [InlineData(2, false, "0002ff3430")]
    [InlineData(2, true, "323a3430")]
    [InlineData(3, false, "323a3430")]
    public void Text_alone_is_a_binary_payload_for_browsers_clients_1_0_which_take_no_other(int revision, bool isBase64Only, string hex)
    {
        var output = new ArrayBufferWriter<byte>();
        var isBinary = new EngineCodecV3(revision, isBase64Only).EncodePayload([EnginePacketText.Parse("message 0")], output);
        Assert.Equal((hex, hex[0] == '0'), (Convert.ToHexStringLower(output.WrittenSpan), isBinary));
    }

    private static EngineCodecV3 Session(string parser, bool isBase64Only = false)
    {
        var codec = new EngineCodecV3(parser.StartsWith("1.0", StringComparison.Ordinal) ? 2 : 3, isBase64Only);
        if (!parser.StartsWith('2'))
        {
            Assert.Equal(["message é"], Decode(codec, "3:4Ã©"));
        }

        return codec;
    }

    private static IEnumerable<string> Decode(EngineCodecV3 codec, string payload)
    {
        var packets = new List<EnginePacket>();
        codec.DecodePayload(Encoding.UTF8.GetBytes(payload), isBinary: false, packets);
        return packets.Select(EnginePacketText.Describe);
    }

    private static string Encode(EngineCodecV3 codec, EnginePacket[] packets)
    {
        var output = new ArrayBufferWriter<byte>();
        return codec.EncodePayload(packets, output) ? $"<{Convert.ToHexStringLower(output.WrittenSpan)}>" : Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Refuses(byte[] payload, bool isBinary)
    {
        foreach (var revision in new[] { 2, 3 })
        {
            var packets = new List<EnginePacket>();
            Assert.Throws<EngineFormatException>(() => new EngineCodecV3(revision, isBase64Only: false).DecodePayload(payload, isBinary, packets));
            Assert.Empty(packets);
        }
    }

    private sealed record EncodedPackets(string Parser, string Form, string[] Packets, string Hex);

    private sealed record DecodedPayload(string Payload, string[]? Packets);
}
