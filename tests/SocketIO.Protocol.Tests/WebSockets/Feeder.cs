using System.Buffers;

namespace SocketIO.Protocol.Tests;

/// <summary>Gives a reader its input as a pipe does: what was not consumed comes again, in front of what is new.</summary>
internal sealed class Feeder(WebSocketMessageReader reader)
{
    private byte[] _rest = [];

    public List<(WebSocketOpcode Opcode, byte[] Payload)> Messages { get; } = [];

    public int Unconsumed => _rest.Length;

    public void Feed(byte[] chunk) => FeedSegments([.. _rest, .. chunk]);

    /// <summary>As <see cref="Feed"/>, but what is new lies in segments of its own.</summary>
    public void FeedBehind(params byte[][] chunks) => FeedSegments([_rest, .. chunks]);

    private void FeedSegments(params byte[][] segments)
    {
        ReadOnlySequence<byte> input = Frames.Segmented(segments);
        Messages.AddRange(reader.ReadAll(ref input));
        _rest = input.ToArray();
    }
}
