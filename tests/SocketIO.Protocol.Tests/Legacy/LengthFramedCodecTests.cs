using System.Text;

namespace SocketIO.Protocol.Tests;

public class LengthFramedCodecTests
{
    public static TheoryData<string, string?, string[]> Recorded
    {
        get
        {
            var data = new TheoryData<string, string?, string[]>();
            foreach (var vector in Vectors.Read<Vector>("length-framed.json"))
            {
                data.Add(vector.Wire, vector.Hex, vector.Messages);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    [Trait("Feature", "G-32")]
    public void Units_are_read_and_written_as_by_the_server_of_the_time(string wire, string? hex, string[] messages)
    {
        var packets = new LengthFramedCodec().Decode(Encoding.UTF8.GetBytes(wire));

        Assert.Equal(messages, packets.Select(packet => (packet.Type == EnginePacketType.Pong ? "~h~" : "") + Encoding.UTF8.GetString(packet.Data.Span)));
        if (hex is not null)
        {
            Assert.Equal(hex, Convert.ToHexStringLower(new LengthFramedCodec().Encode([.. messages.Select(Units.Message)])));
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("~m~2~m~hi~m~4~m~~h~7~m~1~m~ü", "message hi|pong 7|message ü")]
    [InlineData("~m~6~m~~h~12x", "message ~h~12x")]
    [InlineData("~m~3~m~~h~", "message ~h~")]
    [InlineData("~m~3~m~~m~", "message ~m~")]
    [InlineData("~m~99999999999999999999~m~all that is there", "message all that is there")]
    [InlineData("~m~1~m~a ~m~1~m~b", "message a")]
    [InlineData("hi~m~1~m~a", "")]
    public void What_clients_send_is_understood_as_far_as_it_is_framed(string unit, string packets) =>
        Assert.Equal(packets, string.Join('|', new LengthFramedCodec().Decode(unit)));

    [Theory]
    [InlineData("~m~x~m~hi")]
    [InlineData("~m~2")]
    [InlineData("~m~-1~m~hi")]
    [InlineData("~m~2~m~hi~m~")]
    [InlineData("~m~1~m~😀")]
    [Trait("Feature", "G-34")]
    public void What_begins_as_a_message_and_is_none_is_refused_as_a_whole_and_the_codec_goes_on(string unit)
    {
        var codec = new LengthFramedCodec();
        var packets = new List<EnginePacket> { Units.Message("before") };

        Assert.Throws<EngineFormatException>(() => codec.DecodePayload(Units.Utf8(unit), isBinary: false, packets));

        Assert.Single(packets);
        Assert.Equal(["message hi"], codec.Decode("~m~2~m~hi"));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        Assert.Throws<EngineFormatException>(() => new LengthFramedCodec().DecodePayload("~m~1~m~a"u8.ToArray(), isBinary: true, []));
        Assert.Throws<EngineFormatException>(() => new LengthFramedCodec().Decode([.. "~m~1~m~"u8, 0xC3]));
    }

    [Fact]
    [Trait("Feature", "J-34")]
    public void The_first_message_of_a_session_is_its_id_as_text() =>
        Assert.Equal("~m~16~m~9473712009163484", new LengthFramedCodec().EncodeText("open 9473712009163484"));

    [Fact]
    [Trait("Feature", "J-37")]
    public void Several_messages_leave_as_one_unit() =>
        Assert.Equal("~m~2~m~hi~m~10~m~~j~{\"x\":1}~m~1~m~ü", new LengthFramedCodec().EncodeText("message hi", "message ~j~{\"x\":1}", "message ü"));

    [Fact]
    [Trait("Feature", "J-40")]
    public void Heartbeats_are_counted_for_each_session()
    {
        var codec = new LengthFramedCodec();

        Assert.Equal("~m~4~m~~h~1", codec.EncodeText("ping"));
        Assert.Equal("~m~4~m~~h~2~m~4~m~~h~3", codec.EncodeText("ping", "ping"));
        Assert.Equal("~m~4~m~~h~1", new LengthFramedCodec().EncodeText("ping"));
    }

    [Fact]
    public void A_client_learns_its_session_and_sends_heartbeats_back_as_they_are()
    {
        var client = new LengthFramedCodec(CodecSide.Client);

        Assert.Equal(["open ~h~1", "ping 12", "message hi"], client.Decode("~m~4~m~~h~1~m~5~m~~h~12~m~2~m~hi"));
        Assert.Equal("~m~5~m~~h~12", client.EncodeText("pong 12"));
    }

    [Fact]
    public void A_packet_that_the_wire_does_not_have_leaves_an_empty_unit()
    {
        Assert.Equal("", new LengthFramedCodec().EncodeText("noop"));
        Assert.Equal("", new LengthFramedCodec().EncodeText("close"));
    }

    [Fact]
    public void A_binary_message_is_not_supported() =>
        Assert.Throws<PacketNotSupportedException>(() => new LengthFramedCodec().Encode(new EnginePacket(EnginePacketType.Message, new byte[1], isBinary: true)));

    [Fact]
    public void A_single_packet_may_be_read_as_a_message()
    {
        Assert.Equal("message hi", Units.Describe(new LengthFramedCodec().DecodeMessage("~m~2~m~hi"u8.ToArray(), isBinary: false)));
        Assert.Throws<EngineFormatException>(() => new LengthFramedCodec().DecodeMessage("~m~1~m~a~m~1~m~b"u8.ToArray(), isBinary: false));
    }

    private sealed record Vector(string Wire, string? Hex, string[] Messages);
}
