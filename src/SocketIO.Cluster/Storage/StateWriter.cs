using System.Buffers.Binary;
using System.Text;

namespace SocketIO.Cluster;

/// <summary>The first byte of a stored state.</summary>
internal enum StateKind : byte
{
    /// <summary>The rooms of a member.</summary>
    Member = (byte)'M',

    /// <summary>The head of a shard of a roster.</summary>
    RosterHead = (byte)'H',

    /// <summary>The body of a shard of a roster.</summary>
    RosterBody = (byte)'B',

    /// <summary>A session that can be claimed.</summary>
    Session = (byte)'S',

    /// <summary>The epoch of a partition.</summary>
    Epoch = (byte)'E',
}

/// <summary>Writes what <see cref="StateReader"/> reads.</summary>
internal struct StateWriter
{
    /// <summary>The version that this build writes.</summary>
    public const byte CurrentVersion = 1;

    /// <summary>The oldest version that this build reads: the one before the current, once there is one.</summary>
    public const byte OldestReadableVersion = CurrentVersion > 1 ? CurrentVersion - 1 : 1;

    private byte[] _bytes;
    private int _length;

    public StateWriter(StateKind kind, int capacity)
    {
        _bytes = new byte[Math.Max(capacity, 16)];
        WriteByte((byte)kind);
        WriteByte(CurrentVersion);
    }

    public readonly ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void WriteByte(byte value)
    {
        Reserve(1);
        _bytes[_length++] = value;
    }

    public void WriteNumber(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _bytes[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[_length++] = (byte)value;
    }

    public void WriteTime(TimeSpan value)
    {
        Reserve(8);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(_length), value.Ticks);
        _length += 8;
    }

    public void WriteText(string value)
    {
        WriteNumber((ulong)Encoding.UTF8.GetByteCount(value));
        WriteTextBytes(value);
    }

    /// <summary>The UTF-8 alone: its length is written by the caller.</summary>
    public void WriteTextBytes(string value)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(value.Length));
        _length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
    }

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteNumber((ulong)value.Length);
        Reserve(value.Length);
        value.CopyTo(_bytes.AsSpan(_length));
        _length += value.Length;
    }

    private void Reserve(int length)
    {
        if (_bytes.Length - _length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        }
    }
}
