using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>
/// Reads what a client sends by hixie-75 or -76, and gives it on as the frames of RFC 6455 that say the same: <c>0x00 text 0xFF</c> is a text message,
/// <c>0xFF 0x00</c> the close. It holds nothing of a message: the piece that is there leaves as a fragment, and the bounds and the UTF-8 are checked where
/// the frames are read. One per connection.
/// </summary>
public sealed class HixieFrameReader
{
    internal const byte TextStart = 0x00;
    internal const byte TextEnd = 0xFF;
    internal const byte CloseStart = 0xFF;
    internal const byte CloseEnd = 0x00;

    private State _state;

    private enum State
    {
        BetweenFrames,
        InText,
        InLaterText,
        InClose,
        Closed,
    }

    /// <summary>Translates what was received. All of it is consumed, or all up to the end of the close.</summary>
    /// <param name="input">What was received; moved past what was consumed.</param>
    /// <param name="output">Where the frames are written, masked with zero as a client's have to be.</param>
    /// <returns>True once the client has closed; nothing it sends counts any more.</returns>
    /// <exception cref="WebSocketProtocolException">
    /// It is no text frame and no close. The frames of the draft that announce a length, and the types other than 0x00, were reserved and are sent by no client.
    /// </exception>
    public bool Translate(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        while (_state != State.Closed && !input.IsEmpty)
        {
            switch (_state)
            {
                case State.BetweenFrames:
                    _state = First(in input) switch
                    {
                        TextStart => State.InText,
                        CloseStart => State.InClose,
                        var other => throw Unexpected(other, "a frame begins with 0x00, or with 0xFF to close"),
                    };
                    input = input.Slice(1);
                    break;
                case State.InClose:
                    if (First(in input) is not CloseEnd and var length)
                    {
                        throw Unexpected(length, "after 0xFF only 0x00, the close, is accepted");
                    }

                    _state = State.Closed;
                    input = input.Slice(1);
                    output.Advance(WebSocketFrame.WriteMaskedHeader(output.GetSpan(WebSocketFrame.MaxMaskedHeaderLength), WebSocketOpcode.Close, 0, mask: 0));
                    break;
                default:
                    TranslateText(ref input, output);
                    break;
            }
        }

        return _state == State.Closed;
    }

    private void TranslateText(ref ReadOnlySequence<byte> input, IBufferWriter<byte> output)
    {
        // On the byte, not on the decoded text: a literal U+FFFD is a character like any other, and no UTF-8 contains 0xFF.
        SequencePosition? end = input.PositionOf(TextEnd);
        ReadOnlySequence<byte> text = end is { } position ? input.Slice(0, position) : input;
        WebSocketOpcode opcode = _state == State.InText ? WebSocketOpcode.Text : WebSocketOpcode.Continuation;
        WriteFrame(output, opcode, in text, isFinal: end is not null);
        _state = end is null ? State.InLaterText : State.BetweenFrames;
        input = end is { } last ? input.Slice(input.GetPosition(1, last)) : input.Slice(input.End);
    }

    private static void WriteFrame(IBufferWriter<byte> output, WebSocketOpcode opcode, in ReadOnlySequence<byte> payload, bool isFinal)
    {
        Span<byte> header = output.GetSpan(WebSocketFrame.MaxMaskedHeaderLength);
        int length = WebSocketFrame.WriteMaskedHeader(header, opcode, (int)payload.Length, mask: 0);
        if (!isFinal)
        {
            header[0] &= WebSocketFrame.FinalBit ^ 0xFF;
        }

        output.Advance(length);
        foreach (ReadOnlyMemory<byte> segment in payload)
        {
            output.Write(segment.Span);
        }
    }

    // The first segment may be empty.
    private static byte First(in ReadOnlySequence<byte> input)
    {
        new SequenceReader<byte>(input).TryPeek(out byte first);
        return first;
    }

    private static WebSocketProtocolException Unexpected(byte found, string expected) =>
        new(WebSocketCloseCode.ProtocolError, $"The byte 0x{found:X2} does not belong here: {expected}.");
}
