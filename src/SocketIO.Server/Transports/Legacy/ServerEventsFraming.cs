using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>What Opera 9 reads as <c>server-events</c>: a response that never ends, of an event for each message.</summary>
internal sealed class ServerEventsFraming : MessageFraming
{
    public const string ContentType = "application/x-dom-event-stream";

    private ServerEventsFraming()
    {
    }

    public static ServerEventsFraming Instance { get; } = new();

    public override void Write(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet)
    {
        var unit = Scratch.Rent();
        try
        {
            codec.EncodeMessage(packet, unit);
            output.Write("Event: socket.io\n"u8);
            // A line of data for each of the message's own.
            foreach (var line in unit.WrittenSpan.Split((byte)'\n'))
            {
                output.Write("data: "u8);
                output.Write(unit.WrittenSpan[line]);
                output.Write("\n"u8);
            }

            output.Write("\n"u8);
        }
        finally
        {
            Scratch.Return(unit);
        }
    }
}
