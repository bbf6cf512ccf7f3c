namespace SocketIO.Protocol;

/// <summary>Turns the Engine.IO messages of one connection into packets. Its state is a packet that waits for attachments. Not thread-safe.</summary>
public abstract class PacketDecoder
{
    /// <summary>Whether a packet waits for attachments, so that only binary messages may come.</summary>
    public virtual bool IsWaitingForAttachments => false;

    /// <summary>The encoder that the client needs instead of the parser's, as soon as what it has sent shows that; otherwise null. It differs in acknowledgements alone.</summary>
    public virtual PacketEncoder? Encoder => null;

    /// <summary>Takes one Engine.IO message in.</summary>
    /// <param name="data">The message, without the Engine.IO type. A packet borrows from it.</param>
    /// <param name="isBinary">Whether it is a binary message.</param>
    /// <param name="packet">The packet, if complete. Its memory is borrowed from <paramref name="data"/> or from the decoder until the next call; only the bytes of its attachments are its own.</param>
    /// <returns>Whether a packet is complete; if not, attachments are due, or the message meant nothing to the layer above.</returns>
    /// <exception cref="PacketFormatException">It is malformed, or beyond the limits. A packet that waited is dropped.</exception>
    public abstract bool Decode(ReadOnlyMemory<byte> data, bool isBinary, out Packet packet);

    /// <summary>
    /// Says that the last packet is not needed any more, so that a connection that falls silent keeps no buffers.
    /// A packet that waits for attachments stays. The next <see cref="Decode"/> does the same, so this is never required.
    /// </summary>
    public virtual void Release()
    {
    }
}
