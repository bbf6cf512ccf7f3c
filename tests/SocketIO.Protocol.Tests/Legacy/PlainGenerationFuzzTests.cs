namespace SocketIO.Protocol.Tests;

public class PlainGenerationFuzzTests
{
    private static readonly byte[][] Samples =
    [
        .. new[]
        {
            "~m~2~m~hi~m~10~m~~j~{\"x\":1}~m~4~m~~h~1", "~m~0~m~", "~m~10~m~plain é☃😀", "1:6::hello,2:1:1,0:0:,", "1:16:r:chat\n:to realm,", "1:18:j\n:{\"a\":1,\"s\":\"☃\"},",
            "[\"a\",\"b\\n\\ud83d\\ude00\"]", "[\"{\\\"name\\\":\\\"a\\\",\\\"args\\\":[1]}\"]", "~m~31~m~~j~{\"name\":\"chat\",\"args\":[1,2]}",
        }.Select(Units.Utf8),
    ];

    private static readonly byte[][] Dictionary =
    [
        .. new[]
        {
            "~m~", "~h~", "~j~", "0", "1", "9", "99999999999", ":", ",", "\n", "j\n", "r:", "[", "]", "{", "}", "\"", "\\", "\\ud800", "\"name\":", "\"args\":[]", "disconnect", "😀", "\uFFFD", "[[[[[[[[",
        }.Select(Units.Utf8),
    ];

    public static TheoryData<string> Codecs => new() { "length-framed", "streaming", "envelope", "dual" };

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Any_unit_is_decoded_or_refused_and_what_is_decoded_survives_encoding(string name) => Fuzz.Rounds(20_000, random =>
    {
        var (codec, _) = Create(name);
        foreach (var packet in Decode(codec, random))
        {
            if (codec.Has(packet.Type) && name is "length-framed" or "streaming")
            {
                var again = Create(name).Codec.Decode(codec.Encode(packet));
                Assert.Equal(Units.Describe(packet), Units.Describe(Assert.Single(again)));
            }
        }
    });

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Any_message_is_an_event_or_refused_and_an_event_survives_encoding(string name) => Fuzz.Rounds(20_000, random =>
    {
        var (codec, parser) = Create(name);
        var decoder = parser.CreateDecoder(PacketLimits.Default);
        foreach (var message in Decode(codec, random).Where(packet => packet.Type == EnginePacketType.Message))
        {
            Packet packet;
            try
            {
                Assert.True(decoder.Decode(message.Data, isBinary: false, out packet));
            }
            catch (PacketFormatException)
            {
                continue;
            }

            AssertSurvives(parser, packet);
        }
    });

    [Fact]
    public void A_stream_of_units_never_makes_the_streaming_codec_keep_more_than_it_may() => Fuzz.Rounds(4_000, random =>
    {
        const int Most = 40;
        var codec = new StreamingCodec(Most);
        for (var i = 0; i < 20; i++)
        {
            Decode(codec, random);
            Assert.InRange(codec.BufferedBytes, 0, Most);
        }
    });

    private static List<EnginePacket> Decode(EngineCodec codec, Random random)
    {
        var packets = new List<EnginePacket>();
        try
        {
            codec.DecodePayload(random.Next(10) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, Samples, Dictionary), random.Next(50) == 0, packets);
        }
        catch (EngineFormatException)
        {
            Assert.Empty(packets);
        }

        return packets;
    }

    private static void AssertSurvives(PacketParser parser, in Packet packet)
    {
        var events = new List<string>();
        for (var index = 0; index < parser.Encoder.GetMessageCount(packet); index++)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            parser.Encoder.Encode(packet, index, output);
            Assert.True(parser.CreateDecoder(PacketLimits.Default).Decode(output.WrittenMemory, isBinary: false, out var again));
            events.Add(PacketText.Describe(again));
        }

        // In the second form nothing is left to be made equal: numbers are texts, and several arguments several messages.
        Assert.All(events, described => Assert.StartsWith("Event ", described, StringComparison.Ordinal));
    }

    private static (EngineCodec Codec, PacketParser Parser) Create(string name) => name switch
    {
        "length-framed" => (new LengthFramedCodec(), PlainMessageParser.Marked),
        "streaming" => (new StreamingCodec(1000), PlainMessageParser.Annotated),
        "envelope" => (new EnvelopeCodec(), PlainMessageParser.Marked),
        _ => (new DualGreetingCodec(), PlainMessageParser.Marked),
    };
}
