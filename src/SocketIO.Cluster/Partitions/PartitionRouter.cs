// For whom an item is: the routes of its rooms, the hints of socket ids, and those who get everything.
using System.Numerics;

namespace SocketIO.Cluster;

/// <summary>A partition's routes. Sets of gateways are words with a bit for each slot.</summary>
/// <param name="options">The bounds.</param>
/// <param name="seed">For the hashes of the route table.</param>
internal sealed class PartitionRouter(PartitionOptions options, int seed)
{
    private const int Copies = 2;


    private readonly RouteTable _rooms = new(options.MaxGateways, options.MaxRooms, seed);
    private readonly uint[] _hints = new uint[options.MaxGateways];
    private readonly ulong[] _all = new ulong[(options.MaxGateways + 63) / 64];
    private readonly ulong[] _keepers = new ulong[(options.MaxGateways + 63) / 64];
    private readonly ulong[] _everything = new ulong[(options.MaxGateways + 63) / 64];

    private int _nextKeeper;

    /// <summary>How many rooms have a route.</summary>
    public int Count => _rooms.Count;

    /// <summary>The words of a set.</summary>
    public int Words => _rooms.Words;

    /// <summary>A gateway takes part, with the rooms that it wants.</summary>
    public void Add(PartitionGateway gateway, IReadOnlyCollection<ReadOnlyMemory<byte>> rooms, bool keepsHistory)
    {
        if (keepsHistory)
        {
            Set(_keepers, gateway.Slot);
        }

        _hints[gateway.Slot] = SocketIdHint.Of(gateway.Id);
        Set(_all, gateway.Slot);
        foreach (var room in rooms)
        {
            Join(room.Span, gateway.Slot);
        }
    }

    /// <summary>A gateway is dead: nothing is for it any more.</summary>
    public void Remove(PartitionGateway gateway)
    {
        _hints[gateway.Slot] = 0;
        _rooms.RemoveAll(gateway.Slot);
        Clear(_all, gateway.Slot);
        Clear(_everything, gateway.Slot);
        Clear(_keepers, gateway.Slot);
    }

    /// <summary>Adds all that take part to a set.</summary>
    public void RouteToAll(Span<ulong> routes) => _all.CopyTo(routes);

    /// <summary>Adds those that an item is for to a set; a join or leave takes effect.</summary>
    public void Route(ReadOnlySpan<byte> item, PartitionGateway publisher, Span<ulong> routes)
    {
        var reader = new RelayItemReader(item);
        if (reader.Kind is RelayItemKind.Join or RelayItemKind.Leave)
        {
            Change(reader, publisher.Slot);
            // It comes back in its place in the order: that completes the join.
            Set(routes, publisher.Slot);
        }
        else if (reader.RoomCount == 0)
        {
            RouteToAll(routes);
        }
        else
        {
            RouteToRooms(reader, routes);
        }

        if ((reader.Flags & RelayItemFlags.ExpectsAnswer) != 0)
        {
            // It comes back with its audience: that tells whose answers are to be waited for.
            Set(routes, publisher.Slot);
        }

        AddKeepers(routes);
    }

    /// <summary>Where histories are kept, two gateways at least get each item: with the death of one nothing is forgotten that a client may come back for.</summary>
    private void AddKeepers(Span<ulong> routes)
    {
        var missing = Copies;
        for (var word = 0; word < routes.Length; word++)
        {
            missing -= BitOperations.PopCount(routes[word] & _keepers[word]);
        }

        // In turn, so that all bear the same.
        for (var tried = 0; missing > 0 && tried < _hints.Length; tried++)
        {
            _nextKeeper = _nextKeeper + 1 < _hints.Length ? _nextKeeper + 1 : 0;
            var bit = 1UL << _nextKeeper;
            if ((_keepers[_nextKeeper >> 6] & ~routes[_nextKeeper >> 6] & bit) != 0)
            {
                routes[_nextKeeper >> 6] |= bit;
                missing--;
            }
        }
    }

    private static void Set(Span<ulong> set, int slot) => set[slot >> 6] |= 1UL << slot;

    private static void Clear(ulong[] set, int slot) => set[slot >> 6] &= ~(1UL << slot);

    private void RouteToRooms(RelayItemReader reader, Span<ulong> routes)
    {
        _everything.CopyTo(routes);
        while (reader.TryReadRoom(out var room))
        {
            _rooms.Union(room, routes);
            if (room.Length == SocketIdHint.SocketIdLength)
            {
                UnionHinted(SocketIdHint.Read(room), routes);
            }
        }
    }

    private void Change(RelayItemReader reader, int slot)
    {
        while (reader.TryReadRoom(out var room))
        {
            if (reader.Kind == RelayItemKind.Join)
            {
                Join(room, slot);
            }
            else
            {
                _rooms.Remove(room, slot);
            }
        }
    }

    private void Join(ReadOnlySpan<byte> room, int slot)
    {
        if (!_rooms.TryAdd(room, slot))
        {
            // The table is full: this gateway gets everything and filters it. That costs, and is right.
            Set(_everything, slot);
        }
    }

    private void UnionHinted(uint hint, Span<ulong> routes)
    {
        for (var slot = 0; slot < _hints.Length; slot++)
        {
            var next = _hints.AsSpan(slot).IndexOf(hint);
            if (next < 0)
            {
                return;
            }

            slot += next;
            // A free slot has a hint that a name may spell.
            routes[slot >> 6] |= _all[slot >> 6] & (1UL << slot);
        }
    }
}
