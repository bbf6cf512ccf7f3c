// Which gateways have sockets in which rooms: a million rooms in flat arrays, not a million objects.
using System.Numerics;

namespace SocketIO.Cluster;

/// <summary>
/// Room (UTF-8) to a set of gateway slots. An open hash of flat arrays: per room its name, 20 bytes, and 8 bytes for each 64 gateways.
/// Bounded by the number of rooms; at the bound <see cref="TryAdd"/> refuses a new room.
/// </summary>
internal sealed class RouteTable
{
    private const int PageBits = 16;
    private const int PageSize = 1 << PageBits;

    private readonly int _words;
    private readonly int _maxRooms;
    private readonly int _seed;
    private readonly List<byte[]> _pages = [];
    private int[] _buckets = new int[16];
    private Entry[] _entries = new Entry[16];
    private ulong[] _sets;
    private int _used;
    private int _free = -1;
    private int _pageEnd = PageSize;
    private long _liveBytes;
    private long _deadBytes;

    /// <param name="maxGateways">How many slots there are.</param>
    /// <param name="maxRooms">The bound.</param>
    /// <param name="seed">Makes the hashes of one table differ from those of another.</param>
    public RouteTable(int maxGateways, int maxRooms, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxGateways);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRooms);
        _words = (maxGateways + 63) / 64;
        _maxRooms = maxRooms;
        _seed = seed;
        _sets = new ulong[_entries.Length * _words];
    }

    /// <summary>How many rooms are routed anywhere.</summary>
    public int Count { get; private set; }

    /// <summary>The words of a set: a bit for each slot.</summary>
    public int Words => _words;

    /// <summary>Routes a room to a gateway.</summary>
    /// <returns><see langword="false"/>: the table is full, and the room is not in it.</returns>
    public bool TryAdd(ReadOnlySpan<byte> room, int slot)
    {
        var hash = Hash(room);
        var index = Find(room, hash);
        if (index < 0)
        {
            if (Count >= _maxRooms || room.Length > BatchFormat.MaxRoomBytes)
            {
                return false;
            }

            index = Insert(room, hash);
        }

        _sets[(index * _words) + (slot >> 6)] |= 1UL << slot;
        return true;
    }

    /// <summary>Ends the route of a room to a gateway; there may be none.</summary>
    public void Remove(ReadOnlySpan<byte> room, int slot)
    {
        var index = Find(room, Hash(room));
        if (index >= 0)
        {
            Clear(index, slot);
            Compact();
        }
    }

    /// <summary>Ends all routes to a gateway: it has died or tells its rooms anew.</summary>
    public void RemoveAll(int slot)
    {
        for (var index = 0; index < _used; index++)
        {
            if (_entries[index].IsUsed)
            {
                Clear(index, slot);
            }
        }

        Compact();
    }

    /// <summary>Adds the gateways of a room to a set.</summary>
    /// <param name="room">The room.</param>
    /// <param name="set">As many words as <see cref="Words"/>.</param>
    public void Union(ReadOnlySpan<byte> room, Span<ulong> set)
    {
        var index = Find(room, Hash(room));
        if (index >= 0)
        {
            for (var word = 0; word < _words; word++)
            {
                set[word] |= _sets[(index * _words) + word];
            }
        }
    }

    private uint Hash(ReadOnlySpan<byte> room)
    {
        // The runtime's own keyed hash over the bytes: seeded per process, and by ours per table.
        var hash = new HashCode();
        hash.Add(_seed);
        hash.AddBytes(room);
        return (uint)hash.ToHashCode();
    }

    private ReadOnlySpan<byte> NameOf(in Entry entry) => _pages[entry.Page].AsSpan(entry.Start, entry.Length);

    private int Find(ReadOnlySpan<byte> room, uint hash)
    {
        for (var index = _buckets[hash & (uint)(_buckets.Length - 1)] - 1; index >= 0; index = _entries[index].Next)
        {
            ref readonly var entry = ref _entries[index];
            if (entry.Hash == hash && NameOf(entry).SequenceEqual(room))
            {
                return index;
            }
        }

        return -1;
    }

    private int Insert(ReadOnlySpan<byte> room, uint hash)
    {
        int index;
        if (_free >= 0)
        {
            index = _free;
            _free = _entries[index].Next;
        }
        else
        {
            if (_used == _entries.Length)
            {
                Grow();
            }

            index = _used++;
        }

        ref var bucket = ref _buckets[hash & (uint)(_buckets.Length - 1)];
        _entries[index] = Store(room) with { Hash = hash, Next = bucket - 1, IsUsed = true };
        bucket = index + 1;
        Count++;
        return index;
    }

    private Entry Store(ReadOnlySpan<byte> room)
    {
        if (_pages.Count == 0 || _pageEnd + room.Length > PageSize)
        {
            _pages.Add(new byte[PageSize]);
            _pageEnd = 0;
        }

        room.CopyTo(_pages[^1].AsSpan(_pageEnd));
        var entry = new Entry { Page = _pages.Count - 1, Start = (ushort)_pageEnd, Length = (ushort)room.Length };
        _pageEnd += room.Length;
        _liveBytes += room.Length;
        return entry;
    }

    private void Clear(int index, int slot)
    {
        var set = _sets.AsSpan(index * _words, _words);
        set[slot >> 6] &= ~(1UL << slot);
        if (set.ContainsAnyExcept(0UL))
        {
            return;
        }

        ref var entry = ref _entries[index];
        ref var bucket = ref _buckets[entry.Hash & (uint)(_buckets.Length - 1)];
        if (bucket - 1 == index)
        {
            bucket = entry.Next + 1;
        }
        else
        {
            var before = bucket - 1;
            while (_entries[before].Next != index)
            {
                before = _entries[before].Next;
            }

            _entries[before].Next = entry.Next;
        }

        _liveBytes -= entry.Length;
        _deadBytes += entry.Length;
        entry = new Entry { Next = _free };
        _free = index;
        Count--;
    }

    /// <summary>Names of rooms that ended are given back once they are more than those that live.</summary>
    private void Compact()
    {
        if (_deadBytes <= Math.Max(_liveBytes, PageSize))
        {
            return;
        }

        var old = _pages.ToArray();
        _pages.Clear();
        _pageEnd = PageSize;
        _liveBytes = _deadBytes = 0;
        for (var index = 0; index < _used; index++)
        {
            ref var entry = ref _entries[index];
            if (entry.IsUsed)
            {
                var moved = Store(old[entry.Page].AsSpan(entry.Start, entry.Length));
                entry.Page = moved.Page;
                entry.Start = moved.Start;
            }
        }
    }

    private void Grow()
    {
        var capacity = (int)Math.Min((long)_entries.Length * 2, Math.Max(_maxRooms, 16));
        Array.Resize(ref _entries, capacity);
        Array.Resize(ref _sets, capacity * _words);
        _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)capacity)];
        for (var index = 0; index < _used; index++)
        {
            ref var entry = ref _entries[index];
            if (entry.IsUsed)
            {
                ref var bucket = ref _buckets[entry.Hash & (uint)(_buckets.Length - 1)];
                entry.Next = bucket - 1;
                bucket = index + 1;
            }
        }
    }

    private struct Entry
    {
        public uint Hash;
        public int Next;
        public int Page;
        public ushort Start;
        public ushort Length;
        public bool IsUsed;
    }
}
