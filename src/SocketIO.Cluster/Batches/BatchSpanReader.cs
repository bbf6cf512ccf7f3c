// Reads the primitives of the batch format. All that comes from another node passes here: nothing is believed.
using System.Buffers.Binary;

namespace SocketIO.Cluster;

/// <summary>A cursor over a batch's bytes that throws <see cref="BatchFormatException"/> and nothing else.</summary>
internal ref struct BatchSpanReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position == _bytes.Length;

    public void ReadHeader(BatchType type)
    {
        BatchFormat.CheckVersion(ReadByte());
        var found = ReadByte();
        if (found != (byte)type)
        {
            throw new BatchFormatException($"A batch of type {found} stands where one of type {(byte)type} ({type}) was expected.");
        }
    }

    public byte ReadByte()
    {
        if (Position >= _bytes.Length)
        {
            throw Truncated();
        }

        return _bytes[Position++];
    }

    public long ReadNumber()
    {
        ulong value = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var part = ReadByte();
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return (long)value;
            }
        }

        throw new BatchFormatException($"The number that ends at byte {Position} of a batch has more than 63 bits.");
    }

    public int ReadCount(int bound, string what)
    {
        var count = ReadNumber();
        if (count > bound)
        {
            throw new BatchFormatException($"{count} is more than the {bound} {what} that a batch may hold.");
        }

        // Each thing takes a byte at least, so a count beyond what is left is a lie; nothing is allocated for it.
        return count > _bytes.Length - Position ? throw Truncated() : (int)count;
    }

    /// <summary>A number of things that do not follow.</summary>
    public int ReadInt32(string what)
    {
        var number = ReadNumber();
        return number <= int.MaxValue ? (int)number : throw new BatchFormatException($"{number} is more than the {int.MaxValue} {what} that there may be.");
    }

    public GatewayId ReadGateway() => new(BinaryPrimitives.ReadInt64LittleEndian(Take(8)));

    public ReadOnlySpan<byte> ReadBytes(int bound, string what) => Take(ReadCount(bound, what));

    /// <summary>The same as a slice of the memory that is read.</summary>
    public ReadOnlyMemory<byte> ReadSlice(ReadOnlyMemory<byte> memory, int bound, string what)
    {
        var length = ReadBytes(bound, what).Length;
        return memory.Slice(Position - length, length);
    }

    public readonly void ReadEnd()
    {
        if (!IsAtEnd)
        {
            throw new BatchFormatException($"A batch has {_bytes.Length - Position} bytes behind its end.");
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _bytes.Length - Position)
        {
            throw Truncated();
        }

        var taken = _bytes.Slice(Position, length);
        Position += length;
        return taken;
    }

    private readonly BatchFormatException Truncated() => new($"A batch ends at byte {_bytes.Length}, in the middle of a field.");
}
