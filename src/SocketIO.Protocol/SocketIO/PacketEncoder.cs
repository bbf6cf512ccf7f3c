using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>Turns packets into Engine.IO messages. Without state, therefore thread-safe.</summary>
public abstract class PacketEncoder
{
    /// <summary>Whether the first message is binary.</summary>
    public abstract bool IsBinary { get; }

    /// <summary>Whether <see cref="Packet.Attachments"/> follow the first message as binary messages of their own; otherwise they are inside it.</summary>
    public abstract bool SendsAttachments { get; }

    /// <summary>Whether the wire has packets of the type, or the client knows without one. One that it has not is not to be sent.</summary>
    public virtual bool Has(PacketType type) => true;

    /// <summary>Writes the first message, without the Engine.IO type.</summary>
    /// <exception cref="PacketFormatException">The payload is not JSON, which only a parser that has to read it finds.</exception>
    /// <exception cref="PacketNotSupportedException">The client's generation has no form for the packet.</exception>
    public abstract void Encode(in Packet packet, IBufferWriter<byte> output);

    /// <summary>How many text messages the packet is: one, unless each of its arguments is a message of its own.</summary>
    /// <exception cref="PacketFormatException">As by <see cref="Encode(in Packet, IBufferWriter{byte})"/>.</exception>
    public virtual int GetMessageCount(in Packet packet) => 1;

    /// <summary>Writes one of the messages that <see cref="GetMessageCount"/> counts.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="index">Which message, from 0.</param>
    /// <param name="output">Where it is written.</param>
    /// <exception cref="PacketFormatException">As by <see cref="Encode(in Packet, IBufferWriter{byte})"/>.</exception>
    /// <exception cref="PacketNotSupportedException">As by <see cref="Encode(in Packet, IBufferWriter{byte})"/>.</exception>
    public virtual void Encode(in Packet packet, int index, IBufferWriter<byte> output) => Encode(packet, output);
}
