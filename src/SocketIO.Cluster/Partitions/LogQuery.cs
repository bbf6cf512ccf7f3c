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
    public void Answer(PartitionLog log, LogHistory? history, long epoch, PartitionOptions options, Action<ReadOnlyMemory<byte>> send)
    {
        var parts = new List<EventPayload>();
        if (TryFind(log, epoch, out var position))
        {
            Collect(Behind(log, position), options.MaxMissedBytes, parts);
        }
        else if (log.Floor == 0 && history is not null && history.TryRead(After, out var before))
        {
            Collect(before.Select(static item => (item.Offset, item.Item)).Concat(Behind(log, 0)), options.MaxMissedBytes, parts);
        }

        Send(BatchType.AnswerCount, parts.Count, EventPayload.Empty);
        for (var i = 0; i < parts.Count; i++)
        {
            Send(BatchType.Answer, i, parts[i]);
        }

        void Send(BatchType type, int number, EventPayload payload) => send(new GatewayMessage(type, default, Request, number, payload).Write());
    }

    private static IEnumerable<(Offset Offset, ReadOnlyMemory<byte> Item)> Behind(PartitionLog log, long position)
    {
        while (++position <= log.Head)
        {
            yield return (log[position].Offset, log[position].Item);
        }
    }

    /// <summary>Whether the offset's item is in the log, and where; all that came behind it is there as well.</summary>
    private bool TryFind(PartitionLog log, long epoch, out long position)
    {
        position = After.Sequence;
        if (After.Epoch == epoch)
        {
            return position == log.Floor || (position > log.Floor && position <= log.Head && log[position].Offset == After);
        }

        for (position = log.Floor + 1; position <= log.Head; position++)
        {
            if (log[position].Offset == After)
            {
                return true;
            }
        }

        return false;
    }

    private void Collect(IEnumerable<(Offset Offset, ReadOnlyMemory<byte> Item)> items, int maxBytes, List<EventPayload> parts)
    {
        var part = new ArrayBufferWriter<byte>();
        var bytes = 0L;
        foreach (var (offset, item) in items)
        {
            if (!IsMissed(item))
            {
                continue;
            }

            bytes += item.Length;
            if (bytes > maxBytes)
            {
                parts.Clear();
                return;
            }

            BatchFormat.WriteNumber(part, offset.Epoch);
            BatchFormat.WriteNumber(part, offset.Sequence);
            BatchFormat.WriteBytes(part, item.Span);
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
