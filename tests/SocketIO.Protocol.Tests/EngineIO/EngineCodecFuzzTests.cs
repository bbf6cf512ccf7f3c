using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class EngineCodecFuzzTests
{
    private static readonly byte[][] Samples = Utf8("4hello", "4a\u001ebAQIDBA==\u001e4€", "2probe", "0{\"sid\":\"x\"}", "6", "bAQ", "42[\"a\",1]\u001e451-[{\"_placeholder\":true,\"num\":0}]\u001ebAA==");

    private static readonly byte[][] Dictionary = Utf8("\u001e", "b", "4", "=", "==", "AAAA", "7", " ", "😀");

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

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static string Describe(EnginePacket packet) => $"{packet.Type} {packet.IsBinary} {Convert.ToHexString(packet.Data.Span)}";
}
