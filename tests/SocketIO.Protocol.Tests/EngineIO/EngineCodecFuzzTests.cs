using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class EngineCodecFuzzTests
{
    private static readonly byte[][] Samples = Utf8("4hello", "4a\u001ebAQIDBA==\u001e4€", "2probe", "0{\"sid\":\"x\"}", "6", "bAQ", "42[\"a\",1]\u001e451-[{\"_placeholder\":true,\"num\":0}]\u001ebAA==");

    private static readonly byte[][] Dictionary = Utf8("\u001e", "b", "4", "=", "==", "AAAA", "7", " ", "😀");

    private static readonly byte[][] OldSamples =
    [
        .. Utf8("2:40", "3:0{}2:40", "6:2probe", "6:b4AQL/2:4x", "7:4é☃😀abc", "12:4Ã©â\u0098\u0083ð\u009f\u0098\u0080", "0:", "42[\"é\"]", "4Ã©", "b4AQ=="),
        .. new[] { "0002ff34300105ff04010203ff", "000100ff34c3a9e29883f09f9880", "000001ff36", "0005ff3461eda0bd", "04010203" }.Select(Convert.FromHexString),
    ];

    private static readonly byte[][] OldDictionary = [.. Utf8(":", "1:6", "2:4", "99999999999", "b4", "b1", "=", "é", "Ã©", "☃", "😀", "Ã", "9"), [0], [1], [0xff], [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0xff], [0x00, 0x01, 0xff, 0x36], [0xed, 0xa0, 0x80], [0xc3, 0xad, 0xc2, 0xa0, 0xc2, 0x80]];

    [Fact]
    public void Any_payload_is_decoded_or_refused_and_what_is_decoded_survives_encoding() => Fuzz.Rounds(30_000, random =>
    {
        var payload = random.Next(8) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, Samples, Dictionary);
        var packets = new List<EnginePacket>();
        try
        {
            EngineCodecV4.Instance.DecodePayload(payload, random.Next(20) == 0, packets);
        }
        catch (EngineFormatException)
        {
            Assert.Empty(packets);
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        EngineCodecV4.Instance.EncodePayload(packets.ToArray(), output);
        var again = new List<EnginePacket>();
        EngineCodecV4.Instance.DecodePayload(output.WrittenMemory, isBinary: false, again);
        Assert.Equal(packets.Select(Describe), again.Select(Describe));
    });

    [Fact]
    public void Any_websocket_message_is_decoded_or_refused_and_what_is_decoded_survives_encoding() => Fuzz.Rounds(30_000, random =>
    {
        var message = random.Next(8) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, Samples, Dictionary);
        EnginePacket packet;
        try
        {
            packet = EngineCodecV4.Instance.DecodeMessage(message, random.Next(4) == 0);
        }
        catch (EngineFormatException)
        {
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        EngineCodecV4.Instance.EncodeMessage(packet, output);
        var again = EngineCodecV4.Instance.DecodeMessage(output.WrittenMemory, EngineCodecV4.Instance.EncodesAsBinary(packet));
        Assert.Equal(Describe(packet), Describe(again));
    });

    [Fact]
    public void Any_requests_of_an_old_client_are_decoded_or_refused_and_what_is_decoded_survives_encoding() => Fuzz.Rounds(30_000, random =>
    {
        var codec = new EngineCodecV3(random.Next(2, 4), random.Next(2) == 0);
        for (var request = random.Next(1, 4); request > 0; request--)
        {
            var body = random.Next(8) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, OldSamples, OldDictionary);
            var packets = new List<EnginePacket>();
            try
            {
                if (random.Next(4) == 0)
                {
                    packets.Add(codec.DecodeMessage(body, random.Next(3) == 0));
                }
                else
                {
                    codec.DecodePayload(body, random.Next(2) == 0, packets);
                }
            }
            catch (EngineFormatException)
            {
                Assert.Empty(packets);
                continue;
            }

            Assert.True(packets.Sum(packet => packet.Data.Length) <= body.Length);
            var output = Write(codec, packets);
            if (packets.TrueForAll(packet => packet.IsBinary || Ascii.IsValid(packet.Data.Span)))
            {
                var again = new List<EnginePacket>();
                codec.DecodePayload(output.Payload, output.IsBinary, again);
                Assert.Equal(packets.Select(Describe), again.Select(Describe));
            }
        }
    });

    [Fact]
    public void Any_text_gets_through_between_sessions_that_encode_alike() => Fuzz.Rounds(10_000, random =>
    {
        var isDouble = random.Next(2) == 0;
        var sender = new EngineCodecV3(isDouble ? 2 : 3, random.Next(2) == 0);
        var receiver = new EngineCodecV3(sender.Revision, isBase64Only: false);
        if (!isDouble)
        {
            receiver.DecodePayload("2:4é"u8.ToArray(), isBinary: false, []);
        }

        var packets = new List<EnginePacket>();
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            packets.Add(random.Next(5) == 0
                ? new EnginePacket(EnginePacketType.Message, Fuzz.Bytes(random, 10), isBinary: true)
                : new EnginePacket((EnginePacketType)random.Next(7), Encoding.UTF8.GetBytes(Text(random))));
        }

        var output = Write(sender, packets);
        var received = new List<EnginePacket>();
        receiver.DecodePayload(output.Payload, output.IsBinary, received);
        Assert.Equal(packets.Select(Describe), received.Select(Describe));
        foreach (var packet in packets)
        {
            var message = new ArrayBufferWriter<byte>();
            sender.EncodeMessage(packet, message);
            Assert.Equal(Describe(packet), Describe(receiver.DecodeMessage(message.WrittenMemory, sender.EncodesAsBinary(packet))));
        }
    });

    [Fact]
    public void Any_handshake_is_read_or_refused()
    {
        var samples = Utf8("""{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""");
        var dictionary = Utf8("null", "{}", "[]", "\"sid\"", "\\ud800", "-1", "1e9", "99999999999999999999");
        Fuzz.Rounds(5_000, random =>
        {
            try
            {
                EngineHandshake.Parse(Fuzz.Mutate(random, samples, dictionary));
            }
            catch (EngineFormatException)
            {
                // Refused.
            }
        });
    }

    private static (ReadOnlyMemory<byte> Payload, bool IsBinary) Write(EngineCodec codec, List<EnginePacket> packets)
    {
        foreach (var packet in packets)
        {
            var message = new ArrayBufferWriter<byte>();
            codec.EncodeMessage(packet, message);
            Assert.Equal(codec.GetMessageLength(packet), message.WrittenCount);
        }

        var payload = new ArrayBufferWriter<byte>();
        var isBinary = codec.EncodePayload(packets.ToArray(), payload);
        Assert.True(packets.Count == 0 || payload.WrittenCount <= packets.Sum(packet => codec.GetPayloadLength(packet)));
        return (payload.WrittenMemory, isBinary);
    }

    private static string Text(Random random)
    {
        int[] planes = [0x80, 0x100, 0x800, 0xd800, 0x110000];
        var text = new StringBuilder();
        for (var length = random.Next(12); length > 0; length--)
        {
            var rune = random.Next(planes[random.Next(planes.Length)]);
            text.Append(Rune.IsValid(rune) ? new Rune(rune) : Rune.ReplacementChar);
        }

        return text.ToString();
    }

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static string Describe(EnginePacket packet) => $"{packet.Type} {packet.IsBinary} {Convert.ToHexString(packet.Data.Span)}";
}
