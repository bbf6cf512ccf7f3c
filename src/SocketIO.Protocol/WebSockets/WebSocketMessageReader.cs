using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>
/// The reading half of a WebSocket connection (RFC 6455, section 5): bytes in, messages out, without any I/O of its own.
/// One per connection, used by one reader at a time. While no message is in progress it holds no buffer.
/// </summary>
public sealed class WebSocketMessageReader : IDisposable
{
    private readonly int _maxMessageBytes;
    private readonly bool _masked;
    private readonly bool _deflate;

    // The message in progress; Continuation means none.
    private WebSocketOpcode _messageOpcode;
    private bool _messageIsCompressed;
    private PooledBytes _assembly;

    // The data frame in progress.
    private bool _inFrame;
    private bool _frameIsFinal;
    private int _frameRemaining;
    private int _frameConsumed;
    private uint _frameMask;

    // What the last message's payload lies in, unless that is the input itself.
    private PooledBytes _delivered;
    private bool _disposed;

    /// <summary>Makes a reader for a connection that begins.</summary>
    /// <param name="maxMessageBytes">What a message may have at most, its fragments together and inflated. Control frames are not counted.</param>
    /// <param name="masked">True for the server's side, where frames must be masked; false for the client's, where they must not.</param>
    /// <param name="deflate">Whether the handshake agreed on permessage-deflate (<see cref="PerMessageDeflate.TryNegotiate"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive, or more than an array can hold.</exception>
    public WebSocketMessageReader(int maxMessageBytes, bool masked = true, bool deflate = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMessageBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxMessageBytes, Array.MaxLength);
        _maxMessageBytes = maxMessageBytes;
        _masked = masked;
        _deflate = deflate;
    }

    /// <summary>What the buffers of this reader take at present, for tests of its bounds.</summary>
    internal long BufferedCapacity => (long)_assembly.Capacity + _delivered.Capacity;

    /// <summary>Reads the next complete message or control frame.</summary>
    /// <remarks>
    /// <para>
    /// The part of a data frame that is there is consumed, even if the rest is missing: the source may stop filling at a threshold below a
    /// message's size. A message that is one frame in one segment is unmasked where it lies, so the input's memory must be writable and
    /// what was consumed must not be read again.
    /// </para>
    /// <para>Nothing may follow a close frame; the caller stops reading there. After an exception the reader is disposed of.</para>
    /// </remarks>
    /// <param name="input">What was received; moved past all that was consumed.</param>
    /// <param name="message">The message, valid until the next call.</param>
    /// <returns>False if more bytes are needed.</returns>
    /// <exception cref="WebSocketProtocolException">The peer broke a rule or a limit; the exception has the code to close with.</exception>
    /// <exception cref="ObjectDisposedException">The reader is disposed of.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> input, out WebSocketMessage message)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _delivered.Release();
        try
        {
            return TryReadMessage(ref input, out message);
        }
        catch (WebSocketProtocolException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gives the buffers back, and with them the payload of the last message.</summary>
    public void Dispose()
    {
        _disposed = true;
        _assembly.Release();
        _delivered.Release();
    }

    private bool TryReadMessage(ref ReadOnlySequence<byte> input, out WebSocketMessage message)
    {
        while (true)
        {
            if (!_inFrame)
            {
                if (!WebSocketFrameHeader.TryRead(in input, _masked, out WebSocketFrameHeader header))
                {
                    message = default;
                    return false;
                }

                if (WebSocketFrame.IsControl(header.Opcode))
                {
                    return TryReadControl(ref input, in header, out message);
                }

                CheckData(in header);
                if (TryReadInPlace(ref input, in header, out message))
                {
                    return true;
                }

                BeginFrame(ref input, in header);
            }

            if (!TryAssembleFrame(ref input))
            {
                message = default;
                return false;
            }

            if (_frameIsFinal)
            {
                message = CompleteAssembled();
                return true;
            }
        }
    }

    // At most 125 bytes and a header: it waits in the input until it is whole.
    private bool TryReadControl(ref ReadOnlySequence<byte> input, in WebSocketFrameHeader header, out WebSocketMessage message)
    {
        int payloadLength = (int)header.PayloadLength;
        if (input.Length < header.Length + payloadLength)
        {
            message = default;
            return false;
        }

        ReadOnlySequence<byte> source = input.Slice(header.Length, payloadLength);
        ReadOnlyMemory<byte> payload;
        if (source.IsSingleSegment)
        {
            payload = UnmaskInPlace(source.First, header.Mask);
        }
        else
        {
            CopyUnmasked(in source, ref _delivered, payloadLength, header.Mask, offset: 0);
            payload = _delivered.Memory;
        }

        if (header.Opcode == WebSocketOpcode.Close)
        {
            CheckClose(payload.Span);
        }

        input = input.Slice(source.End);
        message = new WebSocketMessage(header.Opcode, payload);
        return true;
    }

    private void CheckData(in WebSocketFrameHeader header)
    {
        bool continues = header.Opcode == WebSocketOpcode.Continuation;
        bool inMessage = _messageOpcode != WebSocketOpcode.Continuation;
        if (continues && !inMessage)
        {
            WebSocketProtocolException.ThrowProtocolError("A continuation frame came without a message to continue.");
        }

        if (!continues && inMessage)
        {
            WebSocketProtocolException.ThrowProtocolError("A new message began before the last fragment of the one in progress.");
        }

        if (header.IsCompressed && (continues || !_deflate))
        {
            WebSocketProtocolException.ThrowProtocolError(
                continues ? "RSV1 belongs to a message's first frame only." : "RSV1 must be 0: permessage-deflate was not negotiated.");
        }

        if (header.PayloadLength > _maxMessageBytes - _assembly.Length)
        {
            WebSocketProtocolException.ThrowTooBig(_maxMessageBytes);
        }
    }

    private bool TryReadInPlace(ref ReadOnlySequence<byte> input, in WebSocketFrameHeader header, out WebSocketMessage message)
    {
        if (header.IsFinal && header.Opcode != WebSocketOpcode.Continuation && input.Length - header.Length >= header.PayloadLength)
        {
            ReadOnlySequence<byte> source = input.Slice(header.Length, header.PayloadLength);
            if (source.IsSingleSegment)
            {
                ReadOnlyMemory<byte> payload = UnmaskInPlace(source.First, header.Mask);
                input = input.Slice(source.End);
                message = Complete(header.Opcode, header.IsCompressed, payload);
                return true;
            }
        }

        message = default;
        return false;
    }

    private void BeginFrame(ref ReadOnlySequence<byte> input, in WebSocketFrameHeader header)
    {
        if (header.Opcode != WebSocketOpcode.Continuation)
        {
            _messageOpcode = header.Opcode;
            _messageIsCompressed = header.IsCompressed;
        }

        _inFrame = true;
        _frameIsFinal = header.IsFinal;
        _frameRemaining = (int)header.PayloadLength;
        _frameConsumed = 0;
        _frameMask = header.Mask;
        input = input.Slice(header.Length);
    }

    private bool TryAssembleFrame(ref ReadOnlySequence<byte> input)
    {
        ReadOnlySequence<byte> source = input.Length > _frameRemaining ? input.Slice(0, _frameRemaining) : input;
        int count = (int)source.Length;
        int ceiling = _frameIsFinal ? _assembly.Length + _frameRemaining : _maxMessageBytes;
        CopyUnmasked(in source, ref _assembly, ceiling, _frameMask, _frameConsumed);
        input = input.Slice(source.End);
        _frameConsumed += count;
        _frameRemaining -= count;
        _inFrame = _frameRemaining > 0;
        return !_inFrame;
    }

    private WebSocketMessage CompleteAssembled()
    {
        WebSocketOpcode opcode = _messageOpcode;
        _messageOpcode = WebSocketOpcode.Continuation;
        if (_messageIsCompressed)
        {
            WebSocketMessage message = Complete(opcode, compressed: true, _assembly.Memory);
            _assembly.Release();
            return message;
        }

        _delivered = _assembly;
        _assembly = default;
        return Complete(opcode, compressed: false, _delivered.Memory);
    }

    private WebSocketMessage Complete(WebSocketOpcode opcode, bool compressed, ReadOnlyMemory<byte> payload)
    {
        if (compressed)
        {
            _delivered = PerMessageDeflate.Inflate(payload, _maxMessageBytes);
            payload = _delivered.Memory;
        }

        if (opcode == WebSocketOpcode.Text && !Utf8.IsValid(payload.Span))
        {
            WebSocketProtocolException.ThrowInvalidPayload("A text message must be valid UTF-8.");
        }

        return new WebSocketMessage(opcode, payload);
    }

    private static void CheckClose(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return;
        }

        if (payload.Length < WebSocketCloseCode.Size)
        {
            WebSocketProtocolException.ThrowProtocolError("A close frame carries nothing, or a code of two bytes and a reason.");
        }

        ushort code = WebSocketCloseCode.Read(payload);
        if (!WebSocketCloseCode.IsAllowedOnWire(code))
        {
            WebSocketProtocolException.ThrowProtocolError($"A close frame must not say {code}.");
        }

        if (!Utf8.IsValid(payload[WebSocketCloseCode.Size..]))
        {
            WebSocketProtocolException.ThrowInvalidPayload("The reason in a close frame must be valid UTF-8.");
        }
    }

    private static ReadOnlyMemory<byte> UnmaskInPlace(ReadOnlyMemory<byte> payload, uint mask)
    {
        if (mask != 0)
        {
            WebSocketFrame.Mask(MemoryMarshal.AsMemory(payload).Span, mask);
        }

        return payload;
    }

    private static void CopyUnmasked(in ReadOnlySequence<byte> source, ref PooledBytes destination, int ceiling, uint mask, int offset)
    {
        int count = (int)source.Length;
        if (count == 0)
        {
            return;
        }

        Span<byte> copy = destination.Reserve(count, ceiling)[..count];
        source.CopyTo(copy);
        WebSocketFrame.Mask(copy, mask, offset);
        destination.Advance(count);
    }
}
