using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>Packets in the notation of the tests: text in, text out, attachments in hexadecimal.</summary>
internal static class PacketText
{
    public static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);

    public static Packet Make(PacketType type, string ns = "", long id = -1, string payload = "", params string[] attachments) =>
        new(type, Utf8(ns), id, Utf8(payload), attachments.Select(hex => (ReadOnlyMemory<byte>)Convert.FromHexString(hex)).ToArray());

    public static byte[] Encode(this PacketParser parser, in Packet packet)
    {
        var output = new ArrayBufferWriter<byte>();
        parser.Encoder.Encode(packet, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Decodes a text message that must be a whole packet.</summary>
    public static Packet DecodeJson(string text, PacketLimits? limits = null)
    {
        Assert.True(PacketParser.Json.CreateDecoder(limits ?? PacketLimits.Default).Decode(Utf8(text), isBinary: false, out var packet));
        return packet;
    }

    /// <summary>Everything that a packet says, on one line.</summary>
    public static string Describe(in Packet packet)
    {
        var text = new StringBuilder($"{packet.Type} {(packet.Namespace.IsEmpty ? "/" : Text(packet.Namespace))}");
        if (packet.Id >= 0)
        {
            text.Append(packet.IsAutoAcknowledged ? $" #{packet.Id} by the library" : $" #{packet.Id}");
        }

        if (!packet.Payload.IsEmpty)
        {
            text.Append(' ').Append(Text(packet.Payload));
        }

        foreach (var attachment in packet.Attachments.Span)
        {
            text.Append(" <").Append(Convert.ToHexStringLower(attachment.Span)).Append('>');
        }

        return text.ToString();
    }
}
