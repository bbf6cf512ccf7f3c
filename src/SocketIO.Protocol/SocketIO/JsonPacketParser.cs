namespace SocketIO.Protocol;

/// <summary>The parser of Socket.IO protocol 5.</summary>
internal sealed class JsonPacketParser : PacketParser
{
    /// <inheritdoc/>
    public override PacketEncoder Encoder { get; } = new JsonPacketEncoder();

    /// <inheritdoc/>
    public override PacketDecoder CreateDecoder(PacketLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new JsonPacketDecoder(limits);
    }
}
