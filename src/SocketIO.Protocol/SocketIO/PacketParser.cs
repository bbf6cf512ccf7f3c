namespace SocketIO.Protocol;

/// <summary>A wire form of Socket.IO packets: what Socket.IO calls a parser. Both ends must use the same.</summary>
public abstract class PacketParser
{
    /// <summary>The default: a header and JSON as text, binary values as messages of their own.</summary>
    public static PacketParser Json { get; } = new JsonPacketParser();

    /// <summary>
    /// The JSON form of Socket.IO protocols 3 and 4, which clients 1.x and 2.x speak. What is sent is ASCII, a CONNECT has no payload, and of the object of a
    /// CONNECT_ERROR these clients get the <c>data</c> or else the <c>message</c>. A namespace should be ASCII as well.
    /// </summary>
    public static PacketParser JsonV4 { get; } = new JsonPacketParserV4();

    /// <summary>Every packet as one binary message in MessagePack, as the npm package <c>socket.io-msgpack-parser</c> has it.</summary>
    public static PacketParser MessagePack { get; } = new MessagePackPacketParser();

    /// <summary>
    /// "Socket.IO protocol 1" of clients 0.7 to 0.9. Texts and JSON messages are the event <c>message</c> with one argument. Binary values are refused.
    /// </summary>
    public static PacketParser ProtocolOne { get; } = new ProtocolOneParser();

    /// <summary>The encoder of all connections.</summary>
    public abstract PacketEncoder Encoder { get; }

    /// <summary>Creates the decoder of one connection.</summary>
    public abstract PacketDecoder CreateDecoder(PacketLimits limits);
}
