using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>Frames as a client might send them, broken ones included, and the segmented input that they arrive in.</summary>
internal static class Frames
{
    public const uint SampleMask = 0x3d21fa37;

    public static byte[] Masked(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool final = true, bool compressed = false, uint mask = SampleMask)
    {
        byte[] frame = new byte[WebSocketFrame.MaxHeaderLength + 4 + payload.Length];

        // A control frame that must not exist is made of a data frame.
        int header = WebSocketFrame.WriteMaskedHeader(frame, WebSocketOpcode.Binary, payload.Length, mask);
        frame[0] = (byte)((final ? 0x80 : 0) | (compressed ? 0x40 : 0) | (byte)opcode);
        payload.CopyTo(frame.AsSpan(header));
        WebSocketFrame.Mask(frame.AsSpan(header, payload.Length), mask);
        return frame[..(header + payload.Length)];
    }

    public static byte[] Masked(WebSocketOpcode opcode, string text, bool final = true, bool compressed = false) =>
        Masked(opcode, Encoding.UTF8.GetBytes(text), final, compressed);

    public static byte[] Unmasked(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[WebSocketFrame.GetHeaderLength(payload.Length) + payload.Length];
        payload.CopyTo(frame.AsSpan(WebSocketFrame.WriteHeader(frame, opcode, payload.Length)));
        return frame;
    }

    public static byte[] Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A sequence with a segment, copied, for each part; empty ones included.</summary>
    public static ReadOnlySequence<byte> Segmented(params IEnumerable<byte[]> parts)
    {
        Segment? first = null;
        Segment? last = null;
        foreach (byte[] part in parts)
        {
            last = new Segment([.. part], last);
            first ??= last;
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    /// <summary>All the messages in the input, each as its opcode and a copy of its payload.</summary>
    public static List<(WebSocketOpcode Opcode, byte[] Payload)> ReadAll(this WebSocketMessageReader reader, ref ReadOnlySequence<byte> input)
    {
        List<(WebSocketOpcode, byte[])> messages = [];
        while (reader.TryRead(ref input, out WebSocketMessage message))
        {
            messages.Add((message.Opcode, message.Payload.ToArray()));
        }

        return messages;
    }

    public static List<(WebSocketOpcode Opcode, byte[] Payload)> ReadAll(this WebSocketMessageReader reader, params byte[][] frames)
    {
        var input = new ReadOnlySequence<byte>([.. frames.SelectMany(frame => frame)]);
        return reader.ReadAll(ref input);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? previous)
        {
            Memory = bytes;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
