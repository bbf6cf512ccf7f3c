using System.Buffers;
using System.Buffers.Text;
using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>
/// "Socket.IO protocol 1" of clients 0.7 to 0.9. It has one layer where later protocols have two: a message is a whole packet, its type included, and
/// heartbeats, noops, and the connect and disconnect packets of the whole connection are packets of the session. Without state, therefore thread-safe.
/// </summary>
public sealed class ProtocolOneCodec : EngineCodec
{
    private const int MaxInt32Digits = 10;

    private ProtocolOneCodec()
    {
    }

    /// <summary>The codec of all sessions.</summary>
    public static ProtocolOneCodec Instance { get; } = new();

    /// <inheritdoc/>
    public override int Revision => 1;

    /// <summary>A WebSocket message is one packet as a rule, but may be a payload.</summary>
    public override bool MessagesArePayloads => true;

    /// <summary>What frames the packets of a payload: U+FFFD.</summary>
    private static ReadOnlySpan<byte> Mark => "\ufffd"u8;

    /// <inheritdoc/>
    public override bool Has(EnginePacketType type) => type != EnginePacketType.Upgrade;

    /// <inheritdoc/>
    public override EnginePacket DecodeMessage(ReadOnlyMemory<byte> message, bool isBinary) =>
        isBinary ? throw new EngineFormatException("Protocol 1 has text only.") : DecodePacket(message);

    /// <inheritdoc/>
    public override void DecodePayload(ReadOnlyMemory<byte> payload, bool isBinary, List<EnginePacket> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        if (isBinary)
        {
            throw new EngineFormatException("Protocol 1 has text only.");
        }

        if (!payload.Span.StartsWith(Mark))
        {
            packets.Add(DecodePacket(payload));
            return;
        }

        if (!Utf8.IsValid(payload.Span))
        {
            throw new EngineFormatException("A payload is valid UTF-8.");
        }

        var before = packets.Count;
        try
        {
            // 1*( U+FFFD length U+FFFD packet )
            while (!payload.IsEmpty)
            {
                packets.Add(DecodePacket(TakeFramed(ref payload)));
            }
        }
        catch (EngineFormatException)
        {
            packets.RemoveRange(before, packets.Count - before);
            throw;
        }
    }

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet) => GetText(packet).Length;

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(GetText(packet));
    }

    /// <inheritdoc/>
    public override bool EncodesAsBinary(in EnginePacket packet) => false;

    /// <inheritdoc/>
    public override bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (packets.Length == 1)
        {
            output.Write(GetText(packets[0]));
            return false;
        }

        foreach (ref readonly var packet in packets)
        {
            var text = GetText(packet);
            output.Write(Mark);
            Utf8Formatter.TryFormat(Utf16Length.Of(text), output.GetSpan(MaxInt32Digits), out var digits);
            output.Advance(digits);
            output.Write(Mark);
            output.Write(text);
        }

        return false;
    }

    /// <inheritdoc/>
    public override int GetPayloadLength(in EnginePacket packet) => Mark.Length + MaxInt32Digits + Mark.Length + GetText(packet).Length;

    private static ReadOnlyMemory<byte> TakeFramed(ref ReadOnlyMemory<byte> payload)
    {
        var span = payload.Span;
        if (!span.StartsWith(Mark)
            || !Utf8Parser.TryParse(span[Mark.Length..], out uint length, out var digits)
            || !span[(Mark.Length + digits)..].StartsWith(Mark))
        {
            throw new EngineFormatException("Each packet of a payload is preceded by its length between two U+FFFD.");
        }

        payload = payload[(Mark.Length + digits + Mark.Length)..];
        var units = (long)length;
        if (!Utf16Length.TryTake(payload.Span, ref units, out var bytes) || units > 0)
        {
            throw new EngineFormatException("A packet of a payload has as many UTF-16 units as its length says.");
        }

        var packet = payload[..bytes];
        payload = payload[bytes..];
        return packet;
    }

    private static EnginePacket DecodePacket(ReadOnlyMemory<byte> text)
    {
        var span = text.Span;
        if (span.IsEmpty || span[0] is < ProtocolOneHeader.Disconnect or > ProtocolOneHeader.Noop || (span.Length > 1 && span[1] != ':'))
        {
            throw new EngineFormatException("A packet begins with its type, a digit from 0 to 8, and a colon.");
        }

        return span[0] switch
        {
            ProtocolOneHeader.Heartbeat => new EnginePacket(EnginePacketType.Pong),
            ProtocolOneHeader.Noop => new EnginePacket(EnginePacketType.Noop),
            ProtocolOneHeader.Disconnect when IsOfRoot(span) => new EnginePacket(EnginePacketType.Close),
            ProtocolOneHeader.Connect when IsOfRoot(span) => new EnginePacket(EnginePacketType.Open),
            _ => new EnginePacket(EnginePacketType.Message, text),
        };
    }

    /// <summary>Whether the endpoint is empty, whatever its query.</summary>
    private static bool IsOfRoot(ReadOnlySpan<byte> text)
    {
        var endpoint = text[1..].TrimStart((byte)':');
        return endpoint.IsEmpty || endpoint[0] == '?';
    }

    private static ReadOnlySpan<byte> GetText(in EnginePacket packet) => packet.Type switch
    {
        EnginePacketType.Open => "1::"u8,
        EnginePacketType.Close => "0::"u8,
        EnginePacketType.Ping or EnginePacketType.Pong => "2::"u8,
        EnginePacketType.Noop => "8::"u8,
        EnginePacketType.Message when !packet.IsBinary => packet.Data.Span,
        EnginePacketType.Message => throw new PacketNotSupportedException("Clients of Socket.IO 0.7 to 0.9 take no binary messages."),
        _ => throw new PacketNotSupportedException($"Protocol 1 has no {packet.Type} packet."),
    };
}
