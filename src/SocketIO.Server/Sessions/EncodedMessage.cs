// A Socket.IO packet serialized once for all of its receivers.
using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// One Socket.IO packet as Engine.IO messages, immutable, shared by every receiver of a broadcast. The WebSocket frames, header
/// included, are made when the first connection of that wire form needs them.
/// </summary>
internal sealed class EncodedMessage
{
    private byte[]? _frames;
    private byte[]? _deflatedFrames;
    private byte[]? _webTransportFrames;

    private EncodedMessage(byte[] first, bool isBinary, ReadOnlyMemory<byte>[]? attachments, bool compress)
    {
        First = first;
        IsBinary = isBinary;
        Attachments = attachments;
        Compress = compress;
        Length = first.Length;
        foreach (var attachment in attachments ?? [])
        {
            Length += attachment.Length;
        }
    }

    /// <summary>The first message: the packet's header and arguments.</summary>
    public byte[] First { get; }

    /// <summary>Whether the first message is a binary one.</summary>
    public bool IsBinary { get; }

    /// <summary>Attachments that follow as binary messages of their own.</summary>
    public ReadOnlyMemory<byte>[]? Attachments { get; }

    /// <summary>Payload bytes of all messages: what the packet counts against a queue's bound.</summary>
    public int Length { get; }

    /// <summary>Whether it may be compressed where the connection can.</summary>
    public bool Compress { get; }

    public static EncodedMessage Create(PacketEncoder encoder, in Packet packet, bool compress)
    {
        var buffer = Scratch.Rent();
        try
        {
            encoder.Encode(packet, buffer);
            var attachments = encoder.SendsAttachments && !packet.Attachments.IsEmpty ? packet.Attachments.ToArray() : null;
            return new EncodedMessage(buffer.WrittenSpan.ToArray(), encoder.IsBinary, attachments, compress);
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    /// <summary>All messages as one run of RFC 6455 frames.</summary>
    public ReadOnlySpan<byte> GetFrames(EngineCodec codec, bool deflate, int threshold)
    {
        ref var cache = ref _frames;
        if (deflate && Compress)
        {
            cache = ref _deflatedFrames;
        }

        if (Volatile.Read(ref cache) is { } frames)
        {
            return frames;
        }

        var buffer = Scratch.Rent();
        try
        {
            FrameWriter.Write(buffer, codec, new EnginePacket(EnginePacketType.Message, First, IsBinary), deflate && Compress, threshold);
            foreach (var attachment in Attachments ?? [])
            {
                FrameWriter.Write(buffer, codec, new EnginePacket(EnginePacketType.Message, attachment, true), deflate && Compress, threshold);
            }

            frames = buffer.WrittenSpan.ToArray();
            Interlocked.CompareExchange(ref cache, frames, null);
            return frames;
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    /// <summary>All messages as one run of WebTransport frames.</summary>
    public ReadOnlySpan<byte> GetWebTransportFrames(EngineCodec codec)
    {
        if (Volatile.Read(ref _webTransportFrames) is { } frames)
        {
            return frames;
        }

        var buffer = Scratch.Rent();
        try
        {
            WebTransportFrameWriter.Write(buffer, codec, new EnginePacket(EnginePacketType.Message, First, IsBinary));
            foreach (var attachment in Attachments ?? [])
            {
                WebTransportFrameWriter.Write(buffer, codec, new EnginePacket(EnginePacketType.Message, attachment, true));
            }

            frames = buffer.WrittenSpan.ToArray();
            Interlocked.CompareExchange(ref _webTransportFrames, frames, null);
            return frames;
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }
}

/// <summary>Writes one Engine.IO packet as one WebSocket message.</summary>
internal static class FrameWriter
{
    public static void Write(IBufferWriter<byte> output, EngineCodec codec, in EnginePacket packet, bool deflate, int threshold)
    {
        var opcode = codec.EncodesAsBinary(packet) ? WebSocketOpcode.Binary : WebSocketOpcode.Text;
        var length = codec.GetMessageLength(packet);
        if (deflate && length >= threshold && packet.Type == EnginePacketType.Message)
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

/// <summary>Growable buffers for the length of one call, kept by the thread: encoding allocates nothing once warm.</summary>
internal static class Scratch
{
    private const int KeepAtMost = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _first;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _second;

    public static ArrayBufferWriter<byte> Rent()
    {
        var buffer = _first;
        if (buffer is not null)
        {
            _first = null;
            return buffer;
        }

        buffer = _second;
        _second = null;
        return buffer ?? new ArrayBufferWriter<byte>(512);
    }

    public static void Return(ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeepAtMost)
        {
            return;
        }

        buffer.ResetWrittenCount();
        if (_first is null)
        {
            _first = buffer;
        }
        else
        {
            _second = buffer;
        }
    }
}
