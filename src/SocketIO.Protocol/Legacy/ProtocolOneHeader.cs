namespace SocketIO.Protocol;

/// <summary>
/// The parts of <c>type ":" [id ["+"]] ":" [endpoint] [":" data]</c>. Parts that are missing at the end are empty, so that a type
/// alone will do, as some servers and clients write <c>0</c> and <c>8</c>.
/// </summary>
internal readonly struct ProtocolOneHeader
{
    public const byte Disconnect = (byte)'0';
    public const byte Connect = (byte)'1';
    public const byte Heartbeat = (byte)'2';
    public const byte Text = (byte)'3';
    public const byte Json = (byte)'4';
    public const byte Event = (byte)'5';
    public const byte Ack = (byte)'6';
    public const byte Error = (byte)'7';
    public const byte Noop = (byte)'8';

    private ProtocolOneHeader(byte type, long id, bool wantsData, Range endpoint, Range data)
    {
        Type = type;
        Id = id;
        WantsData = wantsData;
        Endpoint = endpoint;
        Data = data;
    }

    public byte Type { get; }

    /// <summary>The id, or -1. One too large for 64 bits is <see cref="long.MaxValue"/>.</summary>
    public long Id { get; }

    /// <summary>Whether a plus follows the id: the answer is the application's, with data, not the library's.</summary>
    public bool WantsData { get; }

    /// <summary>Where the endpoint is: a namespace, perhaps with a query.</summary>
    public Range Endpoint { get; }

    /// <summary>Where what follows the third colon is.</summary>
    public Range Data { get; }

    /// <exception cref="PacketFormatException">It is malformed.</exception>
    public static ProtocolOneHeader Read(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] is < Disconnect or > Noop)
        {
            throw new PacketFormatException("A packet begins with its type, a digit from 0 to 8.");
        }

        var position = 1;
        SkipColon(text, ref position);
        var id = ReadDigits(text, ref position);
        var wantsData = position < text.Length && text[position] == '+';
        if (wantsData)
        {
            position++;
        }

        SkipColon(text, ref position);
        var start = position;
        var length = text[start..].IndexOf((byte)':');
        return length < 0
            ? new ProtocolOneHeader(text[0], id, wantsData, start..text.Length, text.Length..text.Length)
            : new ProtocolOneHeader(text[0], id, wantsData, start..(start + length), (start + length + 1)..text.Length);
    }

    /// <summary>-1 if there is no digit.</summary>
    public static long ReadDigits(ReadOnlySpan<byte> text, ref int position)
    {
        var value = -1L;
        for (; position < text.Length && text[position] is >= (byte)'0' and <= (byte)'9'; position++)
        {
            var digit = text[position] - '0';
            value = value < 0 ? digit
                : value > (long.MaxValue - digit) / 10 ? long.MaxValue
                : value * 10 + digit;
        }

        return value;
    }

    private static void SkipColon(ReadOnlySpan<byte> text, ref int position)
    {
        if (position == text.Length)
        {
            return;
        }

        if (text[position] != ':')
        {
            throw new PacketFormatException("The parts of a packet, its type, its id and its endpoint, are divided by colons.");
        }

        position++;
    }
}
