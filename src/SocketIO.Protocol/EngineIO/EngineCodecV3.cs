using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>
/// Engine.IO protocol revisions 2 and 3, which clients 1.x and 2.x speak. A payload is <c>length ":" packet</c>, repeated, or a binary form of the same;
/// a binary message has the type as its first byte, and is <c>b4 base64</c> for clients that take only text.
/// Its state is whether the client encodes its text twice, which depends on the client's release and is told from the text itself.
/// Text to the client is understood by all releases if it is ASCII, as that of <see cref="PacketParser.JsonV4"/>; other text is sent in the form that the client is thought to have.
/// One thread may decode while another encodes.
/// </summary>
public sealed class EngineCodecV3 : EngineCodec
{
    // A mark, the digits of the largest integer, and the end of the length.
    private const int MaxPrefixLength = 12;
    private const byte TextMark = 0;
    private const byte BinaryMark = 1;
    private const byte LengthEnd = 0xff;

    private static readonly object[] MessageForms = [new(), new(), new(), new()];

    private readonly bool _isBase64Only;

    // Apart, because clients 1.1 to 1.7 encode twice in text payloads only.
    private volatile TextForm _payloadText;
    private volatile TextForm _messageText;

    /// <summary>Creates the codec of one session.</summary>
    /// <param name="revision">2 or 3: the <c>EIO</c> of the query string; clients that leave it out speak 3.</param>
    /// <param name="isBase64Only">Whether the client takes only text, and binary data as base64: it has <c>b64</c> in its query, as JSONP always has.</param>
    public EngineCodecV3(int revision, bool isBase64Only)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(revision, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(revision, 3);
        Revision = revision;
        _isBase64Only = isBase64Only;
        if (revision == 2)
        {
            // All releases that say 2 but the first two previews.
            _payloadText = _messageText = TextForm.DoubleEncoded;
        }
    }

    private enum TextForm : byte
    {
        Undecided,
        Plain,
        DoubleEncoded,
    }

    /// <inheritdoc/>
    public override int Revision { get; }

    /// <inheritdoc/>
    public override object MessageForm => MessageForms[(_isBase64Only ? 2 : 0) + (Revision == 2 ? 1 : 0)];

    // By the revision alone and not by what is learned, so that it cannot change between the length of a message and the message.
    private bool DoubleEncodesMessages => Revision == 2;

    /// <inheritdoc/>
    public override EnginePacket DecodeMessage(ReadOnlyMemory<byte> message, bool isBinary) =>
        isBinary ? EnginePacketV3.DecodeBinary(message) : Decode(message, isPayload: false);

