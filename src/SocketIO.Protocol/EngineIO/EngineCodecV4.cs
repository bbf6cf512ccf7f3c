using System.Buffers;
using System.Buffers.Text;

namespace SocketIO.Protocol;

/// <summary>
/// Engine.IO protocol revision 4. Packets are <c>type data</c>; a payload joins them with 0x1e; binary data goes
/// as it is over WebSocket and as <c>b base64</c> where only text can go. Without state, therefore thread-safe.
/// </summary>
public sealed class EngineCodecV4 : EngineCodec
{
    private const byte Separator = 0x1e;
    private const byte Base64Prefix = (byte)'b';

    private EngineCodecV4()
    {
    }

    /// <summary>The codec of all sessions.</summary>
    public static EngineCodecV4 Instance { get; } = new();

    /// <inheritdoc/>
    public override int Revision => 4;

    /// <inheritdoc/>
    public override EnginePacket DecodeMessage(ReadOnlyMemory<byte> message, bool isBinary) =>
        isBinary ? new EnginePacket(EnginePacketType.Message, message, isBinary: true) : DecodeText(message);

    /// <inheritdoc/>
    public override void DecodePayload(ReadOnlyMemory<byte> payload, bool isBinary, List<EnginePacket> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        if (isBinary)
        {
            throw new EngineFormatException("A payload of revision 4 is text.");
        }

        var before = packets.Count;
        try
        {
            // packet *( 0x1e packet )
            int end;
            while ((end = payload.Span.IndexOf(Separator)) >= 0)
            {
                packets.Add(DecodeText(payload[..end]));
                payload = payload[(end + 1)..];
            }

            packets.Add(DecodeText(payload));
        }
        catch (EngineFormatException)
        {
            packets.RemoveRange(before, packets.Count - before);
            throw;
        }
    }

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet) =>
        EncodesAsBinary(packet) ? packet.Data.Length : packet.Data.Length + 1;

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var length = GetMessageLength(packet);
        if (length == 0)
        {
            return;
        }

        var span = output.GetSpan(length);
        if (!EncodesAsBinary(packet))
        {
            span[0] = Digit(packet.Type);
            span = span[1..];
        }

        packet.Data.Span.CopyTo(span);
        output.Advance(length);
    }

    /// <inheritdoc/>
    public override bool EncodesAsBinary(in EnginePacket packet) =>
        packet.IsBinary && packet.Type == EnginePacketType.Message;

    /// <inheritdoc/>
    public override bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var first = true;
        foreach (ref readonly var packet in packets)
        {
            var span = output.GetSpan(GetPayloadLength(packet));
            var written = 0;
            if (!first)
            {
                span[written++] = Separator;
            }

            first = false;
            if (EncodesAsBinary(packet))
            {
                span[written++] = Base64Prefix;
                Base64.EncodeToUtf8(packet.Data.Span, span[written..], out _, out var encoded);
                written += encoded;
            }
            else
            {
                span[written++] = Digit(packet.Type);
                packet.Data.Span.CopyTo(span[written..]);
                written += packet.Data.Length;
            }

            output.Advance(written);
        }

        return false;
    }

    /// <inheritdoc/>
    public override int GetPayloadLength(in EnginePacket packet) =>
        2 + (EncodesAsBinary(packet) ? Base64.GetMaxEncodedToUtf8Length(packet.Data.Length) : packet.Data.Length);

    private static EnginePacket DecodeText(ReadOnlyMemory<byte> text)
    {
        if (text.IsEmpty)
        {
            throw new EngineFormatException("A packet begins with its type, but is empty.");
        }

        var type = text.Span[0];
        if (type == Base64Prefix)
        {
            return new EnginePacket(EnginePacketType.Message, Base64Text.Decode(text.Span[1..]), isBinary: true);
        }

        if (type is < (byte)'0' or > (byte)'6')
        {
            throw new EngineFormatException("A packet begins with its type, a digit from 0 to 6, or with 'b' for base64.");
        }

        return new EnginePacket((EnginePacketType)(type - '0'), text[1..]);
    }

    private static byte Digit(EnginePacketType type) => (byte)('0' + (byte)type);
}
