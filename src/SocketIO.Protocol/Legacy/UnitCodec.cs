using System.Buffers;
using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>
/// A wire format from before Engine.IO, or of an application's own, that knows text only and makes no difference between transports: a WebSocket message, the
/// body of a POST or of a poll's answer, and a part of a stream are all units, in which packets stand one after the other.
/// </summary>
public abstract class UnitCodec : EngineCodec
{
    /// <inheritdoc/>
    public override int Revision => 0;

    /// <inheritdoc/>
    public sealed override bool MessagesArePayloads => true;

    /// <summary>Decodes a unit that holds one packet.</summary>
    /// <inheritdoc/>
    public sealed override EnginePacket DecodeMessage(ReadOnlyMemory<byte> message, bool isBinary)
    {
        var packets = new List<EnginePacket>(1);
        DecodePayload(message, isBinary, packets);
        return packets.Count == 1 ? packets[0] : throw new EngineFormatException($"One packet was expected; there are {packets.Count}.");
    }

    /// <inheritdoc/>
    public sealed override void DecodePayload(ReadOnlyMemory<byte> payload, bool isBinary, List<EnginePacket> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        if (isBinary || !Utf8.IsValid(payload.Span))
        {
            throw new EngineFormatException("A unit is text in UTF-8.");
        }

        var before = packets.Count;
        try
        {
            DecodeUnit(payload, packets);
        }
        catch (EngineFormatException)
        {
            packets.RemoveRange(before, packets.Count - before);
            throw;
        }
    }

    /// <inheritdoc/>
    public sealed override bool EncodesAsBinary(in EnginePacket packet) => false;

    /// <inheritdoc/>
    public override bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output)
    {
        foreach (ref readonly var packet in packets)
        {
            if (Has(packet.Type))
            {
                EncodeMessage(packet, output);
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override int GetPayloadLength(in EnginePacket packet) => Has(packet.Type) ? GetMessageLength(packet) : 0;

    /// <summary>Appends the packets of a unit, in order; where it throws, they are taken away again.</summary>
    /// <param name="unit">The unit, valid UTF-8. Packets may borrow from it.</param>
    /// <param name="packets">Where they are appended.</param>
    /// <exception cref="EngineFormatException">It is malformed.</exception>
    protected abstract void DecodeUnit(ReadOnlyMemory<byte> unit, List<EnginePacket> packets);

    /// <summary>Checks that a packet is one that the format can carry.</summary>
    /// <exception cref="PacketNotSupportedException">It is binary, or of a type that the wire does not have.</exception>
    protected void EnsureSupported(in EnginePacket packet)
    {
        if (packet.IsBinary || !Has(packet.Type))
        {
            throw new PacketNotSupportedException($"{GetType().Name} knows no {(packet.IsBinary ? "binary messages" : packet.Type + " packets")}.");
        }
    }
}
