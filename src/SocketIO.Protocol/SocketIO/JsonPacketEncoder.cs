using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>Writes <c>type [count "-"] [namespace ","] [id] [JSON]</c>.</summary>
internal sealed class JsonPacketEncoder : PacketEncoder
{
    /// <inheritdoc/>
    public override bool IsBinary => false;

    /// <inheritdoc/>
    public override bool SendsAttachments => true;

    /// <inheritdoc/>
    public override void Encode(in Packet packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var payload = packet.Payload.Span;
        var span = output.GetSpan(JsonPacketHeader.GetMaxLength(packet) + payload.Length);
        var written = JsonPacketHeader.Write(packet, span);
        payload.CopyTo(span[written..]);
        output.Advance(written + payload.Length);
    }
}
