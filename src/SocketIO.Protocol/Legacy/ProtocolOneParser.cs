namespace SocketIO.Protocol;

/// <summary>
/// The parser of "Socket.IO protocol 1", which clients 0.7 to 0.9 speak. A message of type 3 is an event <c>message</c> with one string,
/// one of type 4 an event <c>message</c> with any value; an event is <c>{"name":…,"args":[…]}</c>. Its ids count from 1, ours from 0.
/// </summary>
internal sealed class ProtocolOneParser : PacketParser
{
    /// <inheritdoc/>
    public override PacketEncoder Encoder { get; } = new ProtocolOneEncoder();

    /// <inheritdoc/>
    public override PacketDecoder CreateDecoder(PacketLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return new ProtocolOneDecoder(limits);
    }
}