    /// <inheritdoc/>
    public override void DecodePayload(ReadOnlyMemory<byte> payload, bool isBinary, List<EnginePacket> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        var before = packets.Count;
        try
        {
            if (isBinary)
            {
                DecodeBinaryForm(payload, packets);
            }
            else
            {
                DecodeTextForm(payload, packets);
            }
        }
        catch (EngineFormatException)
        {
            packets.RemoveRange(before, packets.Count - before);
            throw;
        }
    }

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet)
    {
        var data = packet.Data.Span;
        return 1 + (
            !EnginePacketV3.IsBinary(packet) ? DoubleEncodesMessages ? DoubleEncodedText.GetLength(data) : data.Length
            : _isBase64Only ? 1 + Base64.GetMaxEncodedToUtf8Length(data.Length)
            : data.Length);
    }

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var span = output.GetSpan(GetMessageLength(packet));
        output.Advance(
            !EnginePacketV3.IsBinary(packet) ? EnginePacketV3.EncodeText(packet, DoubleEncodesMessages, span)
            : _isBase64Only ? EnginePacketV3.EncodeBase64(packet, span)
            : EnginePacketV3.EncodeBinary(packet, span));
    }

    /// <inheritdoc/>
    public override bool EncodesAsBinary(in EnginePacket packet) => EnginePacketV3.IsBinary(packet) && !_isBase64Only;

    /// <inheritdoc/>
    public override bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (packets.IsEmpty)
        {
            output.Write("0:"u8);
            return false;
        }

        if (NeedsBinaryForm(packets))
        {
            EncodeBinaryForm(packets, output);
            return true;
        }

        EncodeTextForm(packets, output);
        return false;
    }

    /// <inheritdoc/>
    public override int GetPayloadLength(in EnginePacket packet) =>
        MaxPrefixLength + (EnginePacketV3.IsBinary(packet) ? 2 + Base64.GetMaxEncodedToUtf8Length(packet.Data.Length) : 1 + DoubleEncodedText.GetLength(packet.Data.Span));

    // Browsers with revision 2 (clients up to 1.0.6) read no other form when they can read this one; later clients read both, and servers 2.x chose so for them.
    private bool NeedsBinaryForm(ReadOnlySpan<EnginePacket> packets)
    {
        if (_isBase64Only)
        {
            return false;
        }

        var isNeeded = Revision == 2;
        foreach (ref readonly var packet in packets)
        {
            isNeeded |= EnginePacketV3.IsBinary(packet);
        }

        return isNeeded;
    }

    // *( length ":" packet ), with lengths in UTF-16 units
    private void DecodeTextForm(ReadOnlyMemory<byte> payload, List<EnginePacket> packets)
    {
        if (payload.IsEmpty || !Utf8.IsValid(payload.Span))
        {
            throw new EngineFormatException("A payload has at least one packet, and is valid UTF-8 unless its content type is binary.");
        }

        while (!payload.IsEmpty)
        {
            long units = TakeLength(ref payload, zero: (byte)'0', end: (byte)':');
            if (!Utf16Length.TryTake(payload.Span, ref units, out var length) || units > 0)
            {
                throw ShorterThanItsLength();
            }

            // "0:" is the payload without packets.
            if (length > 0)
            {
                packets.Add(Decode(payload[..length], isPayload: true));
            }

            payload = payload[length..];
        }
    }

    // *( mark length 0xff packet ), with lengths in bytes
    private static void DecodeBinaryForm(ReadOnlyMemory<byte> payload, List<EnginePacket> packets)
    {
        while (!payload.IsEmpty)
        {
            var mark = payload.Span[0];
            if (mark > BinaryMark)
            {
                throw new EngineFormatException("A packet of a binary payload is marked 0 for text or 1 for binary.");
            }

            payload = payload[1..];
            var length = TakeLength(ref payload, zero: 0, LengthEnd);
            if (length > payload.Length)
            {
                throw ShorterThanItsLength();
            }

            var packet = payload[..length];
            packets.Add(mark == TextMark ? EnginePacketV3.DecodeText(RepairText(packet)) : EnginePacketV3.DecodeBinary(packet.ToArray()));
            payload = payload[length..];
        }
    }

    // Here nothing is encoded twice.
    private static ReadOnlyMemory<byte> RepairText(ReadOnlyMemory<byte> text)
    {
        if (Utf8.IsValid(text.Span))
        {
            return text;
        }

        var repaired = text.ToArray();
        return DoubleEncodedText.ReplaceSurrogates(repaired) ? repaired : throw new EngineFormatException("A text packet is valid UTF-8.");
    }

    /// <summary>Reads <c>1*digit end</c>.</summary>
    private static int TakeLength(ref ReadOnlyMemory<byte> payload, byte zero, byte end)
    {
        var span = payload.Span;
        var length = 0L;
        for (var at = 0; at < span.Length && length <= span.Length; at++)
        {
            if (span[at] == end && at > 0)
            {
                payload = payload[(at + 1)..];
                return (int)length;
            }

            var digit = (uint)(span[at] - zero);
            if (digit > 9)
            {
                break;
            }

            length = length * 10 + digit;
        }

        throw new EngineFormatException("A packet of a payload has its length before it, at most what is left of the payload.");
    }

    private EnginePacket Decode(ReadOnlyMemory<byte> text, bool isPayload) => EnginePacketV3.DecodeText(DecodeTwice(text, isPayload));

    /// <summary>Undoes the second encoding if there is one.</summary>
    private ReadOnlyMemory<byte> DecodeTwice(ReadOnlyMemory<byte> text, bool isPayload)
    {
        // ASCII is the same in both forms, and what is no text says nothing.
        if ((isPayload ? _payloadText : _messageText) == TextForm.Plain || Ascii.IsValid(text.Span) || !Utf8.IsValid(text.Span))
        {
            return text;
        }

        var isDoubleEncoded = DoubleEncodedText.TryDecode(text.Span, out var decoded);
        Learn(isDoubleEncoded ? TextForm.DoubleEncoded : TextForm.Plain, isPayload);
        return isDoubleEncoded ? decoded : text;
    }

    private void Learn(TextForm form, bool ofPayload)
    {
        // Who encodes messages twice does so with payloads too, and in revision 2 the other way round.
        if (ofPayload || form == TextForm.DoubleEncoded || Revision == 2)
        {
            _payloadText = form;
        }

        if (!ofPayload || form == TextForm.Plain || Revision == 2)
        {
            _messageText = form;
        }
    }

    private void EncodeTextForm(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output)
    {
        var doubleEncodes = _payloadText == TextForm.DoubleEncoded;
        foreach (ref readonly var packet in packets)
        {
            var span = output.GetSpan(GetPayloadLength(packet));
            // What is double-encoded has as many characters as it had bytes.
            var length = EnginePacketV3.IsBinary(packet) ? 2 + Base64.GetMaxEncodedToUtf8Length(packet.Data.Length)
                : 1 + (doubleEncodes ? packet.Data.Length : Utf16Length.Of(packet.Data.Span));
            Utf8Formatter.TryFormat(length, span, out var written);
            span[written++] = (byte)':';
            written += EnginePacketV3.IsBinary(packet) ? EnginePacketV3.EncodeBase64(packet, span[written..]) : EnginePacketV3.EncodeText(packet, doubleEncodes, span[written..]);
            output.Advance(written);
        }
    }

    private static void EncodeBinaryForm(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output)
    {
        foreach (ref readonly var packet in packets)
        {
            var span = output.GetSpan(MaxPrefixLength + 1 + packet.Data.Length);
            span[0] = EnginePacketV3.IsBinary(packet) ? BinaryMark : TextMark;
            Utf8Formatter.TryFormat(1 + packet.Data.Length, span[1..], out var digits);
            foreach (ref var digit in span.Slice(1, digits))
            {
                digit -= (byte)'0';
            }

            var written = 1 + digits;
            span[written++] = LengthEnd;
            written += EnginePacketV3.IsBinary(packet) ? EnginePacketV3.EncodeBinary(packet, span[written..]) : EnginePacketV3.EncodeText(packet, doubleEncodes: false, span[written..]);
            output.Advance(written);
        }
    }

    private static EngineFormatException ShorterThanItsLength() => new("A packet of a payload is as long as its length says.");
}
