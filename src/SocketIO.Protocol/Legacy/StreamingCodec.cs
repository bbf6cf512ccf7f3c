using System.Buffers;
using System.Buffers.Text;

namespace SocketIO.Protocol;

/// <summary>
/// The framing of the 0.7 that was in development at the turn of 2010, and of go-socket.io's <c>SIOStreamingCodec</c>: <c>type:length:data,</c> with lengths
/// in UTF-16 units. Units are a stream: a packet may begin in one and end in another.
/// </summary>
/// <remarks>
/// Types are 0 (the end), 1 (a message: annotations, a colon and the text), 2 (a heartbeat: a number, which the client sends back) and 3 (the session's id,
/// from the server); others are passed over. What is malformed takes the part of a packet that was kept with it; the next unit begins anew.
/// </remarks>
public sealed class StreamingCodec : UnitCodec
{
    private const int MaxInt32Digits = 10;

    private static readonly object Form = new();

    private readonly int _maxPacket;
    private readonly CodecSide _side;
    private readonly HeartbeatNumbers _heartbeats = new();

    // What has come of a packet that is not all there.
    private byte[] _partial = [];
    private int _partialLength;

    // How far it was read: its type, where its data begins (0: not known yet), up to where they are counted, and how many units are still due.
    private int _type;
    private int _start;
    private int _counted;
    private long _due;

    /// <summary>Creates the codec of a session.</summary>
    /// <param name="maxPacket">The most bytes that a packet which comes in parts may have.</param>
    /// <param name="side">Which end of the session it is at.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not positive.</exception>
    public StreamingCodec(int maxPacket, CodecSide side = CodecSide.Server)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxPacket);
        _maxPacket = maxPacket;
        _side = side;
    }

    /// <summary>How many bytes are kept of a packet that is not all there.</summary>
    public int BufferedBytes => _partialLength;

    /// <summary>Forgets the part of a packet that was kept.</summary>
    public void Reset()
    {
        _partial = [];
        _partialLength = _start = _counted = 0;
    }

    /// <inheritdoc/>
    public override object MessageForm => Form;

    /// <inheritdoc/>
    public override bool Has(EnginePacketType type) =>
        type is EnginePacketType.Open or EnginePacketType.Close or EnginePacketType.Ping or EnginePacketType.Pong or EnginePacketType.Message;

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet)
    {
        EnsureSupported(packet);
        var data = GetData(packet);
        Span<byte> digits = stackalloc byte[MaxInt32Digits];
        Utf8Formatter.TryFormat(Utf16Length.Of(data), digits, out var count);
        return "0:"u8.Length + count + ":"u8.Length + data.Length + ","u8.Length;
    }

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        EnsureSupported(packet);
        // type ":" length ":" data ","
        var data = GetData(packet);
        var span = output.GetSpan("0::,"u8.Length + MaxInt32Digits + data.Length);
        span[0] = packet.Type switch
        {
            EnginePacketType.Close => (byte)'0',
            EnginePacketType.Message => (byte)'1',
            EnginePacketType.Open => (byte)'3',
            _ => (byte)'2',
        };
        span[1] = (byte)':';
        Utf8Formatter.TryFormat(Utf16Length.Of(data), span[2..], out var digits);
        var written = 2 + digits;
        span[written++] = (byte)':';
        data.CopyTo(span[written..]);
        written += data.Length;
        span[written++] = (byte)',';
        output.Advance(written);
        if (packet.Type == EnginePacketType.Ping && packet.Data.IsEmpty)
        {
            _heartbeats.MoveOn();
        }
    }

    /// <inheritdoc/>
    protected override void DecodeUnit(ReadOnlyMemory<byte> unit, List<EnginePacket> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        var isContinued = _partialLength > 0;
        var input = isContinued ? Continue(unit.Span) : unit;
        var whole = input.Length;
        try
        {
            while (TryRead(ref input, out var data))
            {
                Add(data, packets);
            }

            if (input.Length > _maxPacket)
            {
                throw TooLarge();
            }
        }
        catch (EngineFormatException)
        {
            Reset();
            throw;
        }

        // Packets that were read borrow from the array: then the rest has to move to one of its own.
        if (!isContinued || input.Length < whole)
        {
            _partial = input.ToArray();
            _partialLength = input.Length;
        }
    }

    private ReadOnlyMemory<byte> Continue(ReadOnlySpan<byte> unit)
    {
        var length = _partialLength + unit.Length;
        if (length > _partial.Length)
        {
            Array.Resize(ref _partial, (int)Math.Max(length, Math.Min(2L * _partial.Length, _maxPacket)));
        }

        unit.CopyTo(_partial.AsSpan(_partialLength));
        _partialLength = length;
        return _partial.AsMemory(0, length);
    }

    private bool TryRead(ref ReadOnlyMemory<byte> input, out ReadOnlyMemory<byte> data)
    {
        data = default;
        var text = input.Span;
        if (_start == 0 && !TryReadHeader(text))
        {
            return false;
        }

        if (!Utf16Length.TryTake(text[_counted..], ref _due, out var bytes))
        {
            throw new EngineFormatException("The length of a packet's data counts UTF-16 units, but ends between the two of a character.");
        }

        _counted += bytes;
        if (_counted == text.Length)
        {
            return false;
        }

        if (text[_counted] != ',')
        {
            throw new EngineFormatException("A packet's data are as long as its length says, in UTF-16 units, and a comma follows them.");
        }

        data = input[_start.._counted];
        input = input[(_counted + 1)..];
        _start = _counted = 0;
        return true;
    }

    private bool TryReadHeader(ReadOnlySpan<byte> text)
    {
        var position = 0;
        if (ReadNumber(text, ref position) is not { } type || ReadNumber(text, ref position) is not { } length)
        {
            return false;
        }

        if (length > _maxPacket)
        {
            throw TooLarge();
        }

        _type = type;
        _start = _counted = position;
        _due = length;
        return true;
    }

    // Null: more is to come.
    private static int? ReadNumber(ReadOnlySpan<byte> text, ref int position)
    {
        var rest = text[position..];
        var digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits < 0 && rest.Length <= MaxInt32Digits)
        {
            return null;
        }

        if (digits <= 0 || rest[digits] != ':' || !Utf8Parser.TryParse(rest[..digits], out int number, out _))
        {
            throw new EngineFormatException("A packet begins with its type and the length of its data, each in digits and followed by a colon.");
        }

        position += digits + 1;
        return number;
    }

    private void Add(ReadOnlyMemory<byte> data, List<EnginePacket> packets)
    {
        switch (_type)
        {
            case 0:
                packets.Add(new EnginePacket(EnginePacketType.Close));
                break;
            case 1:
                packets.Add(new EnginePacket(EnginePacketType.Message, data));
                break;
            case 2:
                packets.Add(new EnginePacket(_side == CodecSide.Server ? EnginePacketType.Pong : EnginePacketType.Ping, data));
                break;
            case 3 when _side == CodecSide.Client:
                packets.Add(new EnginePacket(EnginePacketType.Open, data));
                break;
        }
    }

    private ReadOnlySpan<byte> GetData(in EnginePacket packet) => packet.Type switch
    {
        EnginePacketType.Close => default,
        EnginePacketType.Ping when packet.Data.IsEmpty => _heartbeats.Next,
        _ => packet.Data.Span,
    };

    private EngineFormatException TooLarge() => new($"A packet has at most {_maxPacket} bytes.");
}
