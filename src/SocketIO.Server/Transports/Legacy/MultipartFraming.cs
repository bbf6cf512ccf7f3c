using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>What clients before 0.7 read as <c>xhr-multipart</c>: a response that never ends, of a part for each message.</summary>
internal sealed class MultipartFraming : MessageFraming
{
    public const string ContentType = "multipart/x-mixed-replace;boundary=\"socketio\"";

    private MultipartFraming()
    {
    }

    public static MultipartFraming Instance { get; } = new();

    /// <summary>The first boundary.</summary>
    public static ReadOnlyMemory<byte> Preamble { get; } = "--socketio\n"u8.ToArray();

    public override void Write(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet)
    {
        if (packet.Type == EnginePacketType.Ping && codec is EnvelopeCodec)
        {
            output.Write("Content-Type: text/plain; charset=us-ascii\n\n\x06\n--socketio\n"u8);
            return;
        }

        output.Write("Content-Type: text/plain\n\n"u8);
        codec.EncodeMessage(packet, output);
        output.Write("\n--socketio\n"u8);
    }
}
