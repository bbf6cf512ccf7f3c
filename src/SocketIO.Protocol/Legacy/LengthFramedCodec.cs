using System.Buffers;
using System.Buffers.Text;

namespace SocketIO.Protocol;

/// <summary>
/// The framing of clients 0.5 and 0.6: <c>~m~length~m~message</c>, lengths in UTF-16 units. The server's first message is the session's id; <c>~h~</c> and a
/// number are a heartbeat, which the client sends back; every other message is the application's.
/// </summary>
/// <remarks>
/// It reads what the JavaScript peers read: what does not begin with <c>~m~</c> is passed over, with all that follows it, and a message may be shorter than
/// its length says at the end of a unit. <c>~h~</c> before anything but digits is a message.
/// </remarks>
/// <param name="side">Which end of the session it is at.</param>
public sealed class LengthFramedCodec(CodecSide side = CodecSide.Server) : UnitCodec
{
    private const int MaxInt32Digits = 10;

    private static readonly object Form = new();

    private readonly HeartbeatNumbers _heartbeats = new();
    private bool _isGreeted = side == CodecSide.Server;

    private static ReadOnlySpan<byte> Mark => "~m~"u8;

    private static ReadOnlySpan<byte> HeartbeatMark => "~h~"u8;

    /// <inheritdoc/>
    public override object MessageForm => Form;

    /// <inheritdoc/>
    public override bool Has(EnginePacketType type) =>
        type is EnginePacketType.Open or EnginePacketType.Message or EnginePacketType.Ping or EnginePacketType.Pong;

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet)
    {
        EnsureSupported(packet);
        var text = GetText(packet, out var mark);
        return (2 * Mark.Length) + CountDigits(mark.Length + Utf16Length.Of(text)) + mark.Length + text.Length;
    }

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        EnsureSupported(packet);
        // "~m~" length "~m~" [ "~h~" ] text
        var text = GetText(packet, out var mark);
        var span = output.GetSpan((2 * Mark.Length) + MaxInt32Digits + mark.Length + text.Length);
        Mark.CopyTo(span);
        var written = Mark.Length;
        Utf8Formatter.TryFormat(mark.Length + Utf16Length.Of(text), span[written..], out var digits);
        written += digits;
        Mark.CopyTo(span[written..]);
        written += Mark.Length;
        mark.CopyTo(span[written..]);
        written += mark.Length;
        text.CopyTo(span[written..]);
        output.Advance(written + text.Length);
        if (packet.Type == EnginePacketType.Ping && packet.Data.IsEmpty)
        {
            _heartbeats.MoveOn();
        }
    }

    /// <inheritdoc/>
    protected override void DecodeUnit(ReadOnlyMemory<byte> unit, List<EnginePacket> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        // *( "~m~" *DIGIT "~m~" message )
        while (unit.Span.StartsWith(Mark))
        {
            unit = unit[Mark.Length..];
            var length = ReadLength(ref unit);
            if (!unit.Span.StartsWith(Mark))
            {
                throw new EngineFormatException("A message begins with ~m~, its length in digits, and ~m~.");
            }

            unit = unit[Mark.Length..];
            if (!Utf16Length.TryTake(unit.Span, ref length, out var bytes))
            {
                throw new EngineFormatException("The length of a message counts UTF-16 units, but ends between the two of a character.");
            }

            packets.Add(ToPacket(unit[..bytes]));
            unit = unit[bytes..];
        }
    }

    // The longer ones end with the unit as well.
    private static long ReadLength(ref ReadOnlyMemory<byte> unit)
    {
        var text = unit.Span;
        var length = 0L;
        var digits = 0;
        for (; digits < text.Length && text[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            length = Math.Min((length * 10) + text[digits] - '0', int.MaxValue);
        }

        unit = unit[digits..];
        return length;
    }

    private static int CountDigits(int value)
    {
        var digits = 1;
        for (; value >= 10; value /= 10)
        {
            digits++;
        }

        return digits;
    }

    private ReadOnlySpan<byte> GetText(in EnginePacket packet, out ReadOnlySpan<byte> mark)
    {
        mark = packet.Type is EnginePacketType.Ping or EnginePacketType.Pong ? HeartbeatMark : default;
        return packet.Type == EnginePacketType.Ping && packet.Data.IsEmpty ? _heartbeats.Next : packet.Data.Span;
    }

    private EnginePacket ToPacket(ReadOnlyMemory<byte> message)
    {
        if (!_isGreeted)
        {
            _isGreeted = true;
            return new EnginePacket(EnginePacketType.Open, message);
        }

        if (message.Length > HeartbeatMark.Length && message.Span.StartsWith(HeartbeatMark)
            && !message.Span[HeartbeatMark.Length..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return new EnginePacket(side == CodecSide.Server ? EnginePacketType.Pong : EnginePacketType.Ping, message[HeartbeatMark.Length..]);
        }

        return new EnginePacket(EnginePacketType.Message, message);
    }
}
