using System.Buffers;
using System.Buffers.Binary;

namespace SocketIO.Protocol;

/// <summary>Writes MessagePack values, each in its shortest form.</summary>
internal readonly ref struct MessagePackWriter(IBufferWriter<byte> output)
{
    private readonly IBufferWriter<byte> _output = output;

    public void WriteNil() => WriteByte(0xc0);

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)0xc3 : (byte)0xc2);

    public void WriteInteger(long value)
    {
        switch (value)
        {
            case >= 0:
                WriteInteger((ulong)value);
                break;
            case >= -32:
                WriteByte((byte)value);
                break;
            case >= sbyte.MinValue:
                WriteHead8(0xd0, (byte)value);
                break;
            case >= short.MinValue:
                WriteHead16(0xd1, (ushort)value);
                break;
            case >= int.MinValue:
                WriteHead32(0xd2, (uint)value);
                break;
            default:
                WriteHead64(0xd3, (ulong)value);
                break;
        }
    }

    public void WriteInteger(ulong value)
    {
        switch (value)
        {
            case < 0x80:
                WriteByte((byte)value);
                break;
            case <= byte.MaxValue:
                WriteHead8(0xcc, (byte)value);
                break;
            case <= ushort.MaxValue:
                WriteHead16(0xcd, (ushort)value);
                break;
            case <= uint.MaxValue:
                WriteHead32(0xce, (uint)value);
                break;
            default:
                WriteHead64(0xcf, value);
                break;
        }
    }

    public void WriteFloat(double value) => WriteHead64(0xcb, BitConverter.DoubleToUInt64Bits(value));

    public void WriteString(ReadOnlySpan<byte> utf8)
    {
        switch (utf8.Length)
        {
            case < 32:
                WriteByte((byte)(0xa0 | utf8.Length));
                break;
            case <= byte.MaxValue:
                WriteHead8(0xd9, (byte)utf8.Length);
                break;
            case <= ushort.MaxValue:
                WriteHead16(0xda, (ushort)utf8.Length);
                break;
            default:
                WriteHead32(0xdb, (uint)utf8.Length);
                break;
        }

        _output.Write(utf8);
    }

    public void WriteBinary(ReadOnlySpan<byte> bytes)
    {
        switch (bytes.Length)
        {
            case <= byte.MaxValue:
                WriteHead8(0xc4, (byte)bytes.Length);
                break;
            case <= ushort.MaxValue:
                WriteHead16(0xc5, (ushort)bytes.Length);
                break;
            default:
                WriteHead32(0xc6, (uint)bytes.Length);
                break;
        }

        _output.Write(bytes);
    }

    public void WriteArrayHeader(int count) => WriteContainerHeader(0x90, 0xdc, 0xdd, count);

    public void WriteMapHeader(int count) => WriteContainerHeader(0x80, 0xde, 0xdf, count);

    private void WriteContainerHeader(byte fix, byte head16, byte head32, int count)
    {
        switch (count)
        {
            case < 16:
                WriteByte((byte)(fix | count));
                break;
            case <= ushort.MaxValue:
                WriteHead16(head16, (ushort)count);
                break;
            default:
                WriteHead32(head32, (uint)count);
                break;
        }
    }

    private void WriteByte(byte value)
    {
        _output.GetSpan(1)[0] = value;
        _output.Advance(1);
    }

    private void WriteHead8(byte head, byte value)
    {
        var span = _output.GetSpan(2);
        span[0] = head;
        span[1] = value;
        _output.Advance(2);
    }

    private void WriteHead16(byte head, ushort value)
    {
        var span = _output.GetSpan(3);
        span[0] = head;
        BinaryPrimitives.WriteUInt16BigEndian(span[1..], value);
        _output.Advance(3);
    }

    private void WriteHead32(byte head, uint value)
    {
        var span = _output.GetSpan(5);
        span[0] = head;
        BinaryPrimitives.WriteUInt32BigEndian(span[1..], value);
        _output.Advance(5);
    }

    private void WriteHead64(byte head, ulong value)
    {
        var span = _output.GetSpan(9);
        span[0] = head;
        BinaryPrimitives.WriteUInt64BigEndian(span[1..], value);
        _output.Advance(9);
    }
}
