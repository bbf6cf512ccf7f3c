using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class ProtocolOneFuzzTests
{
    private static readonly byte[][] Samples = Utf8(
        "0::", "0::/woot", "1::/test?my=param", "1::/test:?test=1", "2::", "3:::l1\nl2", "3:5+:/chat:a:b", "4:1::{\"a\":\"b\"}", "4:::\"é😀\\u00e9\\ud83d\\ude00\"", "8::",
        "5:1+::{\"name\":\"tobi\",\"args\":[1,{\"a\":[null,true]},\"x\"]}", "5:2:/chat:{\"args\":[],\"name\":\"message\"}", "6:::12+[\"woot\",\"wa\"]", "6::/x:140", "7::/woot:1+0");

    private static readonly byte[][] Dictionary = Utf8(
        ":", "::", "+", "/", "?", "\ufffd", "\ufffd3\ufffd2::", "\u2028", "\n", "\"", "\\", "\\u", "\\ud800", "\\n", "[", "]", "{", "}", ",", "1", "0", "99999999999999999999", "-1", "null",
        "\"name\":\"a\",", "\"name\":\"disconnect\",", "\"args\":[1],", "[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]", " ", "\ufeff");

    [Fact]
    public void Any_payload_is_decoded_or_refused_and_what_is_decoded_survives_encoding() => Fuzz.Rounds(30_000, random =>
    {
        var payload = random.Next(8) == 0 ? Fuzz.Bytes(random, 40) : Payload(random);
        var packets = new List<EnginePacket>();
        try
        {
            ProtocolOneCodec.Instance.DecodePayload(payload, random.Next(20) == 0, packets);
        }
        catch (EngineFormatException)
        {
            Assert.Empty(packets);
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        ProtocolOneCodec.Instance.EncodePayload(packets.ToArray(), output);
        var again = new List<EnginePacket>();
        ProtocolOneCodec.Instance.DecodePayload(output.WrittenMemory, isBinary: false, again);
        Assert.Equal(packets.Select(Describe), again.Select(Describe));
    });

    [Fact]
    public void Any_text_is_decoded_or_refused_and_what_is_decoded_survives_encoding() => Fuzz.Rounds(60_000, random =>
    {
        var decoder = PacketParser.ProtocolOne.CreateDecoder(PacketLimits.Default);
        var text = random.Next(10) == 0 ? Fuzz.Bytes(random, 40) : Fuzz.Mutate(random, Samples, Dictionary);
        Packet packet;
        try
        {
            if (!decoder.Decode(text, isBinary: false, out packet))
            {
                return;
            }
        }
        catch (PacketFormatException)
        {
            return;
        }

        AssertArgumentsAreFound(packet);
        var written = EncodeWithoutId(packet);
        Assert.True(decoder.Decode(written, isBinary: false, out packet));
        AssertArgumentsAreFound(packet);
        Assert.Equal(PacketText.Text(written), PacketText.Text(EncodeWithoutId(packet)));
        // Clients up to 0.8.2 could not parse them. What a namespace is called is the client's business.
        Assert.Equal(-1, PacketText.Text(written).AsSpan(3 + PacketText.Text(packet.Namespace).Length).IndexOfAny(['\n', '\r', '\u2028', '\u2029']));
    });

    [Fact]
    public void A_packet_with_anything_in_it_is_written_or_refused() => Fuzz.Rounds(20_000, random =>
    {
        var samples = Utf8("[\"message\",\"a\"]", "[\"a\",1,{\"b\":[]}]", "[]", "[1]", "{\"message\":\"x\"}");
        var packet = new Packet((PacketType)random.Next(5), "/chat"u8.ToArray(), random.Next(3) - 1, Fuzz.Mutate(random, samples, Dictionary)) { IsAutoAcknowledged = random.Next(2) == 0 };
        try
        {
            PacketParser.ProtocolOne.Encode(packet);
        }
        catch (PacketFormatException)
        {
            // Refused.
        }
    });

    private static byte[] Payload(Random random)
    {
        var bytes = new List<byte>();
        for (var count = random.Next(4); count >= 0; count--)
        {
            var text = Fuzz.Mutate(random, Samples, Dictionary);
            var length = Encoding.UTF8.GetString(text).Length + (random.Next(10) == 0 ? random.Next(-2, 3) : 0);
            bytes.AddRange(Encoding.UTF8.GetBytes($"\ufffd{length}\ufffd"));
            bytes.AddRange(text);
        }

        return random.Next(4) == 0 ? Fuzz.Mutate(random, [[.. bytes]], Dictionary) : [.. bytes];
    }

    // Ids of events and of acknowledgements count differently.
    private static byte[] EncodeWithoutId(in Packet packet) => PacketParser.ProtocolOne.Encode(
        new Packet(packet.Type, packet.Namespace, packet.Type == PacketType.Ack ? 7 : -1, packet.Payload));

    private static void AssertArgumentsAreFound(in Packet packet)
    {
        if (packet.Type != PacketType.Event)
        {
            return;
        }

        Assert.True(packet.Arguments.Length > 0);
        for (var index = 0; index < packet.Arguments.Length; index++)
        {
            // Throws if it is not JSON.
            using var document = System.Text.Json.JsonDocument.Parse(packet.GetArgument(index));
        }
    }

    private static string Describe(EnginePacket packet) => $"{packet.Type} {Convert.ToHexString(packet.Data.Span)}";

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
