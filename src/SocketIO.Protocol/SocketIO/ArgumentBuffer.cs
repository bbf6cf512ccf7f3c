using System.Buffers;

namespace SocketIO.Protocol;

/// <summary>A decoder's reused list of arguments: a small array of its own, made when first needed, and a rented one while a packet is bigger.</summary>
internal struct ArgumentBuffer
{
    private const int SmallCapacity = 8;

    private PacketArgument[]? _small;
    private PacketArgument[]? _rented;
    private int _count;

    public readonly ReadOnlyMemory<PacketArgument> Items => (_rented ?? _small).AsMemory(0, _count);

    public readonly int Count => _count;

    public void Add(PacketArgument argument)
    {
        var items = _rented ?? (_small ??= new PacketArgument[SmallCapacity]);
        if (_count == items.Length)
        {
            var larger = ArrayPool<PacketArgument>.Shared.Rent(_count * 2);
            items.AsSpan().CopyTo(larger);
            ReturnRented();
            _rented = items = larger;
        }

        items[_count++] = argument;
    }

    public void Clear()
    {
        _count = 0;
        ReturnRented();
    }

    private void ReturnRented()
    {
        if (_rented is { } rented)
        {
            _rented = null;
            ArrayPool<PacketArgument>.Shared.Return(rented);
        }
    }
}
