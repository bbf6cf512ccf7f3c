using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>Packets of the generations before Engine.IO in the notation of the tests: <c>message hi</c>, <c>pong 1</c>.</summary>
internal static class Units
{
    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Describe(EnginePacket packet) =>
        $"{packet.Type.ToString().ToLowerInvariant()} {Encoding.UTF8.GetString(packet.Data.Span)}".TrimEnd(' ');

    public static EnginePacket Parse(string described)
    {
        var parts = described.Split(' ', 2);
        return new EnginePacket(Enum.Parse<EnginePacketType>(parts[0], ignoreCase: true), Utf8(parts.Length > 1 ? parts[1] : ""));
    }

    public static EnginePacket Message(string text) => new(EnginePacketType.Message, Utf8(text));

    public static List<EnginePacket> Decode(this EngineCodec codec, byte[] unit)
    {
        var packets = new List<EnginePacket>();
        codec.DecodePayload(unit, isBinary: false, packets);
        return packets;
    }

    public static IEnumerable<string> Decode(this EngineCodec codec, string unit) => codec.Decode(Utf8(unit)).Select(Describe);

    /// <summary>The packets as one unit; where it is one packet, its length is checked as well.</summary>
    public static byte[] Encode(this EngineCodec codec, params EnginePacket[] packets)
    {
        var output = new ArrayBufferWriter<byte>();
        var mostLength = packets.Sum(packet => codec.GetPayloadLength(packet));
        int? exact = packets.Length == 1 && codec.Has(packets[0].Type) ? codec.GetMessageLength(packets[0]) : null;
        Assert.False(codec.EncodePayload(packets, output));
        Assert.True(mostLength >= output.WrittenCount);
        Assert.Equal(exact ?? output.WrittenCount, output.WrittenCount);
        return output.WrittenSpan.ToArray();
    }

    public static string EncodeText(this EngineCodec codec, params string[] described) =>
        Encoding.UTF8.GetString(codec.Encode([.. described.Select(Parse)]));
}
