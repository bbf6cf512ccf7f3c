using System.Buffers.Binary;
using System.Text;

namespace SocketIO.Cluster;

/// <summary>
/// Reads the binary formats of stored states: one byte that names the kind of state, one with the version of its format, then the fields.
/// Whatever the bytes are, the only exception is <see cref="StateFormatException"/>, and nothing is allocated that the bytes don't hold.
/// </summary>
internal ref struct StateReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads the header. A build reads the version that it writes and the one before.</summary>
    public StateReader(ReadOnlySpan<byte> bytes, StateKind kind)
    {
        _rest = bytes;
        var found = ReadByte();
        if (found != (byte)kind)
        {
            throw new StateFormatException($"The stored bytes begin with {found}, a {kind} begins with {(byte)kind}.");
        }

        Version = ReadByte();
        if (Version is < StateWriter.OldestReadableVersion or > StateWriter.CurrentVersion)
        {
            throw new StateFormatException(
                $"The stored {kind} has format version {Version}; this build reads versions {StateWriter.OldestReadableVersion} to {StateWriter.CurrentVersion}.");
        }
    }

    /// <summary>The version of the format that the bytes are in.</summary>
    public byte Version { get; }

    public byte ReadByte()
    {
        var value = Take(1)[0];
        return value;
    }

    public ulong ReadNumber()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = ReadByte();
            if (shift == 63 && next > 1)
            {
                break;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new StateFormatException("A number in the stored bytes is longer than 64 bits.");
    }

    /// <summary>A number of things that each take at least <paramref name="smallest"/> bytes: never more than can follow.</summary>
    public int ReadCount(int smallest)
    {
        var count = ReadNumber();
        if (count > (ulong)(_rest.Length / smallest))
        {
            throw new StateFormatException($"The stored bytes announce {count} entries and hold {_rest.Length} bytes more.");
        }

        return (int)count;
    }

    /// <summary>A time not further from the origin than the differences of two of them can be told.</summary>
    public TimeSpan ReadTime()
    {
        var ticks = BinaryPrimitives.ReadInt64LittleEndian(Take(8));
        if (ticks is < long.MinValue / 4 or > long.MaxValue / 4)
        {
            throw new StateFormatException("A time in the stored bytes is out of range.");
        }

        return new TimeSpan(ticks);
    }

    public string ReadText()
    {
        return ReadText(ReadCount(1));
    }

    public string ReadText(int length)
    {
        try
        {
            return StrictUtf8.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw new StateFormatException("A name in the stored bytes is not UTF-8.");
        }
    }

    public byte[] ReadBytes()
    {
        return Take(ReadCount(1)).ToArray();
    }

    /// <summary>Nothing may follow.</summary>
    public readonly void End()
    {
        if (_rest.Length > 0)
        {
            throw new StateFormatException($"{_rest.Length} bytes follow the end of the stored state.");
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw new StateFormatException($"The stored bytes end {length - _rest.Length} bytes early.");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
