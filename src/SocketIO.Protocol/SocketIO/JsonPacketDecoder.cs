using System.Diagnostics;
using System.Text.Unicode;

namespace SocketIO.Protocol;

/// <summary>Reads <c>type [count "-"] [namespace ","] [id] [JSON]</c>, and the binary messages that follow a count.</summary>
/// <param name="limits">The limits.</param>
/// <param name="isV4">Whether it is protocol 3 or 4: a count may be 0, and any acknowledgement may have one; an error is any JSON.</param>
internal sealed class JsonPacketDecoder(PacketLimits limits, bool isV4 = false) : PacketDecoder
{
    private const int BinaryOffset = 3;

    private readonly PacketLimits _limits = limits;
    private readonly bool _isV4 = isV4;
    private bool _countsInAcks;
    private ArgumentBuffer _arguments;
    private WaitingPacket? _waiting;

    /// <inheritdoc/>
    public override bool IsWaitingForAttachments => _waiting is { IsComplete: false };

    /// <inheritdoc/>
    public override PacketEncoder? Encoder => _countsInAcks ? JsonPacketParserV4.CountingEncoder : null;

    /// <inheritdoc/>
    public override bool Decode(ReadOnlyMemory<byte> data, bool isBinary, out Packet packet)
    {
        Release();
        try
        {
            return isBinary ? TakeAttachment(data, out packet) : DecodeText(data, out packet);
        }
        catch (PacketFormatException)
        {
            _waiting = null;
            _arguments.Clear();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Release()
    {
        if (!IsWaitingForAttachments)
        {
            _waiting = null;
            _arguments.Clear();
        }
    }

    private bool TakeAttachment(ReadOnlyMemory<byte> data, out Packet packet)
    {
        if (_waiting is not { } waiting)
        {
            throw new PacketFormatException("Binary data follows a packet that announced it.");
        }

        waiting.Take(data);
        packet = waiting.IsComplete ? waiting.ToPacket(_arguments.Items) : default;
        return waiting.IsComplete;
    }

    private bool DecodeText(ReadOnlyMemory<byte> text, out Packet packet)
    {
        if (_waiting is not null)
        {
            throw new PacketFormatException("Binary data was announced, but text came.");
        }

        var reader = new HeaderReader(text.Span);
        var type = reader.ReadType();
        var attachments = 0;
        if (type >= (int)PacketType.Event + BinaryOffset)
        {
            type -= BinaryOffset;
            attachments = reader.ReadAttachmentCount(_isV4 ? 0 : 1, _limits.MaxAttachments);
        }
        else if (_isV4 && type == (int)PacketType.Ack && reader.IsAttachmentCountNext())
        {
            // Clients 1.0.0-pre2 to 1.0.2, which know no binary type of acknowledgements.
            attachments = reader.ReadAttachmentCount(0, _limits.MaxAttachments);
            _countsInAcks = true;
        }

        var ns = reader.ReadNamespace(_limits.MaxNamespaceBytes);
        var id = reader.ReadId();
        var payload = text[reader.Position..].TrimStart(" \t\r\n"u8);

        if (!Utf8.IsValid(text.Span))
        {
            throw new PacketFormatException("A packet is valid UTF-8.");
        }

        if (!payload.IsEmpty)
        {
            PayloadScanner.Scan(payload.Span, (PacketType)type, attachments, _limits, ref _arguments, takesAnyError: _isV4);
        }

        if (attachments > 0)
        {
            _waiting = new WaitingPacket((PacketType)type, text[ns], id, payload, attachments);
            packet = default;
            return false;
        }

        packet = new Packet((PacketType)type, text[ns], id, payload, default, _arguments.Items);
        return true;
    }

    /// <summary>What comes before the JSON.</summary>
    private ref struct HeaderReader(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;

        public int Position { get; private set; }

        /// <summary>The digit, types with attachments included.</summary>
        public int ReadType()
        {
            if (_text.IsEmpty || _text[0] is < (byte)'0' or > (byte)'6')
            {
                throw new PacketFormatException("A packet begins with its type, a digit from 0 to 6.");
            }

            Position = 1;
            return _text[0] - '0';
        }

        /// <summary>Whether digits and a dash come next.</summary>
        public readonly bool IsAttachmentCountNext()
        {
            var rest = _text[Position..];
            var digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            return digits > 0 && rest[digits] == '-';
        }

        public int ReadAttachmentCount(int min, int max)
        {
            var count = ReadDigits();
            if (count < min || Position == _text.Length || _text[Position] != '-')
            {
                throw new PacketFormatException($"A packet with attachments has their number, at least {min}, and a dash after its type.");
            }

            if (count > max)
            {
                throw new PacketFormatException($"A packet has at most {max} attachments.");
            }

            Position++;
            return (int)count;
        }

        /// <summary>Where the namespace is; nowhere for "/".</summary>
        public Range ReadNamespace(int max)
        {
            if (Position == _text.Length || _text[Position] != '/')
            {
                return 0..0;
            }

            var start = Position;
            var length = _text[start..].IndexOf((byte)',');
            if (length < 0)
            {
                length = _text.Length - start;
                Position = _text.Length;
            }
            else
            {
                Position = start + length + 1;
            }

            if (length > max)
            {
                throw new PacketFormatException($"A namespace has at most {max} bytes.");
            }

            return length == 1 ? 0..0 : start..(start + length);
        }

        public long ReadId() => ReadDigits();

        /// <summary>-1 if there is no digit.</summary>
        private long ReadDigits()
        {
            var value = -1L;
            for (; Position < _text.Length && _text[Position] is >= (byte)'0' and <= (byte)'9'; Position++)
            {
                var digit = _text[Position] - '0';
                value = value < 0 ? digit
                    : value > (long.MaxValue - digit) / 10 ? long.MaxValue
                    : value * 10 + digit;
            }

            return value;
        }
    }

    /// <summary>A packet whose attachments are due, with memory of its own.</summary>
    private sealed class WaitingPacket
    {
        private readonly PacketType _type;
        private readonly byte[] _namespace;
        private readonly long _id;
        private readonly byte[] _payload;
        private readonly ReadOnlyMemory<byte>[] _attachments;
        private int _taken;

        public WaitingPacket(PacketType type, ReadOnlyMemory<byte> ns, long id, ReadOnlyMemory<byte> payload, int attachments)
        {
            _type = type;
            _namespace = ns.ToArray();
            _id = id;
            _payload = payload.ToArray();
            _attachments = new ReadOnlyMemory<byte>[attachments];
        }

        public bool IsComplete => _taken == _attachments.Length;

        public void Take(ReadOnlyMemory<byte> data)
        {
            Debug.Assert(!IsComplete);
            _attachments[_taken++] = data.ToArray();
        }

        public Packet ToPacket(ReadOnlyMemory<PacketArgument> arguments) =>
            new(_type, _namespace, _id, _payload, _attachments, arguments);
    }
}
