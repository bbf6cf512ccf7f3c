// What a client that comes back has missed: what the log holds of its rooms behind the last offset that it saw.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>A gateway's question for a part of the log.</summary>
/// <remarks>
/// question = version type gateway request epoch sequence count *room. The answer comes in parts, each with a list of *(epoch sequence item) in the order of the
/// log; no part at all says that the log does not cover the offset.
/// </remarks>
/// <param name="Gateway">Who asks.</param>
/// <param name="Request">The number of the question.</param>
/// <param name="After">The last offset that the client saw.</param>
/// <param name="Rooms">The client's rooms.</param>
internal sealed record LogQuery(GatewayId Gateway, long Request, Offset After, HashSet<byte[]> Rooms)
{
    private const int PartBytes = 256 << 10;

    public static ReadOnlyMemory<byte> Write(GatewayId gateway, long request, Offset after, IReadOnlyCollection<string> rooms)
    {
        var writer = new ArrayBufferWriter<byte>(64 + (32 * rooms.Count));
        BatchFormat.WriteHeader(writer, BatchType.Query);
        BatchFormat.WriteGateway(writer, gateway);
        BatchFormat.WriteNumber(writer, request);
        BatchFormat.WriteNumber(writer, after.Epoch);
        BatchFormat.WriteNumber(writer, after.Sequence);
        BatchFormat.WriteNumber(writer, rooms.Count);
        foreach (var room in rooms)
        {
            BatchFormat.WriteBytes(writer, Encoding.UTF8.GetBytes(room));
        }

        return writer.WrittenMemory;
    }

    /// <exception cref="BatchFormatException">It is no question.</exception>
    public static LogQuery Read(ReadOnlyMemory<byte> message)
    {
        var reader = new BatchSpanReader(message.Span);
        reader.ReadHeader(BatchType.Query);
        var gateway = reader.ReadGateway();
        var request = reader.ReadNumber();
        var after = new Offset(reader.ReadNumber(), reader.ReadNumber());
        var rooms = new HashSet<byte[]>(ByteStringComparer.Instance);
        for (var left = reader.ReadCount(BatchFormat.MaxRooms, "rooms"); left > 0; left--)
        {
            rooms.Add(reader.ReadBytes(BatchFormat.MaxRoomBytes, "bytes of a room's name").ToArray());
        }

        reader.ReadEnd();
        return new LogQuery(gateway, request, after, rooms);
    }

    /// <summary>Reads a part of an answer.</summary>
    /// <exception cref="BatchFormatException">It is none.</exception>
    public static IEnumerable<(Offset Offset, EventPayload Payload)> ReadPart(ReadOnlyMemory<byte> part)
    {
        var reader = new BatchSpanReader(part.Span);
        var items = new List<(Offset, EventPayload)>();
        while (!reader.IsAtEnd)
        {
            var offset = new Offset(reader.ReadNumber(), reader.ReadNumber());
            var item = reader.ReadSlice(part, BatchFormat.MaxItemBytes, "bytes of an item");
            items.Add((offset, new RelayItemReader(item.Span).ReadBody(item).Payload));
        }

        return items;
    }

    /// <summary>Sends the answer.</summary>
    public void Answer(PartitionLog log, long epoch, PartitionOptions options, Action<ReadOnlyMemory<byte>> send)
    {
        var parts = new List<EventPayload>();
        if (TryFind(log, epoch, out var position))
        {
            Collect(log, position, options.MaxMissedBytes, parts);
        }

        Send(BatchType.AnswerCount, parts.Count, EventPayload.Empty);
        for (var i = 0; i < parts.Count; i++)
        {
            Send(BatchType.Answer, i, parts[i]);
        }

        void Send(BatchType type, int number, EventPayload payload) => send(new GatewayMessage(type, default, Request, number, payload).Write());
    }

    /// <summary>Whether all that was sequenced behind the offset is in the log, and from where.</summary>
    private bool TryFind(PartitionLog log, long epoch, out long position)
    {
        position = After.Sequence;
        if (After.Epoch == epoch)
        {
            return position == log.Floor || (position > log.Floor && position <= log.Head && log[position].Offset == After);
        }

        // Of an earlier epoch this one has what the gateways held: it covers the offset if nothing is missing in between.
        var isFound = false;
        var last = After;
        for (var next = log.Floor + 1; next <= log.Head; next++)
        {
            var offset = log[next].Offset;
            if (offset.Epoch == epoch)
            {
                continue;
            }

            if (!isFound)
            {
                (isFound, position) = (offset == After, next);
            }
            else if (offset.Epoch != last.Epoch || offset.Sequence != last.Sequence + 1)
            {
                return false;
            }

            last = offset;
        }

        return isFound;
    }

    private void Collect(PartitionLog log, long position, int maxBytes, List<EventPayload> parts)
    {
        var part = new ArrayBufferWriter<byte>();
        var bytes = 0L;
        while (++position <= log.Head)
        {
            ref readonly var entry = ref log[position];
            if (!IsMissed(entry.Item))
            {
                continue;
            }

            bytes += entry.Item.Length;
            if (bytes > maxBytes)
            {
                parts.Clear();
                return;
            }

            BatchFormat.WriteNumber(part, entry.Offset.Epoch);
            BatchFormat.WriteNumber(part, entry.Offset.Sequence);
            BatchFormat.WriteBytes(part, entry.Item.Span);
            if (part.WrittenCount >= PartBytes)
            {
                parts.Add(new EventPayload(part.WrittenMemory));
                part = new ArrayBufferWriter<byte>();
            }
        }

        parts.Add(new EventPayload(part.WrittenMemory));
    }

    private bool IsMissed(ReadOnlyMemory<byte> item)
    {
        var reader = new RelayItemReader(item.Span);
        if (reader.Kind != RelayItemKind.Broadcast || (reader.Flags & (RelayItemFlags.Volatile | RelayItemFlags.ExpectsAnswer)) != 0)
        {
            return false;
        }

        var rooms = Rooms.GetAlternateLookup<ReadOnlySpan<byte>>();
        var isFor = reader.RoomCount == 0;
        while (reader.TryReadRoom(out var room))
        {
            isFor |= rooms.Contains(room);
        }

        if (!isFor)
        {
            return false;
        }

        foreach (var except in reader.ReadBody(item).Except)
        {
            if (rooms.Contains(except.Span))
            {
                return false;
            }
        }

        return true;
    }

    private sealed class ByteStringComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static ByteStringComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
