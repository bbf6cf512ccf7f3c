using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class EngineCodecV4Tests
{
    private static readonly EngineCodec Codec = EngineCodecV4.Instance;

    public static TheoryData<string, string[]?> DecodedPayloads
    {
        get
        {
            var data = new TheoryData<string, string[]?>();
            foreach (var vector in Vectors.Read<DecodedPayload>("payloads-decoded.json"))
            {
                data.Add(vector.Payload, vector.Packets);
            }

            return data;
        }
    }

    public static TheoryData<string[], string, string[]> EncodedPackets
    {
        get
        {
            var data = new TheoryData<string[], string, string[]>();
            foreach (var vector in Vectors.Read<EncodedPayload>("packets-encoded.json"))
            {
                data.Add(vector.Packets, vector.Payload, vector.Messages);
            }

            return data;
        }
    }

    [Fact]
    public void It_is_revision_4() => Assert.Equal(4, Codec.Revision);

    [Theory]
    [MemberData(nameof(DecodedPayloads))]
    public void A_payload_is_understood_or_refused_as_by_the_reference(string payload, string[]? expected)
    {
        var packets = new List<EnginePacket> { new(EnginePacketType.Noop) };

        if (expected is null)
        {
            Assert.Throws<EngineFormatException>(() => Codec.DecodePayload(Encoding.UTF8.GetBytes(payload), isBinary: false, packets));
            Assert.Single(packets);
            return;
        }

        Codec.DecodePayload(Encoding.UTF8.GetBytes(payload), isBinary: false, packets);

        Assert.Equal(expected, packets.Skip(1).Select(EnginePacketText.Describe));
    }

    [Theory]
    [MemberData(nameof(DecodedPayloads))]
    public void A_websocket_text_is_understood_or_refused_as_a_record_of_a_payload(string payload, string[]? expected)
    {
        if (payload.Contains('\u001e'))
        {
            return;
        }

        if (expected is null)
        {
            Assert.Throws<EngineFormatException>(() => Codec.DecodeMessage(Encoding.UTF8.GetBytes(payload), isBinary: false));
        }
        else
        {
            Assert.Equal(expected[0], EnginePacketText.Describe(Codec.DecodeMessage(Encoding.UTF8.GetBytes(payload), isBinary: false)));
        }
    }

    [Theory]
    [InlineData("b=")]
    [InlineData("bA")]
    [InlineData("bAQIDB")]
    [InlineData("bAQ=")]
    [InlineData("bAQ===")]
    [InlineData("bAQ==AQ==")]
    [InlineData("b????")]
    [InlineData("b€")]
    public void What_is_not_base64_is_refused(string text)
    {
        var packets = new List<EnginePacket>();
        Assert.Throws<EngineFormatException>(() => Codec.DecodePayload(Encoding.UTF8.GetBytes("4a\u001e" + text), isBinary: false, packets));
        Assert.Throws<EngineFormatException>(() => Codec.DecodeMessage(Encoding.UTF8.GetBytes(text), isBinary: false));
        Assert.Empty(packets);
    }

    [Fact]
    public void A_binary_payload_is_refused() =>
        Assert.Throws<EngineFormatException>(() => Codec.DecodePayload("4a"u8.ToArray(), isBinary: true, []));

    [Theory]
    [InlineData("")]
    [InlineData("01020304")]
    [InlineData("62414243")]
    public void A_binary_websocket_message_is_a_binary_message_as_it_is(string hex)
    {
        var message = Convert.FromHexString(hex);

        var packet = Codec.DecodeMessage(message, isBinary: true);

        Assert.Equal(EnginePacketType.Message, packet.Type);
        Assert.True(packet.IsBinary);
        Assert.Equal((ReadOnlyMemory<byte>)message, packet.Data);
    }

    [Theory]
    [MemberData(nameof(EncodedPackets))]
    public void Packets_are_encoded_byte_for_byte_as_the_reference_does(string[] described, string payload, string[] messages)
    {
        var packets = described.Select(EnginePacketText.Parse).ToArray();
        var output = new ArrayBufferWriter<byte>();

        Assert.False(Codec.EncodePayload(packets, output));

        Assert.Equal(payload, Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.True(packets.Sum(packet => Codec.GetPayloadLength(packet)) >= output.WrittenCount);
        foreach (var (packet, message) in packets.Zip(messages))
        {
            output.Clear();
            Codec.EncodeMessage(packet, output);
            Assert.Equal(message.StartsWith('<'), Codec.EncodesAsBinary(packet));
            Assert.Equal(message, Codec.EncodesAsBinary(packet) ? $"<{Convert.ToHexStringLower(output.WrittenSpan)}>" : Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.Equal(output.WrittenCount, Codec.GetMessageLength(packet));
        }
    }

    [Fact]
    public void Text_packets_borrow_from_the_payload_and_binary_ones_own_their_bytes()
    {
        var payload = "4abc\u001ebAQID"u8.ToArray();
        var packets = new List<EnginePacket>();

        Codec.DecodePayload(payload, isBinary: false, packets);
        Array.Clear(payload);

        Assert.Equal([0, 0, 0], packets[0].Data.ToArray());
        Assert.Equal([1, 2, 3], packets[1].Data.ToArray());
    }

    private sealed record DecodedPayload(string Payload, string[]? Packets);

    private sealed record EncodedPayload(string[] Packets, string Payload, string[] Messages);
}
