// What a transport puts around a message. A shared packet is framed once for all clients of the same form, and found again by this object.
using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Frames messages for one kind of transport. Without state; one object for all transports that frame alike.</summary>
internal abstract class MessageFraming
{
    /// <summary>Writes one Engine.IO packet as one message of the transport.</summary>
    public abstract void Write(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet);

    /// <summary>Writes it in each form that the client may know, where the form has such packets.</summary>
    public void WriteAll(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet)
    {
        foreach (var form in codec.Forms)
        {
            if (form.Has(packet.Type))
            {
                Write(output, form, packet);
            }
        }
    }

    /// <summary>The same for a shared message.</summary>
    /// <returns>The bytes that were written.</returns>
    public int WriteAll(IBufferWriter<byte> output, EngineCodec codec, EncodedMessage message)
    {
        var length = 0;
        foreach (var form in codec.Forms)
        {
            var frames = message.GetFrames(form, this);
            output.Write(frames);
            length += frames.Length;
        }

        return length;
    }
}

/// <summary>RFC 6455 frames; messages of <paramref name="threshold"/> bytes and more are compressed.</summary>
internal sealed class WebSocketFraming(int threshold) : MessageFraming
{
    /// <summary>Frames without compression.</summary>
    public static WebSocketFraming Plain { get; } = new(int.MaxValue);

    public bool Compresses => threshold != int.MaxValue;

    public override void Write(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet)
    {
        var opcode = codec.EncodesAsBinary(packet) ? WebSocketOpcode.Binary : WebSocketOpcode.Text;
        var length = codec.GetMessageLength(packet);
        if (length >= threshold && packet.Type == EnginePacketType.Message)
        {
            WriteDeflated(output, codec, packet, opcode);
            return;
        }

        var header = output.GetSpan(WebSocketFrame.MaxHeaderLength);
        output.Advance(WebSocketFrame.WriteHeader(header, opcode, length));
        codec.EncodeMessage(packet, output);
    }

    private static void WriteDeflated(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet, WebSocketOpcode opcode)
    {
        var plain = Scratch.Rent();
        var deflated = Scratch.Rent();
        try
        {
            codec.EncodeMessage(packet, plain);
            PerMessageDeflate.Compress(plain.WrittenSpan, deflated);
            var header = output.GetSpan(WebSocketFrame.MaxHeaderLength);
            output.Advance(WebSocketFrame.WriteHeader(header, opcode, deflated.WrittenCount, compressed: true));
            output.Write(deflated.WrittenSpan);
        }
        finally
        {
            Scratch.Return(deflated);
            Scratch.Return(plain);
        }
    }
}
