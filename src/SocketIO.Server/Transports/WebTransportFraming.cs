using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Writes one Engine.IO packet as one WebTransport frame.</summary>
internal sealed class WebTransportFraming : MessageFraming
{
    private WebTransportFraming()
    {
    }

    public static WebTransportFraming Instance { get; } = new();

    public override void Write(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet)
    {
        var isBinary = codec.EncodesAsBinary(packet);
        var length = codec.GetMessageLength(packet);
        if (length == 0)
        {
            // The JavaScript client refuses an empty frame, but reads a text of base64.
            output.Write("\u0001b"u8);
            return;
        }

        var header = output.GetSpan(WebTransportFrame.MaxHeaderLength);
        output.Advance(WebTransportFrame.WriteHeader(header, length, isBinary));
        codec.EncodeMessage(packet, output);
    }
}
