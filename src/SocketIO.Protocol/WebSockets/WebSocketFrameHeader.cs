using System.Buffers;
using System.Buffers.Binary;

namespace SocketIO.Protocol;

/// <summary>A frame's header as it was received, checked against every rule that needs no memory of earlier frames.</summary>
internal readonly struct WebSocketFrameHeader
{
    private WebSocketFrameHeader(byte first, int length, long payloadLength, uint mask)
    {
        Opcode = (WebSocketOpcode)(first & WebSocketFrame.OpcodeBits);
        IsFinal = (first & WebSocketFrame.FinalBit) != 0;
        IsCompressed = (first & WebSocketFrame.CompressedBit) != 0;
        Length = length;
        PayloadLength = payloadLength;
        Mask = mask;
    }

    public WebSocketOpcode Opcode { get; }

    public bool IsFinal { get; }

    public bool IsCompressed { get; }

    /// <summary>Of the header itself, the mask included.</summary>
    public int Length { get; }

    public long PayloadLength { get; }

    /// <summary>0 if the frame is not masked.</summary>
    public uint Mask { get; }

    public static bool TryRead(in ReadOnlySequence<byte> input, bool masked, out WebSocketFrameHeader header)
    {
        ReadOnlySpan<byte> bytes = input.FirstSpan;
        if (bytes.Length >= WebSocketFrame.MaxMaskedHeaderLength || input.IsSingleSegment)
        {
            return TryRead(bytes, masked, out header);
        }

        Span<byte> copy = stackalloc byte[WebSocketFrame.MaxMaskedHeaderLength];
        int available = (int)Math.Min(input.Length, copy.Length);
        input.Slice(0, available).CopyTo(copy);
        return TryRead(copy[..available], masked, out header);
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, bool masked, out WebSocketFrameHeader header)
    {
        header = default;
        if (bytes.Length < 2)
        {
            return false;
        }

        byte first = bytes[0];
        byte shortLength = (byte)(bytes[1] & WebSocketFrame.LengthBits);
        Check(first, shortLength);
        if ((bytes[1] & WebSocketFrame.MaskBit) != 0 != masked)
        {
            WebSocketProtocolException.ThrowProtocolError(masked ? "A frame from a client must be masked." : "A frame from a server must not be masked.");
        }

        int lengthBytes = shortLength switch
        {
            WebSocketFrame.Length16 => sizeof(ushort),
            WebSocketFrame.Length64 => sizeof(ulong),
            _ => 0,
        };
        int length = 2 + lengthBytes + (masked ? WebSocketFrame.MaskLength : 0);
        if (bytes.Length < length)
        {
            return false;
        }

        long payloadLength = shortLength switch
        {
            WebSocketFrame.Length16 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            WebSocketFrame.Length64 => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            _ => shortLength,
        };
        CheckLength(payloadLength, lengthBytes);
        uint mask = masked ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(2 + lengthBytes)..]) : 0;
        header = new WebSocketFrameHeader(first, length, payloadLength, mask);
        return true;
    }

    private static void Check(byte first, byte shortLength)
    {
        if ((first & WebSocketFrame.ReservedBits) != 0)
        {
            WebSocketProtocolException.ThrowProtocolError("RSV2 and RSV3 must be 0: no extension that uses them was negotiated.");
        }

        var opcode = (WebSocketOpcode)(first & WebSocketFrame.OpcodeBits);
        switch (opcode)
        {
            case WebSocketOpcode.Continuation or WebSocketOpcode.Text or WebSocketOpcode.Binary:
                break;
            case WebSocketOpcode.Close or WebSocketOpcode.Ping or WebSocketOpcode.Pong:
                if ((first & WebSocketFrame.FinalBit) == 0)
                {
                    WebSocketProtocolException.ThrowProtocolError("A control frame must not be fragmented.");
                }

                if ((first & WebSocketFrame.CompressedBit) != 0)
                {
                    WebSocketProtocolException.ThrowProtocolError("RSV1 must be 0 in a control frame.");
                }

                if (shortLength > WebSocketFrame.MaxControlPayloadLength)
                {
                    WebSocketProtocolException.ThrowProtocolError($"A control frame carries at most {WebSocketFrame.MaxControlPayloadLength} bytes.");
                }

                break;
            default:
                WebSocketProtocolException.ThrowProtocolError($"Opcode {(byte)opcode} is reserved.");
                break;
        }
    }

    private static void CheckLength(long payloadLength, int lengthBytes)
    {
        if (payloadLength < 0)
        {
            WebSocketProtocolException.ThrowProtocolError("The highest bit of a 64-bit length must be 0.");
        }

        long smallest = lengthBytes switch
        {
            sizeof(ushort) => WebSocketFrame.Length16,
            sizeof(ulong) => ushort.MaxValue + 1,
            _ => 0,
        };
        if (payloadLength < smallest)
        {
            WebSocketProtocolException.ThrowProtocolError($"A length of {payloadLength} must be written in its shortest form.");
        }
    }
}
