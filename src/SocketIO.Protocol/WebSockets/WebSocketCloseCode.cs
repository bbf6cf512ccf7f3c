using System.Buffers.Binary;

namespace SocketIO.Protocol;

/// <summary>The close codes that this implementation sends by itself, and the rule which ones may be on the wire (RFC 6455, section 7.4).</summary>
internal static class WebSocketCloseCode
{
    public const ushort ProtocolError = 1002;
    public const ushort InvalidPayload = 1007;
    public const ushort MessageTooBig = 1009;

    public const int Size = sizeof(ushort);

    // 1004 is reserved; 1005, 1006 and 1015 are for local reports only; 1012 to 1014 were registered after the RFC.
    public static bool IsAllowedOnWire(ushort code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);

    public static ushort Read(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadUInt16BigEndian(payload);
}
