namespace SocketIO.Protocol;

/// <summary>The parser whose packets are MessagePack maps of <c>type</c>, <c>nsp</c>, <c>data</c> and <c>id</c>.</summary>
internal sealed class MessagePackPacketParser : PacketParser
{
    /// <inheritdoc/>
    public override PacketEncoder Encoder { get; } = new MessagePackPacketEncoder();

    /// <inheritdoc/>
    public override PacketDecoder CreateDecoder(PacketLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new MessagePackPacketDecoder(limits);
    }
}
