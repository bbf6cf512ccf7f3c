namespace SocketIO.Protocol;

/// <summary>
/// One Socket.IO packet in canonical form, whatever the parser: JSON text, in which
/// <c>{"_placeholder":true,"num":n}</c> stands for the n-th of <see cref="Attachments"/>.
/// </summary>
public readonly struct Packet
{
    // The complement, so that default(Packet) has no id.
    private readonly long _idComplement;

    /// <summary>Creates a packet to be encoded.</summary>
    /// <param name="type">The type.</param>
    /// <param name="ns">The namespace in UTF-8; empty is "/".</param>
    /// <param name="id">The acknowledgement id, or -1.</param>
    /// <param name="payload">A JSON value, or empty.</param>
    /// <param name="attachments">What the placeholders of the payload stand for.</param>
    public Packet(
        PacketType type,
        ReadOnlyMemory<byte> ns = default,
        long id = -1,
        ReadOnlyMemory<byte> payload = default,
        ReadOnlyMemory<ReadOnlyMemory<byte>> attachments = default)
        : this(type, ns, id, payload, attachments, default)
    {
    }

    internal Packet(
        PacketType type,
        ReadOnlyMemory<byte> ns,
        long id,
        ReadOnlyMemory<byte> payload,
        ReadOnlyMemory<ReadOnlyMemory<byte>> attachments,
        ReadOnlyMemory<PacketArgument> arguments)
    {
        Type = type;
        Namespace = ns;
        _idComplement = ~id;
        Payload = payload;
        Attachments = attachments;
        Arguments = arguments;
    }

    /// <summary>The type.</summary>
    public PacketType Type { get; }

    /// <summary>The namespace in UTF-8; empty is "/", and a decoder always gives empty for it. In the CONNECT of old clients a query string may follow.</summary>
    public ReadOnlyMemory<byte> Namespace { get; }

    /// <summary>The acknowledgement id, or -1. One too large for 64 bits is <see cref="long.MaxValue"/>.</summary>
    public long Id => ~_idComplement;

    /// <summary>One JSON value, or empty.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>
    /// Whether the receiver's library acknowledges an event with an id by itself, at once and without values, so that the application above it never sees the id.
    /// Only protocol 1 knows it, as ids without a plus, and of what is sent only for <c>message</c>; elsewhere every id is the application's.
    /// </summary>
    public bool IsAutoAcknowledged { get; init; }

    /// <summary>
    /// What the placeholders of <see cref="Payload"/> stand for; when there are none, nothing in the payload is a placeholder.
    /// A decoder gives each attachment an array of its own, so that a handler may keep it without copying;
    /// the list itself lives as long as the packet.
    /// </summary>
    public ReadOnlyMemory<ReadOnlyMemory<byte>> Attachments { get; }

    /// <summary>
    /// Of a decoded event or acknowledgement: where each element of <see cref="Payload"/> is; the first of an event is its name.
    /// Empty where there is no payload, in other types, and in packets made to be encoded.
    /// </summary>
    public ReadOnlyMemory<PacketArgument> Arguments { get; }

    /// <summary>The same packet with memory of its own, to outlive what this one borrows from.</summary>
    public Packet Detach()
    {
        var attachments = new ReadOnlyMemory<byte>[Attachments.Length];
        for (var i = 0; i < attachments.Length; i++)
        {
            attachments[i] = Attachments.Span[i].ToArray();
        }

        return new Packet(Type, Namespace.ToArray(), Id, Payload.ToArray(), attachments, Arguments.ToArray()) { IsAutoAcknowledged = IsAutoAcknowledged };
    }

    /// <summary>The same packet as one that asks for no answer, or for none any more. It borrows from the same memory.</summary>
    public Packet WithoutId() => new(Type, Namespace, -1, Payload, Attachments, Arguments);

    /// <summary>The JSON text of one element of a decoded event or acknowledgement.</summary>
    public ReadOnlyMemory<byte> GetArgument(int index)
    {
        var argument = Arguments.Span[index];
        return Payload.Slice(argument.Start, argument.Length);
    }
}
