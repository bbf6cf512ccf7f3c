using System.Buffers;
using System.Buffers.Text;

namespace SocketIO.Protocol;

/// <summary>Writes <c>type [count "-"] [namespace ","] [id] [JSON]</c>.</summary>
internal sealed class JsonPacketEncoder : PacketEncoder
{
    private const int BinaryOffset = 3;
    private const int MaxInt32Digits = 10;
    private const int MaxInt64Digits = 19;

    /// <inheritdoc/>
    public override bool IsBinary => false;

    /// <inheritdoc/>
    public override bool SendsAttachments => true;

    /// <inheritdoc/>
    public override void Encode(in Packet packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var ns = packet.Namespace.Span;
        var payload = packet.Payload.Span;
        var span = output.GetSpan(1 + MaxInt32Digits + 1 + ns.Length + 1 + MaxInt64Digits + payload.Length);
        var written = 1;
        if (packet.Attachments.IsEmpty)
        {
            span[0] = (byte)('0' + (byte)packet.Type);
        }
        else if (packet.Type is PacketType.Event or PacketType.Ack)
        {
            span[0] = (byte)('0' + (byte)packet.Type + BinaryOffset);
            Utf8Formatter.TryFormat(packet.Attachments.Length, span[written..], out var digits);
            written += digits;
            span[written++] = (byte)'-';
        }
        else
        {
            throw new ArgumentException("Only events and acknowledgements can have attachments.", nameof(packet));
        }

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

        payload.CopyTo(span[written..]);
        output.Advance(written + payload.Length);
    }
}
