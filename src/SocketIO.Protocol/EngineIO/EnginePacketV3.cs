using System.Buffers.Text;

namespace SocketIO.Protocol;

/// <summary>One packet of Engine.IO revisions 2 and 3 in each of its forms.</summary>
internal static class EnginePacketV3
{
    private const byte Base64Prefix = (byte)'b';

    /// <summary>Whether the packet has a binary form.</summary>
    public static bool IsBinary(in EnginePacket packet) => packet.IsBinary && packet.Type == EnginePacketType.Message;

    /// <summary>Reads <c>digit text</c> or <c>"b4" base64</c>. Text is borrowed.</summary>
    public static EnginePacket DecodeText(ReadOnlyMemory<byte> text)
    {
        if (text.IsEmpty)
        {
            throw new EngineFormatException("A packet begins with its type, but is empty.");
        }

        var type = text.Span[0];
        if (type == Base64Prefix)
        {
            return text.Length > 1 && text.Span[1] == Digit(EnginePacketType.Message)
                ? new EnginePacket(EnginePacketType.Message, Base64Text.Decode(text.Span[2..]), isBinary: true)
                : throw new EngineFormatException("Base64 after 'b' is a message, of type 4.");
        }

        return type is >= (byte)'0' and <= (byte)'6'
            ? new EnginePacket((EnginePacketType)(type - '0'), text[1..])
            : throw new EngineFormatException("A packet begins with its type, a digit from 0 to 6, or with 'b' for base64.");
    }

    /// <summary>Reads <c>type bytes</c>; they are borrowed.</summary>
    public static EnginePacket DecodeBinary(ReadOnlyMemory<byte> packet) =>
        !packet.IsEmpty && packet.Span[0] == (byte)EnginePacketType.Message
            ? new EnginePacket(EnginePacketType.Message, packet[1..], isBinary: true)
            : throw new EngineFormatException("A binary packet begins with a byte 4, for it is a message.");

    /// <summary>Writes <c>digit text</c>.</summary>
    public static int EncodeText(in EnginePacket packet, bool doubleEncodes, Span<byte> span)
    {
        var data = packet.Data.Span;
        span[0] = Digit(packet.Type);
        if (doubleEncodes)
        {
            return 1 + DoubleEncodedText.Encode(data, span[1..]);
        }

        data.CopyTo(span[1..]);
        return 1 + data.Length;
    }

    /// <summary>Writes <c>"b4" base64</c>.</summary>
    public static int EncodeBase64(in EnginePacket packet, Span<byte> span)
    {
        span[0] = Base64Prefix;
        span[1] = Digit(packet.Type);
        Base64.EncodeToUtf8(packet.Data.Span, span[2..], out _, out var written);
        return 2 + written;
    }

    /// <summary>Writes <c>type bytes</c>.</summary>
    public static int EncodeBinary(in EnginePacket packet, Span<byte> span)
    {
        span[0] = (byte)packet.Type;
        packet.Data.Span.CopyTo(span[1..]);
        return 1 + packet.Data.Length;
    }

    private static byte Digit(EnginePacketType type) => (byte)('0' + (byte)type);
}
