using System.Buffers;

namespace SocketIO.Protocol.Tests;

/// <summary>Protocol 1 through codec and parser, as a session has it.</summary>
internal static class ProtocolOneText
{
    /// <summary>What a text means: a packet of the session, one of the parser, "nothing", or why it is refused.</summary>
    public static string Decode(string text, PacketLimits? limits = null)
    {
        try
        {
            return Describe(ProtocolOneCodec.Instance.DecodeMessage(PacketText.Utf8(text), isBinary: false), limits);
        }
        catch (EngineFormatException e)
        {
            return $"refused: {e.Message}";
        }
    }

    public static string Describe(EnginePacket packet) => Describe(packet, null);

    public static byte[] Encode(EnginePacket packet)
    {
        var output = new ArrayBufferWriter<byte>();
        ProtocolOneCodec.Instance.EncodeMessage(packet, output);
        Assert.Equal(output.WrittenCount, ProtocolOneCodec.Instance.GetMessageLength(packet));
        return output.WrittenSpan.ToArray();
    }

    private static string Describe(EnginePacket packet, PacketLimits? limits)
    {
        if (packet.Type != EnginePacketType.Message)
        {
            return packet.Type.ToString();
        }

        try
        {
            return PacketParser.ProtocolOne.CreateDecoder(limits ?? PacketLimits.Default).Decode(packet.Data, isBinary: false, out var decoded)
                ? PacketText.Describe(decoded)
                : "nothing";
        }
        catch (PacketFormatException e)
        {
            return $"refused: {e.Message}";
        }
    }
}
