using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>Packets to the messages of a WebSocket, and back to Engine.IO packets, as one connection has them. Thread-safe, which its codec is not.</summary>
internal sealed class WireFormat(EngineCodec codec, PacketEncoder encoder)
{
    private readonly Lock _gate = new();

    /// <summary>Whether the wire has packets of the type.</summary>
    public bool Has(PacketType type) => encoder.Has(type);

    /// <summary>Decodes a message.</summary>
    /// <param name="message">Its body, which packets may borrow from.</param>
    /// <param name="isBinary">Whether it is binary.</param>
    /// <param name="packets">Where its packets are appended.</param>
    /// <exception cref="EngineFormatException">It is malformed.</exception>
    public void Decode(ReadOnlyMemory<byte> message, bool isBinary, List<EnginePacket> packets)
    {
        lock (_gate)
        {
            if (codec.MessagesArePayloads)
            {
                codec.DecodePayload(message, isBinary, packets);
            }
            else
            {
                packets.Add(codec.DecodeMessage(message, isBinary));
            }
        }
    }

    /// <summary>Encodes an Engine.IO packet.</summary>
    public OutboundMessage Encode(in EnginePacket packet)
    {
        lock (_gate)
        {
            var body = new ArrayBufferWriter<byte>(Math.Max(codec.GetMessageLength(packet), 1));
            codec.EncodeMessage(packet, body);
            return new OutboundMessage(body.WrittenMemory, codec.EncodesAsBinary(packet));
        }
    }

    /// <summary>Encodes a packet, which is one message or several.</summary>
    /// <exception cref="PacketNotSupportedException">The protocol has no form for it.</exception>
    public OutboundMessage[] Encode(in Packet packet)
    {
        var messages = new List<OutboundMessage>();
        var count = encoder.GetMessageCount(packet);
        for (var i = 0; i < count; i++)
        {
            var data = new ArrayBufferWriter<byte>();
            encoder.Encode(packet, i, data);
            messages.Add(Encode(new EnginePacket(EnginePacketType.Message, data.WrittenMemory, encoder.IsBinary)));
        }

        if (encoder.SendsAttachments)
        {
            foreach (var attachment in packet.Attachments.Span)
            {
                messages.Add(Encode(new EnginePacket(EnginePacketType.Message, attachment, isBinary: true)));
            }
        }

        return [.. messages];
    }
}
