using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace SocketIO.Protocol;

/// <summary>Writes frames (RFC 6455, section 5.2). A message is always one frame: nothing here fragments.</summary>
/// <remarks>
/// A mask is passed as the four bytes of the masking key read in little-endian order: byte <c>i</c> of the key on the wire is
/// <c>(byte)(mask >> 8 * i)</c>.
/// </remarks>
public static class WebSocketFrame
{
    /// <summary>The longest header of an unmasked frame, in bytes; <see cref="WriteMaskedHeader"/> needs four more.</summary>
    public const int MaxHeaderLength = 10;

    internal const int MaskLength = sizeof(uint);
    internal const int MaxMaskedHeaderLength = MaxHeaderLength + MaskLength;
    internal const int MaxControlPayloadLength = 125;

    internal const byte FinalBit = 0x80;
    internal const byte CompressedBit = 0x40;
    internal const byte ReservedBits = 0x30;
    internal const byte OpcodeBits = 0x0F;
    internal const byte ControlBit = 0x08;
    internal const byte MaskBit = 0x80;
    internal const byte LengthBits = 0x7F;

    /// <summary>These two values of the short length say that a length of 16 or of 64 bits follows.</summary>
    internal const byte Length16 = 126;
    internal const byte Length64 = 127;

    /// <summary>The length in bytes of an unmasked frame's header.</summary>
    /// <param name="payloadLength">The payload's length in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public static int GetHeaderLength(int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        return payloadLength switch
        {
            < Length16 => 2,
            <= ushort.MaxValue => 4,
            _ => MaxHeaderLength,
        };
    }

    /// <summary>Writes the header of an unmasked final frame, as a server sends it.</summary>
    /// <param name="destination">Where it is written; <see cref="GetHeaderLength"/> bytes.</param>
    /// <param name="opcode">What the frame is.</param>
    /// <param name="payloadLength">The payload's length in bytes.</param>
    /// <param name="compressed">Whether the payload comes from <see cref="PerMessageDeflate.Compress"/>.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">A control frame would be compressed or longer than 125 bytes, or the destination is too short.</exception>
    public static int WriteHeader(Span<byte> destination, WebSocketOpcode opcode, int payloadLength, bool compressed = false) =>
        WriteHeader(destination, opcode, payloadLength, compressed, maskBit: 0);

    /// <summary>Writes the header of a masked final frame, as a client sends it; the payload is to be masked with <see cref="Mask"/>.</summary>
    /// <param name="destination">Where it is written; <see cref="GetHeaderLength"/> bytes and four more.</param>
    /// <param name="opcode">What the frame is.</param>
    /// <param name="payloadLength">The payload's length in bytes.</param>
    /// <param name="mask">The masking key.</param>
    /// <param name="compressed">Whether the payload comes from <see cref="PerMessageDeflate.Compress"/>.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">A control frame would be compressed or longer than 125 bytes, or the destination is too short.</exception>
    public static int WriteMaskedHeader(Span<byte> destination, WebSocketOpcode opcode, int payloadLength, uint mask, bool compressed = false)
    {
        int length = WriteHeader(destination, opcode, payloadLength, compressed, MaskBit);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[length..], mask);
        return length + MaskLength;
    }

    /// <summary>Masks a payload in place, or unmasks it: the operation is its own inverse (RFC 6455, section 5.3).</summary>
    /// <param name="payload">The bytes to change.</param>
    /// <param name="mask">The masking key.</param>
    /// <param name="offset">How many bytes of the frame's payload come before these.</param>
    public static void Mask(Span<byte> payload, uint mask, int offset = 0)
    {
        mask = BitOperations.RotateRight(mask, 8 * (offset & 3));
        uint key = BitConverter.IsLittleEndian ? mask : BinaryPrimitives.ReverseEndianness(mask);

        if (payload.Length >= Vector<byte>.Count)
        {
            var wide = Vector.AsVectorByte(new Vector<uint>(key));
            Span<Vector<byte>> vectors = MemoryMarshal.Cast<byte, Vector<byte>>(payload);
            foreach (ref Vector<byte> vector in vectors)
            {
                vector ^= wide;
            }

            payload = payload[(vectors.Length * Vector<byte>.Count)..];
        }

        Span<uint> words = MemoryMarshal.Cast<byte, uint>(payload);
        foreach (ref uint word in words)
        {
            word ^= key;
        }

        payload = payload[(words.Length * MaskLength)..];
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] ^= (byte)(mask >> (8 * i));
        }
    }

    /// <summary>Writes a whole unmasked close frame. One without a code is <see cref="WriteHeader(Span{byte}, WebSocketOpcode, int, bool)"/> with length 0.</summary>
    /// <param name="destination">Where it is written; four bytes and the reason's.</param>
    /// <param name="code">A code that may be sent: 1000-1003, 1007-1014 or 3000-4999.</param>
    /// <param name="reason">The reason in UTF-8, at most 123 bytes.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">The code may not be sent, the reason is too long or the destination too short.</exception>
    public static int WriteClose(Span<byte> destination, ushort code, ReadOnlySpan<byte> reason)
    {
        if (!WebSocketCloseCode.IsAllowedOnWire(code))
        {
            throw new ArgumentOutOfRangeException(nameof(code), code, "A close frame may say 1000-1003, 1007-1014 or 3000-4999.");
        }

        int header = WriteHeader(destination, WebSocketOpcode.Close, WebSocketCloseCode.Size + reason.Length);
        BinaryPrimitives.WriteUInt16BigEndian(destination[header..], code);
        reason.CopyTo(destination[(header + WebSocketCloseCode.Size)..]);
        return header + WebSocketCloseCode.Size + reason.Length;
    }

    internal static bool IsControl(WebSocketOpcode opcode) => ((byte)opcode & ControlBit) != 0;

    private static int WriteHeader(Span<byte> destination, WebSocketOpcode opcode, int payloadLength, bool compressed, byte maskBit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        if (IsControl(opcode) && (compressed || payloadLength > MaxControlPayloadLength))
        {
            throw new ArgumentException(
                $"A control frame is never compressed and at most {MaxControlPayloadLength} bytes long; this one has {payloadLength}.", nameof(payloadLength));
        }

        byte first = (byte)(FinalBit | (compressed ? CompressedBit : 0) | (byte)opcode);
        switch (payloadLength)
        {
            case < Length16:
                destination[1] = (byte)(maskBit | payloadLength);
                destination[0] = first;
                return 2;
            case <= ushort.MaxValue:
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
                destination[1] = (byte)(maskBit | Length16);
                destination[0] = first;
                return 4;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(destination[2..], (ulong)payloadLength);
                destination[1] = (byte)(maskBit | Length64);
                destination[0] = first;
                return MaxHeaderLength;
        }
    }
}
