using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>
/// Takes the frames of RFC 6455 that a server sends, and writes what a client of hixie-75 or -76 understands: text messages, and the close. Binary messages
/// do not exist there and are left out; a ping is left to the caller to answer. It holds nothing of a message. One per connection.
/// </summary>
/// <param name="draft">Which of the two: 75 has no close but the connection's.</param>
public sealed class HixieFrameWriter(WebSocketDrafts draft)
{
    private bool _inMessage;
    private bool _isText;
    private bool _isFinal;
    private long _remaining;
    private bool _isClosed;
    private byte[]? _pong;

    /// <summary>Takes the pong, as a client's masked frame, that answers the latest ping; <see langword="null"/>: none is due. The client cannot send it.</summary>
    public byte[]? TakePong()
    {
        byte[]? pong = _pong;
        _pong = null;
        return pong;
    }

    /// <summary>Translates what the server has sent.</summary>
    /// <param name="input">What there is; moved past what was consumed. Only an incomplete header or ping is left.</param>
    /// <param name="output">Where the client's bytes are written.</param>
    /// <returns>True once the server has closed; nothing that follows counts.</returns>
    /// <exception cref="WebSocketProtocolException">These are not a server's frames, or a text contains the byte that would end it.</exception>
    public bool Translate(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        while (!_isClosed && TranslatePayload(ref input, output) && WebSocketFrameHeader.TryRead(in input, masked: false, out WebSocketFrameHeader header))
        {
            if (header.IsCompressed)
            {
                WebSocketProtocolException.ThrowProtocolError("RSV1 must be 0: the drafts have no compression.");
            }

            if (!TranslateHeader(ref input, output, in header))
            {
                break;
            }
        }

        return _isClosed;
    }

    private bool TranslateHeader(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output, in WebSocketFrameHeader header)
    {
        switch (header.Opcode)
        {
            case WebSocketOpcode.Close:
                _isClosed = true;
                if (draft != WebSocketDrafts.Hixie75)
                {
                    output.Write([HixieFrameReader.CloseStart, HixieFrameReader.CloseEnd]);
                }

                return true;
            case WebSocketOpcode.Ping or WebSocketOpcode.Pong:
                return TryReadPing(ref input, in header);
            default:
                BeginFrame(output, in header);
                input = input.Slice(header.Length);
                return true;
        }
    }

    // A control frame is short: it waits in the input until it is whole.
    private bool TryReadPing(ref ReadOnlySequence<byte> input, in WebSocketFrameHeader header)
    {
        int length = (int)header.PayloadLength;
        if (input.Length < header.Length + length)
        {
            return false;
        }

        if (header.Opcode == WebSocketOpcode.Ping)
        {
            byte[] pong = new byte[2 + WebSocketFrame.MaskLength + length];
            int headerLength = WebSocketFrame.WriteMaskedHeader(pong, WebSocketOpcode.Pong, length, mask: 0);
            input.Slice(header.Length, length).CopyTo(pong.AsSpan(headerLength));
            _pong = pong;
        }

        input = input.Slice(header.Length + length);
        return true;
    }

    private void BeginFrame(IBufferWriter<byte> output, in WebSocketFrameHeader header)
    {
        bool continues = header.Opcode == WebSocketOpcode.Continuation;
        if (continues != _inMessage)
        {
            WebSocketProtocolException.ThrowProtocolError("A message must end before the next, and only then may be continued what has begun.");
        }

        if (!continues)
        {
            _isText = header.Opcode == WebSocketOpcode.Text;
            if (_isText)
            {
                output.Write([HixieFrameReader.TextStart]);
            }
        }

        _inMessage = true;
        _isFinal = header.IsFinal;
        _remaining = header.PayloadLength;
    }

    // False: more of the payload has to come.
    private bool TranslatePayload(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output)
    {
        if (!_inMessage)
        {
            return true;
        }

        ReadOnlySequence<byte> payload = input.Slice(0, Math.Min(_remaining, input.Length));
        if (_isText)
        {
            WriteText(output, in payload);
        }

        _remaining -= payload.Length;
        input = input.Slice(payload.End);
        if (_remaining > 0)
        {
            return false;
        }

        if (_isFinal)
        {
            EndMessage(output);
        }

        return true;
    }

    private void EndMessage(IBufferWriter<byte> output)
    {
        if (_isText)
        {
            output.Write([HixieFrameReader.TextEnd]);
        }

        _inMessage = false;
    }

    private static void WriteText(IBufferWriter<byte> output, in ReadOnlySequence<byte> text)
    {
        foreach (ReadOnlyMemory<byte> segment in text)
        {
            // It is no UTF-8 then; what follows could be made to look like a frame of its own.
            if (segment.Span.Contains(HixieFrameReader.TextEnd))
            {
                WebSocketProtocolException.ThrowInvalidPayload("A text message must be valid UTF-8.");
            }

            output.Write(segment.Span);
        }
    }
}
