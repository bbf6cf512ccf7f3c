using System.Buffers.Binary;

namespace SocketIO.Protocol;

/// <summary>
/// The frames that make messages of a WebTransport stream's bytes: a header and an Engine.IO message. The header's first bit says whether
/// the message is binary, the other seven its length; 126 stands for a length of 16 bits that follows, 127 for one of 64.
/// Source: <see href="https://socket.io/docs/v4/engine-io-protocol/#webtransport"/>.
/// </summary>
public static class WebTransportFrame
{
    /// <summary>The longest header, in bytes.</summary>
    public const int MaxHeaderLength = 1 + sizeof(ulong);

    internal const byte BinaryBit = 0x80;
    internal const byte LengthBits = 0x7F;

    /// <summary>These two values of the short length say that a length of 16 or of 64 bits follows.</summary>
    internal const byte Length16 = 126;
    internal const byte Length64 = 127;

    /// <summary>Writes a frame's header.</summary>
    /// <param name="destination">Where it is written; at most <see cref="MaxHeaderLength"/> bytes.</param>
    /// <param name="payloadLength">The message's length in bytes.</param>
    /// <param name="isBinary">Whether the message is binary.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">The length is negative, or the destination too short.</exception>
    public static int WriteHeader(Span<byte> destination, int payloadLength, bool isBinary)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        var binary = isBinary ? BinaryBit : (byte)0;
        switch (payloadLength)
        {
            case < Length16:
                EnsureFits(destination, 1);
                destination[0] = (byte)(binary | payloadLength);
                return 1;
            case <= ushort.MaxValue:
                EnsureFits(destination, 1 + sizeof(ushort));
                destination[0] = (byte)(binary | Length16);
                BinaryPrimitives.WriteUInt16BigEndian(destination[1..], (ushort)payloadLength);
                return 1 + sizeof(ushort);
            default:
                EnsureFits(destination, MaxHeaderLength);
                destination[0] = (byte)(binary | Length64);
                BinaryPrimitives.WriteUInt64BigEndian(destination[1..], (ulong)payloadLength);
                return MaxHeaderLength;
        }
    }

    private static void EnsureFits(Span<byte> destination, int length)
    {
        if (destination.Length < length)
        {
            throw new ArgumentException($"The header takes {length} bytes.", nameof(destination));
        }
    }
}
