using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>Turns packets into Engine.IO messages. Without state, therefore thread-safe.</summary>
public abstract class PacketEncoder
{
    /// <summary>Whether the first message is binary.</summary>
    public abstract bool IsBinary { get; }

    /// <summary>Whether <see cref="Packet.Attachments"/> follow the first message as binary messages of their own; otherwise they are inside it.</summary>
    public abstract bool SendsAttachments { get; }

    /// <summary>Writes the first message, without the Engine.IO type.</summary>
    /// <exception cref="PacketFormatException">The payload is not JSON, which only a parser that has to read it finds.</exception>
    public abstract void Encode(in Packet packet, IBufferWriter<byte> output);
}
