using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// A wire format of the application's own on the transports of clients before 0.7: what go-socket.io has as <c>Codec</c>, <c>Encoder</c> and <c>Decoder</c>.
/// </summary>
/// <param name="createCodec">
/// Makes the codec of a session: how packets stand in a WebSocket message or a body. <see cref="UnitCodec"/> is a base for it. The session's id is the data of its
/// first packet, of type <see cref="EnginePacketType.Open"/>; heartbeats are sent where it has <see cref="EnginePacketType.Ping"/>, and must be answered
/// where it has <see cref="EnginePacketType.Pong"/> as well.
/// </param>
/// <param name="parser">What a message is to the layer above: <see cref="PlainMessageParser.Marked"/>, another of <see cref="PacketParser"/>'s, or one's own.</param>
public sealed class LegacyFormat(Func<EngineCodec> createCodec, PacketParser parser)
{
    /// <summary>Makes the codec of a session.</summary>
    public Func<EngineCodec> CreateCodec { get; } = createCodec;

    /// <summary>What a message is.</summary>
    public PacketParser Parser { get; } = parser;
}
