// A Socket.IO packet serialized once for all of its receivers.
using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// One Socket.IO packet as Engine.IO messages, immutable, shared by every receiver of a broadcast whose packets have the same encoder. The frames of a
/// transport, headers included, are made when the first connection of that wire form needs them.
/// </summary>
internal sealed class EncodedMessage
{
    private byte[]? _frames;
    private byte[]? _deflatedFrames;
    private byte[]? _webTransportFrames;
    private FramesOfForm? _others;

    private EncodedMessage(PacketEncoder encoder, byte[] first, ReadOnlyMemory<byte>[]? rest, bool compress)
    {
        Encoder = encoder;
        First = first;
        IsBinary = encoder.IsBinary;
        Rest = rest;
        Compress = compress;
        Length = first.Length;
        foreach (var message in rest ?? [])
        {
            Length += message.Length;
        }
    }

    /// <summary>What it was encoded by.</summary>
    public PacketEncoder Encoder { get; }

    /// <summary>The first message: the packet's header and arguments.</summary>
    public byte[] First { get; }

    /// <summary>Whether the first message is a binary one.</summary>
    public bool IsBinary { get; }

    /// <summary>What follows, if anything does: attachments as binary messages of their own or, where each argument is a message, the other arguments.</summary>
    public ReadOnlyMemory<byte>[]? Rest { get; }

    /// <summary>Whether <see cref="Rest"/> are binary messages.</summary>
    public bool RestIsBinary => Encoder.SendsAttachments;

    /// <summary>Payload bytes of all messages: what the packet counts against a queue's bound.</summary>
    public int Length { get; }

    /// <summary>Whether it may be compressed where the connection can.</summary>
    public bool Compress { get; }

    /// <exception cref="PacketNotSupportedException">The generation whose encoder it is has no form for the packet.</exception>
    public static EncodedMessage Create(PacketEncoder encoder, in Packet packet, bool compress)
    {
        var count = encoder.GetMessageCount(packet);
        if (count <= 1)
        {
            var attachments = encoder.SendsAttachments && !packet.Attachments.IsEmpty ? packet.Attachments.ToArray() : null;
            return new EncodedMessage(encoder, Encode(encoder, packet, null), attachments, compress);
        }

        var rest = new ReadOnlyMemory<byte>[count - 1];
        for (var i = 1; i < count; i++)
        {
            rest[i - 1] = Encode(encoder, packet, i);
        }

        return new EncodedMessage(encoder, Encode(encoder, packet, 0), rest, compress);
    }

    /// <summary>All messages as one run of RFC 6455 frames for a client of the current generation.</summary>
    public ReadOnlySpan<byte> GetFrames(WebSocketFraming framing)
    {
        ref var cache = ref _frames;
        if (framing.Compresses)
        {
            if (Compress)
            {
                cache = ref _deflatedFrames;
            }
            else
            {
                framing = WebSocketFraming.Plain;
            }
        }

        return Volatile.Read(ref cache) ?? Keep(ref cache, EngineCodecV4.Instance, framing);
    }

    /// <summary>All messages as one run of WebTransport frames.</summary>
    public ReadOnlySpan<byte> GetWebTransportFrames() =>
        Volatile.Read(ref _webTransportFrames) ?? Keep(ref _webTransportFrames, EngineCodecV4.Instance, WebTransportFraming.Instance);

    /// <summary>All messages as a run of what a transport of another kind or generation makes of them.</summary>
    public ReadOnlySpan<byte> GetFrames(EngineCodec codec, MessageFraming framing)
    {
        var form = codec.MessageForm;
        if (ReferenceEquals(form, codec))
        {
            // A form of this session alone: nobody else would find it again.
            return Write(codec, framing);
        }

        for (var other = Volatile.Read(ref _others); other is not null; other = other.Next)
        {
            if (ReferenceEquals(other.Form, form) && ReferenceEquals(other.Framing, framing))
            {
                return other.Bytes;
            }
        }

        var added = new FramesOfForm(form, framing, Write(codec, framing));
        do
        {
            added.Next = Volatile.Read(ref _others);
        }
        while (Interlocked.CompareExchange(ref _others, added, added.Next) != added.Next);
        return added.Bytes;
    }

    // No index: the packet is one message.
    private static byte[] Encode(PacketEncoder encoder, in Packet packet, int? index)
    {
        var buffer = Scratch.Rent();
        try
        {
            if (index is { } which)
            {
                encoder.Encode(packet, which, buffer);
            }
            else
            {
                encoder.Encode(packet, buffer);
            }

            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    private byte[] Keep(ref byte[]? cache, EngineCodec codec, MessageFraming framing)
    {
        var frames = Write(codec, framing);
        Interlocked.CompareExchange(ref cache, frames, null);
        return frames;
    }

    private byte[] Write(EngineCodec codec, MessageFraming framing)
    {
        var buffer = Scratch.Rent();
        try
        {
            framing.Write(buffer, codec, new EnginePacket(EnginePacketType.Message, First, IsBinary));
            foreach (var message in Rest ?? [])
            {
                framing.Write(buffer, codec, new EnginePacket(EnginePacketType.Message, message, RestIsBinary));
            }

            return buffer.WrittenSpan.ToArray();
        }
        finally
        {
            Scratch.Return(buffer);
        }
    }

    /// <summary>The frames of a form other than the current one's; a message has few of them, so they are a list.</summary>
    private sealed record FramesOfForm(object Form, MessageFraming Framing, byte[] Bytes)
    {
        public FramesOfForm? Next { get; set; }
    }
}
