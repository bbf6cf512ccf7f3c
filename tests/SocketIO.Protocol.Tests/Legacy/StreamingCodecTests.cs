using System.Text;

namespace SocketIO.Protocol.Tests;

public class StreamingCodecTests
{
    private const int MaxPacket = 64;

    public static TheoryData<int, string, string> Recorded
    {
        get
        {
            var data = new TheoryData<int, string, string>();
            foreach (var vector in Vectors.Read<Vector>("streaming-packets.json"))
            {
                data.Add(vector.Type, vector.Data, vector.Hex);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    [Trait("Feature", "G-33")]
    [Trait("Feature", "G-36")]
    public void Packets_are_read_and_written_as_by_the_server_of_the_time(int type, string data, string hex)
    {
        EnginePacketType[] types = [EnginePacketType.Close, EnginePacketType.Message, EnginePacketType.Ping, EnginePacketType.Open];
        var unit = Convert.FromHexString(hex);

        var packet = Assert.Single(new StreamingCodec(MaxPacket, CodecSide.Client).Decode(unit));

        Assert.Equal((types[type], data), (packet.Type, Encoding.UTF8.GetString(packet.Data.Span)));
        Assert.Equal(unit, new StreamingCodec(MaxPacket).Encode(packet));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("1:6::hello,2:1:7,1:1::,", "message :hello|pong 7|message :")]
    [InlineData("0:0:,", "close")]
    [InlineData("3:3:abc,7:1:x,1:1::,", "message :")]
    [InlineData("1:11::plain é☃😀,", "message :plain é☃😀")]
    [InlineData("01:002::,,", "message :,")]
    public void What_clients_send_is_understood(string unit, string packets) =>
        Assert.Equal(packets, string.Join('|', new StreamingCodec(MaxPacket).Decode(unit)));

    [Theory]
    [InlineData(":")]
    [InlineData("x")]
    [InlineData("1x")]
    [InlineData("1::,")]
    [InlineData("1:1::;")]
    [InlineData("1:1:😀,")]
    [InlineData("1:6::hello,1:1:ab,")]
    [InlineData("12345678901")]
    [InlineData("1:99999999999:")]
    [InlineData("1:65:")]
    [Trait("Feature", "G-34")]
    public void What_is_malformed_is_refused_as_a_whole_and_the_next_unit_begins_anew(string unit)
    {
        var codec = new StreamingCodec(MaxPacket);
        var packets = new List<EnginePacket>();

        Assert.Throws<EngineFormatException>(() => codec.DecodePayload(Units.Utf8(unit), isBinary: false, packets));

        Assert.Empty(packets);
        Assert.Equal(0, codec.BufferedBytes);
        Assert.Equal(["message :hi"], codec.Decode("1:3::hi,"));
    }

    [Fact]
    [Trait("Feature", "G-31")]
    public void A_packet_may_begin_in_one_unit_and_end_in_another_wherever_it_is_cut()
    {
        const string Stream = "1:11::plain é☃😀,2:1:7,1:16:j\n:{\"b\":[2,\"é\"]},";
        string[] expected = ["message :plain é☃😀", "pong 7", "message j\n:{\"b\":[2,\"é\"]}"];
        var characters = Stream.EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        for (var first = 0; first <= characters.Length; first++)
        {
            for (var second = first; second <= characters.Length; second++)
            {
                var codec = new StreamingCodec(MaxPacket);
                string[] parts = [string.Concat(characters[..first]), string.Concat(characters[first..second]), string.Concat(characters[second..])];
                Assert.Equal(expected, parts.SelectMany(part => codec.Decode(part)));
                Assert.Equal(0, codec.BufferedBytes);
            }
        }
    }

    [Fact]
    [Trait("Feature", "G-31")]
    public void A_reset_forgets_what_was_kept()
    {
        var codec = new StreamingCodec(MaxPacket);
        Assert.Empty(codec.Decode("1:6::hel"));
        Assert.NotEqual(0, codec.BufferedBytes);

        codec.Reset();

        Assert.Equal(["message :hi"], codec.Decode("1:3::hi,"));
    }

    [Fact]
    public void What_packets_borrow_stays_when_the_next_unit_comes()
    {
        var codec = new StreamingCodec(MaxPacket);
        codec.Decode("1:3:");
        var packets = codec.Decode(Units.Utf8(":hi,1:4::"));

        Assert.Equal(["message :you"], codec.Decode("you,"));

        Assert.Equal("message :hi", Units.Describe(Assert.Single(packets)));
    }

    [Fact]
    public void A_packet_that_never_ends_is_kept_up_to_the_limit_only()
    {
        // Data of 64 units may have 192 bytes.
        var codec = new StreamingCodec(MaxPacket);
        codec.Decode("1:64:");

        Assert.Throws<EngineFormatException>(() =>
        {
            for (var i = 0; i < MaxPacket; i++)
            {
                codec.Decode("☃");
                Assert.InRange(codec.BufferedBytes, 1, MaxPacket);
            }
        });
        Assert.Equal(0, codec.BufferedBytes);
    }

    [Fact]
    public void A_unit_may_hold_more_than_a_packet_may_have()
    {
        var unit = string.Concat(Enumerable.Repeat("1:3::hi,", 100));

        Assert.Equal(100, new StreamingCodec(MaxPacket).Decode(unit).Count());
    }

    [Fact]
    public void The_limit_has_to_be_positive() => Assert.Throws<ArgumentOutOfRangeException>(() => new StreamingCodec(0));

    [Fact]
    public void Heartbeats_are_counted_for_each_session()
    {
        var codec = new StreamingCodec(MaxPacket);

        Assert.Equal("2:1:1,2:1:2,", codec.EncodeText("ping", "ping"));
        Assert.Equal("2:1:3,", codec.EncodeText("ping"));
    }

    [Fact]
    [Trait("Feature", "G-39")]
    public void The_end_is_a_packet_of_its_own() => Assert.Equal("0:0:,", new StreamingCodec(MaxPacket).EncodeText("close"));

    [Fact]
    public void A_binary_message_is_not_supported() =>
        Assert.Throws<PacketNotSupportedException>(() => new StreamingCodec(MaxPacket).Encode(new EnginePacket(EnginePacketType.Message, new byte[1], isBinary: true)));

    private sealed record Vector(int Type, string Data, string Hex);
}
