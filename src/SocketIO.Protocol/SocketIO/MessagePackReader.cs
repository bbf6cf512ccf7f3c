using System.Buffers.Binary;

namespace SocketIO.Protocol;

/// <summary>Reads MessagePack values one after another. A declared length is believed only as far as bytes are there.</summary>
internal ref struct MessagePackReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public MessagePackToken Read()
    {
        var prefix = Take(1)[0];
        return prefix switch
        {
            < 0x80 => Integer(prefix),
            < 0x90 => Map((uint)(prefix & 0x0f)),
            < 0xa0 => Array((uint)(prefix & 0x0f)),
            < 0xc0 => String((uint)(prefix & 0x1f)),
            >= 0xe0 => Integer((sbyte)prefix),
            0xc0 => new MessagePackToken { Kind = MessagePackKind.Nil },
            0xc2 => new MessagePackToken { Kind = MessagePackKind.Boolean, Integer = 0 },
            0xc3 => new MessagePackToken { Kind = MessagePackKind.Boolean, Integer = 1 },
            0xc4 => Binary(UInt8()),
            0xc5 => Binary(UInt16()),
            0xc6 => Binary(UInt32()),
            0xc7 => Extension(UInt8(), isFixed: false),
            0xc8 => Extension(UInt16(), isFixed: false),
            0xc9 => Extension(UInt32(), isFixed: false),
            0xca => Float(BinaryPrimitives.ReadSingleBigEndian(Take(4))),
            0xcb => Float(BinaryPrimitives.ReadDoubleBigEndian(Take(8))),
            0xcc => Integer(UInt8()),
            0xcd => Integer(UInt16()),
            0xce => Integer(UInt32()),
            0xcf => UnsignedInteger(BinaryPrimitives.ReadUInt64BigEndian(Take(8))),
            0xd0 => Integer((sbyte)Take(1)[0]),
            0xd1 => Integer(BinaryPrimitives.ReadInt16BigEndian(Take(2))),
            0xd2 => Integer(BinaryPrimitives.ReadInt32BigEndian(Take(4))),
            0xd3 => Integer(BinaryPrimitives.ReadInt64BigEndian(Take(8))),
            0xd4 => Extension(1, isFixed: true),
            0xd5 => Extension(2, isFixed: true),
            0xd6 => Extension(4, isFixed: true),
            0xd7 => Extension(8, isFixed: true),
            0xd8 => Extension(16, isFixed: true),
            0xd9 => String(UInt8()),
            0xda => String(UInt16()),
            0xdb => String(UInt32()),
            0xdc => Array(UInt16()),
            0xdd => Array(UInt32()),
            0xde => Map(UInt16()),
            0xdf => Map(UInt32()),
            _ => throw new PacketFormatException("A MessagePack value does not begin with 0xc1."),
        };
    }

    /// <summary>Reads over what is left of the value that has the token.</summary>
    public void Skip(in MessagePackToken token)
    {
        for (var values = Children(token); values > 0; values--)
        {
            values += Children(Read());
        }
    }

    private static long Children(in MessagePackToken token) => token.Kind switch
    {
        MessagePackKind.Array => token.Count,
        MessagePackKind.Map => 2L * token.Count,
        _ => 0,
    };

    private static MessagePackToken Integer(long value) =>
        new() { Kind = MessagePackKind.Integer, Integer = value };

    private static MessagePackToken UnsignedInteger(ulong value) => value <= long.MaxValue
        ? Integer((long)value)
        : new MessagePackToken { Kind = MessagePackKind.UnsignedInteger, Integer = (long)value };

    private static MessagePackToken Float(double value) =>
        new() { Kind = MessagePackKind.Float, Float = value };

    private MessagePackToken String(uint length) =>
        new() { Kind = MessagePackKind.String, Bytes = Take(length) };

    private MessagePackToken Binary(uint length) =>
        new() { Kind = MessagePackKind.Binary, Bytes = Take(length) };

    private MessagePackToken Extension(uint length, bool isFixed)
    {
        var type = (sbyte)Take(1)[0];
        return new MessagePackToken
        {
            Kind = MessagePackKind.Extension,
            ExtensionType = type,
            IsUndefined = isFixed && type == 0 && length == 1,
            IsDate = isFixed && type == 0 && length == 8,
            IsArrayBuffer = !isFixed && type == 0,
            Bytes = Take(length),
        };
    }

    // An element takes at least one byte, a pair at least two.
    private readonly MessagePackToken Array(uint count) => count <= _rest.Length
        ? new MessagePackToken { Kind = MessagePackKind.Array, Count = (int)count }
        : throw Truncated();

    private readonly MessagePackToken Map(uint count) => count <= _rest.Length / 2
        ? new MessagePackToken { Kind = MessagePackKind.Map, Count = (int)count }
        : throw Truncated();

    private uint UInt8() => Take(1)[0];

    private uint UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    private uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > _rest.Length)
        {
            throw Truncated();
        }

        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private static PacketFormatException Truncated() => new("A MessagePack value ends before it is complete.");
}
