using System.Buffers;
using System.Buffers.Binary;

namespace SocketIO.Protocol;

/// <summary>
/// The reading half of a WebTransport stream: bytes in, Engine.IO messages out, without any I/O of its own.
/// One per stream, used by one reader at a time. While no message is in progress it holds no buffer.
/// </summary>
public sealed class WebTransportFrameReader : IDisposable
{
    private readonly int _maxPayload;

    // The message in progress; nothing remains if there is none.
    private PooledBytes _assembly;
    private int _remaining;
    private bool _isBinary;

    // What the last message lies in, unless that is the input itself.
    private PooledBytes _delivered;
    private bool _disposed;

    /// <summary>Makes a reader for a stream that begins.</summary>
    /// <param name="maxPayload">What a message may have at most, in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive, or more than an array can hold.</exception>
    public WebTransportFrameReader(int maxPayload)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxPayload);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxPayload, Array.MaxLength);
        _maxPayload = maxPayload;
    }

    /// <summary>What the buffers of this reader take at present, for tests of its bounds.</summary>
    internal long BufferedCapacity => (long)_assembly.Capacity + _delivered.Capacity;

    /// <summary>Reads the next complete message.</summary>
    /// <remarks>
    /// The part of a message that is there is consumed, even if the rest is missing: the source may stop filling at a threshold below a
    /// message's size. After an exception the reader is disposed of.
    /// </remarks>
    /// <param name="input">What was received; moved past all that was consumed.</param>
    /// <param name="message">The message, valid until the next call.</param>
    /// <param name="isBinary">Whether it is binary.</param>
    /// <returns>False if more bytes are needed.</returns>
    /// <exception cref="EngineFormatException">The message is too large, or empty where it must not be.</exception>
    /// <exception cref="ObjectDisposedException">The reader is disposed of.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> input, out ReadOnlyMemory<byte> message, out bool isBinary)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _delivered.Release();
        message = default;
        isBinary = _isBinary;
        if (_remaining > 0)
        {
            return TryAssemble(ref input, out message);
        }

        if (!TryReadHeader(in input, out var headerLength, out var payloadLength, out isBinary))
        {
            return false;
        }

        if (input.Length - headerLength >= payloadLength)
        {
            var payload = input.Slice(headerLength, payloadLength);
            if (payload.IsSingleSegment)
            {
                message = payload.First;
                input = input.Slice(payload.End);
                return true;
            }
        }

        _isBinary = isBinary;
        _remaining = payloadLength;
        input = input.Slice(headerLength);
        return TryAssemble(ref input, out message);
    }

    /// <summary>Gives the buffers back, and with them the last message.</summary>
    public void Dispose()
    {
        _disposed = true;
        _assembly.Release();
        _delivered.Release();
    }

    private bool TryReadHeader(in ReadOnlySequence<byte> input, out int headerLength, out int payloadLength, out bool isBinary)
    {
        var bytes = input.FirstSpan;
        if (bytes.Length >= WebTransportFrame.MaxHeaderLength || input.IsSingleSegment)
        {
            return TryReadHeader(bytes, out headerLength, out payloadLength, out isBinary);
        }

        Span<byte> copy = stackalloc byte[WebTransportFrame.MaxHeaderLength];
        var available = (int)Math.Min(input.Length, copy.Length);
        input.Slice(0, available).CopyTo(copy);
        return TryReadHeader(copy[..available], out headerLength, out payloadLength, out isBinary);
    }

    private bool TryReadHeader(ReadOnlySpan<byte> bytes, out int headerLength, out int payloadLength, out bool isBinary)
    {
        (headerLength, payloadLength, isBinary) = (0, 0, false);
        if (bytes.IsEmpty)
        {
            return false;
        }

        isBinary = (bytes[0] & WebTransportFrame.BinaryBit) != 0;
        ulong length = (uint)(bytes[0] & WebTransportFrame.LengthBits);
        headerLength = length switch
        {
            WebTransportFrame.Length16 => 1 + sizeof(ushort),
            WebTransportFrame.Length64 => 1 + sizeof(ulong),
            _ => 1,
        };
        if (bytes.Length < headerLength)
        {
            return false;
        }

        length = length switch
        {
            WebTransportFrame.Length16 => BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]),
            WebTransportFrame.Length64 => BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]),
            _ => length,
        };
        Check(length, isBinary);
        payloadLength = (int)length;
        return true;
    }

    // Clients send an empty binary message as it is; a text has a packet's type at least.
    private void Check(ulong length, bool isBinary)
    {
        if (length > (ulong)_maxPayload)
        {
            Dispose();
            throw new EngineFormatException($"A message has at most {_maxPayload} bytes; {length} were announced.");
        }

        if (length == 0 && !isBinary)
        {
            Dispose();
            throw new EngineFormatException("A text message begins with its packet's type, but is empty.");
        }
    }

    private bool TryAssemble(ref ReadOnlySequence<byte> input, out ReadOnlyMemory<byte> message)
    {
        var source = input.Length > _remaining ? input.Slice(0, _remaining) : input;
        var count = (int)source.Length;
        if (count > 0)
        {
            source.CopyTo(_assembly.Reserve(count, _assembly.Length + _remaining));
            _assembly.Advance(count);
            _remaining -= count;
            input = input.Slice(source.End);
        }

        if (_remaining > 0)
        {
            message = default;
            return false;
        }

        _delivered = _assembly;
        _assembly = default;
        message = _delivered.Memory;
        return true;
    }
}
