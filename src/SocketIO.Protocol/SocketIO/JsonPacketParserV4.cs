namespace SocketIO.Protocol;

/// <summary>The parser of Socket.IO protocols 3 and 4.</summary>
internal sealed class JsonPacketParserV4 : PacketParser
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
