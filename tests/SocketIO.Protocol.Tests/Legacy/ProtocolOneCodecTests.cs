using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class ProtocolOneCodecTests
{
    private static readonly EngineCodec Codec = ProtocolOneCodec.Instance;

    [Fact]
    public void It_is_protocol_1() => Assert.Equal(1, Codec.Revision);

    [Theory]
    [InlineData("3:::a", "3:::a")]
    [InlineData("\ufffd5\ufffd3:::a", "3:::a")]
    [InlineData("\ufffd5\ufffd3:::a\ufffd3\ufffd2::\ufffd8\ufffd3:::é☃😀", "3:::a", "Pong", "3:::é☃😀")]
    [InlineData("\ufffd8\ufffd3:::\ufffd4\ufffd\ufffd\ufffd3\ufffd0::", "3:::\ufffd4\ufffd\ufffd", "Close")]
    [InlineData("\ufffd007\ufffd3:::a\nb", "3:::a\nb")]
    public void A_payload_is_one_packet_or_several_with_their_lengths(string payload, params string[] packets) => Assert.Equal(packets, Decode(payload));

    [Theory]
    [InlineData("")]
    [InlineData("\ufffd")]
    [InlineData("\ufffd\ufffd3::")]
    [InlineData("\ufffd3\ufffd")]
    [InlineData("\ufffd3::")]
    [InlineData("\ufffdx\ufffd3::")]
    [InlineData("\ufffd-3\ufffd3::")]
    [InlineData("\ufffd+3\ufffd3::")]
    [InlineData("\ufffd4\ufffd3::")]
    [InlineData("\ufffd2\ufffd3::")]
    [InlineData("\ufffd3\ufffd3::3::")]
    [InlineData("\ufffd3\ufffd3::\ufffd")]
    [InlineData("\ufffd3\ufffd3::\ufffd3")]
    [InlineData("\ufffd0\ufffd")]
    [InlineData("\ufffd5\ufffd3:::😀")]
    [InlineData("\ufffd99999999999\ufffd3::")]
    [InlineData("\ufffd4294967295\ufffd3::")]
    [InlineData("\ufffd3\ufffdabc")]
    public void A_malformed_payload_gives_no_packet_at_all(string payload)
    {
        var packets = new List<EnginePacket> { new(EnginePacketType.Noop) };

        Assert.Throws<EngineFormatException>(() => Codec.DecodePayload(Encoding.UTF8.GetBytes(payload), isBinary: false, packets));
        Assert.Throws<EngineFormatException>(() => Codec.DecodePayload(Encoding.UTF8.GetBytes("\ufffd5\ufffd3:::a\ufffd" + payload), isBinary: false, packets));

        Assert.Single(packets);
    }

    [Theory]
    [InlineData("efbfbd35efbfbd333a3a3aff")]
    [InlineData("efbfbd36efbfbd333a3a3aeda080")]
    public void A_payload_of_several_packets_is_valid_utf8(string hex) =>
        Assert.Throws<EngineFormatException>(() => Codec.DecodePayload(Convert.FromHexString(hex), isBinary: false, []));

    [Fact]
    public void There_is_nothing_binary()
    {
        Assert.Throws<EngineFormatException>(() => Codec.DecodeMessage("3::"u8.ToArray(), isBinary: true));
        Assert.Throws<EngineFormatException>(() => Codec.DecodePayload("3::"u8.ToArray(), isBinary: true, []));
        Assert.Throws<PacketNotSupportedException>(() => ProtocolOneText.Encode(new EnginePacket(EnginePacketType.Message, new byte[] { 1 }, isBinary: true)));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("Open", "1::")]
    [InlineData("Close", "0::")]
    [InlineData("Ping", "2::")]
    [InlineData("Noop", "8::")]
    [InlineData("5:::{}", "5:::{}")]
    [InlineData("Ping 3:::é☃😀 Close", "\ufffd3\ufffd2::\ufffd8\ufffd3:::é☃😀\ufffd3\ufffd0::")]
    public void Lengths_are_in_utf16_units_and_one_packet_has_none(string packets, string payload)
    {
        var parsed = packets.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => Enum.TryParse<EnginePacketType>(text, out var type) ? new EnginePacket(type) : new EnginePacket(EnginePacketType.Message, PacketText.Utf8(text)))
            .ToArray();
        var output = new ArrayBufferWriter<byte>();

        Assert.False(Codec.EncodePayload(parsed, output));

        Assert.Equal(payload, Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.True(parsed.Sum(packet => Codec.GetPayloadLength(packet)) >= output.WrittenCount);
        if (parsed.Length == 1)
        {
            Assert.Equal(payload, Encoding.UTF8.GetString(ProtocolOneText.Encode(parsed[0])));
        }
    }

    [Fact]
    public void There_is_no_upgrade()
    {
        Assert.False(Codec.Has(EnginePacketType.Upgrade));
        Assert.Throws<PacketNotSupportedException>(() => ProtocolOneText.Encode(new EnginePacket(EnginePacketType.Upgrade)));
    }

    [Fact]
    public void Packets_borrow_from_the_payload()
    {
        var payload = "\ufffd5\ufffd3:::a"u8.ToArray();
        var packets = new List<EnginePacket>();

        Codec.DecodePayload(payload, isBinary: false, packets);
        Array.Clear(payload);

        Assert.Equal(new byte[5], packets[0].Data.ToArray());
    }

    private static string[] Decode(string payload)
    {
        var packets = new List<EnginePacket>();
        Codec.DecodePayload(Encoding.UTF8.GetBytes(payload), isBinary: false, packets);
        return [.. packets.Select(packet => packet.Type == EnginePacketType.Message ? PacketText.Text(packet.Data) : packet.Type.ToString())];
    }
}
