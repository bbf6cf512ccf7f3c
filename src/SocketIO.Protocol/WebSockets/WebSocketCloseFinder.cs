using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>
/// Follows the frames of a connection that has failed, only to see the peer's close frame: payloads are passed over unread, whatever
/// their size, and rules about messages no longer count.
/// </summary>
/// <param name="masked">True for the server's side, where frames must be masked.</param>
public sealed class WebSocketCloseFinder(bool masked = true)
{
    private long _toSkip;

    /// <summary>Passes over what was received, up to the end of the close frame.</summary>
    /// <param name="input">What was received, from the start of a frame on; moved past all that was consumed.</param>
    /// <returns>True once the whole close frame has come.</returns>
    /// <exception cref="WebSocketProtocolException">What comes is not frames.</exception>
    public bool TryFind(ref ReadOnlySequence<byte> input)
    {
        while (true)
        {
            long skipped = Math.Min(_toSkip, input.Length);
            input = input.Slice(skipped);
            _toSkip -= skipped;
            if (_toSkip > 0 || !WebSocketFrameHeader.TryRead(in input, masked, out WebSocketFrameHeader header))
            {
                return false;
            }

            long length = header.Length + header.PayloadLength;
            if (header.Opcode != WebSocketOpcode.Close)
            {
                _toSkip = length;
            }
            else if (input.Length < length)
            {
                return false;
            }
            else
            {
                input = input.Slice(length);
                return true;
            }
        }
    }
}
