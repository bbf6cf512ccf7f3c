using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>A wire format of an application's own, as go-socket.io lets one be plugged in.</summary>
[Trait("Feature", "G-30")]
public class CustomCodecTests
{
    [Fact]
    public void A_format_of_ones_own_is_a_codec_of_units()
    {
        var codec = new LineCodec();

        Assert.Equal(["message a", "message b"], codec.Decode("a\nb\n"));
        Assert.Equal("42\na\n", codec.EncodeText("open 42", "noop", "message a"));
        Assert.True(codec.MessagesArePayloads);
    }

    [Fact]
    public void What_it_refuses_leaves_no_packets()
    {
        var packets = new List<EnginePacket>();

        Assert.Throws<EngineFormatException>(() => new LineCodec().DecodePayload("a\nb"u8.ToArray(), isBinary: false, packets));

        Assert.Empty(packets);
    }

    /// <summary>A message a line.</summary>
    private sealed class LineCodec : UnitCodec
    {
        public override bool Has(EnginePacketType type) => type is EnginePacketType.Open or EnginePacketType.Message;

        public override int GetMessageLength(in EnginePacket packet) => packet.Data.Length + 1;

        public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
        {
            EnsureSupported(packet);
            output.Write(packet.Data.Span);
            output.Write("\n"u8);
        }

        protected override void DecodeUnit(ReadOnlyMemory<byte> unit, List<EnginePacket> packets)
        {
            while (!unit.IsEmpty)
            {
                var end = unit.Span.IndexOf((byte)'\n');
                if (end < 0)
                {
                    throw new EngineFormatException($"A line ends with a line feed: {Encoding.UTF8.GetString(unit.Span)}");
                }

                packets.Add(new EnginePacket(EnginePacketType.Message, unit[..end]));
                unit = unit[(end + 1)..];
            }
        }
    }
}
