using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>
/// Reads an item in the order of its fields. A partition stops after the rooms, which is all that it needs; a gateway reads on.
/// </summary>
internal ref struct RelayItemReader
{
    private BatchSpanReader _reader;
    private int _roomsLeft;

    /// <exception cref="BatchFormatException">These are not the first bytes of an item.</exception>
    public RelayItemReader(ReadOnlySpan<byte> item)
    {
        _reader = new BatchSpanReader(item);
        var kind = _reader.ReadByte();
        if (kind is < (byte)RelayItemKind.Broadcast or > (byte)RelayItemKind.FetchSockets)
        {
            throw new BatchFormatException($"An item of kind {kind} is not known to this node.");
        }

        Kind = (RelayItemKind)kind;
        Flags = (RelayItemFlags)_reader.ReadByte();
        _roomsLeft = RoomCount = _reader.ReadCount(BatchFormat.MaxRooms, "rooms");
    }

    public RelayItemKind Kind { get; }

    public RelayItemFlags Flags { get; }

    public int RoomCount { get; }

    /// <summary>Reads as much of an item as a partition does.</summary>
    /// <exception cref="BatchFormatException">A partition can't route it.</exception>
    public static void ValidateRooms(ReadOnlySpan<byte> item)
    {
        var reader = new RelayItemReader(item);
        while (reader.TryReadRoom(out _))
        {
        }
    }

    /// <summary>The next room's name.</summary>
    public bool TryReadRoom(out ReadOnlySpan<byte> room)
    {
        if (_roomsLeft == 0)
        {
            room = default;
            return false;
        }

        _roomsLeft--;
        room = _reader.ReadBytes(BatchFormat.MaxRoomBytes, "bytes of a room's name");
        return true;
    }

    /// <summary>What follows the rooms; those not yet read are passed over.</summary>
    /// <param name="item">The item that this reads; the body keeps slices of it.</param>
    public RelayItemBody ReadBody(ReadOnlyMemory<byte> item)
    {
        while (TryReadRoom(out _))
        {
        }

        var excepted = _reader.ReadCount(BatchFormat.MaxRooms, "exceptions");
        var except = excepted == 0 ? [] : new ReadOnlyMemory<byte>[excepted];
        for (var i = 0; i < except.Length; i++)
        {
            except[i] = _reader.ReadSlice(item, BatchFormat.MaxRoomBytes, "bytes of a room's name");
        }

        var requestId = _reader.ReadNumber();
        var timeout = TimeSpan.FromMilliseconds(Math.Min(_reader.ReadNumber(), int.MaxValue));
        var origin = _reader.ReadGateway();
        var payload = PayloadFormat.Read(ref _reader, item);
        _reader.ReadEnd();
        return new RelayItemBody(except, requestId, timeout, origin, payload);
    }
}

/// <summary>What only the receivers read of an item.</summary>
/// <param name="Except">The rooms whose sockets are left out.</param>
/// <param name="RequestId">What an answer names; 0: none is expected.</param>
/// <param name="Timeout">How long its sender waits for answers.</param>
/// <param name="Origin">Where an answer goes.</param>
/// <param name="Payload">The event, or what the kind needs.</param>
internal sealed record RelayItemBody(IReadOnlyList<ReadOnlyMemory<byte>> Except, long RequestId, TimeSpan Timeout, GatewayId Origin, EventPayload Payload);
