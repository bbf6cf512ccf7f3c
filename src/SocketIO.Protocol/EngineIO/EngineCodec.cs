using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>
/// The Engine.IO wire format of one protocol revision, as one session speaks it: a state machine without I/O, whose
/// state is what it has learned of its client. Not thread-safe, unless an implementation says that it has no state.
/// </summary>
public abstract class EngineCodec
{
    private EngineCodec[]? _itself;

    /// <summary>The protocol revision, the <c>EIO</c> of the query string; below 2 in the generations before Engine.IO.</summary>
    public abstract int Revision { get; }

    /// <summary>
    /// Stands for what <see cref="EncodeMessage"/> writes: two codecs that return the same object encode every packet alike, so that a message to many is encoded
    /// once for all of them. It stays the same, whatever the codec learns. By default a codec has nothing in common with others.
    /// </summary>
    public virtual object MessageForm => this;

    /// <summary>
    /// Whether the body of a WebSocket message is a payload: it may hold several packets, or a part of one. Then it is for <see cref="DecodePayload"/>,
    /// and several packets may be written as one message by <see cref="EncodePayload"/>.
    /// </summary>
    public virtual bool MessagesArePayloads => false;

    /// <summary>
    /// The codecs in which each packet is to be written: itself, unless it does not know yet which of several generations its client is of. Then the client
    /// passes over what is not its own.
    /// </summary>
    public virtual IReadOnlyList<EngineCodec> Forms => _itself ??= [this];

    /// <summary>Whether the wire has packets of the type. One that it has not is not to be sent, and adds nothing to a payload.</summary>
    public virtual bool Has(EnginePacketType type) => true;

    /// <summary>Decodes the body of one WebSocket message.</summary>
    /// <param name="message">The body. A packet that is text, or binary without base64, borrows from it.</param>
    /// <param name="isBinary">Whether it is a binary message.</param>
    /// <exception cref="EngineFormatException">It is malformed.</exception>
    public abstract EnginePacket DecodeMessage(ReadOnlyMemory<byte> message, bool isBinary);

    /// <summary>Decodes the body of one POST request and appends its packets, in order: all of them or, when it throws, none.</summary>
    /// <param name="payload">The body. Text packets borrow from it; binary ones own their bytes.</param>
    /// <param name="isBinary">Whether the content type is binary.</param>
    /// <param name="packets">Where the packets are appended.</param>
    /// <exception cref="EngineFormatException">It is malformed.</exception>
    public abstract void DecodePayload(ReadOnlyMemory<byte> payload, bool isBinary, List<EnginePacket> packets);

    /// <summary>The exact number of bytes that <see cref="EncodeMessage"/> writes for the packet.</summary>
    public abstract int GetMessageLength(in EnginePacket packet);

    /// <summary>Writes the body of one WebSocket message.</summary>
    public abstract void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output);

    /// <summary>Whether the WebSocket message of the packet is a binary one.</summary>
    public abstract bool EncodesAsBinary(in EnginePacket packet);

    /// <summary>Writes the body of one poll answer.</summary>
    /// <returns>Whether the body is binary.</returns>
    public abstract bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output);

    /// <summary>The most bytes that the packet adds to a payload, separator or length prefix included.</summary>
    public abstract int GetPayloadLength(in EnginePacket packet);
}
