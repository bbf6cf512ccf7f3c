using System.Buffers.Text;

namespace SocketIO.Protocol;

/// <summary>Writes <c>type [count "-"] [namespace ","] [id]</c>, which is before the JSON.</summary>
internal static class JsonPacketHeader
{
    private const int BinaryOffset = 3;
    private const int MaxInt32Digits = 10;
    private const int MaxInt64Digits = 19;

    /// <summary>The most bytes that <see cref="Write"/> writes.</summary>
    public static int GetMaxLength(in Packet packet) => 1 + MaxInt32Digits + 1 + packet.Namespace.Length + 1 + MaxInt64Digits;

    /// <summary>Writes the header.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="span">Where to write.</param>
    /// <param name="countsInAcks">Whether an acknowledgement has the number of its attachments even if there are none, instead of a type of its own if there are some.</param>
    /// <returns>The number of bytes.</returns>
    public static int Write(in Packet packet, Span<byte> span, bool countsInAcks = false)
    {
        var written = 1;
        if (packet.Attachments.IsEmpty && !(countsInAcks && packet.Type == PacketType.Ack))
        {
            span[0] = (byte)('0' + (byte)packet.Type);
        }
        else if (packet.Type is PacketType.Event or PacketType.Ack)
        {
            span[0] = (byte)('0' + (byte)packet.Type + (countsInAcks && packet.Type == PacketType.Ack ? 0 : BinaryOffset));
            Utf8Formatter.TryFormat(packet.Attachments.Length, span[written..], out var digits);
            written += digits;
            span[written++] = (byte)'-';
        }
        else
        {
            throw new ArgumentException("Only events and acknowledgements can have attachments.", nameof(packet));
        }

        var ns = packet.Namespace.Span;
        if (!ns.IsEmpty && !ns.SequenceEqual("/"u8))
        {
            ns.CopyTo(span[written..]);
            written += ns.Length;
            span[written++] = (byte)',';
        }

        if (packet.Id >= 0)
        {
            Utf8Formatter.TryFormat(packet.Id, span[written..], out var digits);
            written += digits;
        }

        return written;
    }
}
