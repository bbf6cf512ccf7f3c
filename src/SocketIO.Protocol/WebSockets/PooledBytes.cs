using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>
/// Bytes that grow in arrays of the shared pool. It grows with what is there, never with what a peer only announced.
/// A mutable struct, to cost a connection no object: it has one owner and is moved, never copied.
/// </summary>
internal struct PooledBytes
{
    private const int FirstSize = 4096;

    private byte[]? _array;

    public int Length { get; private set; }

    public readonly int Capacity => _array?.Length ?? 0;

    public readonly ReadOnlyMemory<byte> Memory => _array.AsMemory(0, Length);

    /// <summary>The free space behind the content, at least <paramref name="count"/> bytes.</summary>
    /// <param name="count">What is to be written now.</param>
    /// <param name="ceiling">What <see cref="Length"/> will never exceed; not below the present length and <paramref name="count"/>.</param>
    public Span<byte> Reserve(int count, int ceiling)
    {
        int needed = Length + count;
        if (needed > Capacity)
        {
            long comfortable = Math.Min(ceiling, Math.Max(2L * Capacity, FirstSize));
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, comfortable));
            Memory.Span.CopyTo(larger);
            int length = Length;
            Release();
            (_array, Length) = (larger, length);
        }

        return _array.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Release()
    {
        if (_array is { } array)
        {
            _array = null;
            ArrayPool<byte>.Shared.Return(array);
        }

        Length = 0;
    }
}
