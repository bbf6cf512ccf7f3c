namespace SocketIO.Protocol;

/// <summary>The parser of Socket.IO protocols 3 and 4.</summary>
internal sealed class JsonPacketParserV4 : PacketParser
{
    /// <summary>The encoder for clients whose acknowledgements show that they read no others.</summary>
    public static PacketEncoder CountingEncoder { get; } = new JsonPacketEncoderV4(countsInAcks: true);

    /// <inheritdoc/>
    public override PacketEncoder Encoder { get; } = new JsonPacketEncoderV4(countsInAcks: false);

    /// <inheritdoc/>
    public override PacketDecoder CreateDecoder(PacketLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new JsonPacketDecoder(limits, isV4: true);
    }
}
