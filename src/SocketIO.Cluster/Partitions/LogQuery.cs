// What a client that comes back has missed: what the log holds of its rooms behind the last offset that it saw.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>A gateway's question for a part of the log.</summary>
/// <remarks>
/// question = version type gateway request epoch sequence place-epoch place-position count *room. The answer comes in parts, each with a list of
/// *(position epoch sequence publisher number item) in the order of the log; no part at all says that the log does not cover the offset. What stands in the log
/// behind the gateway's place is not part of it: that is still to be delivered. A client that has seen more than its new gateway has to wait for it to catch
/// up; then, and while the gateway stands in another epoch's order, there is no answer, and it asks again.
/// </remarks>
/// <param name="Gateway">Who asks.</param>
/// <param name="Request">The number of the question.</param>
/// <param name="After">The last offset that the client saw.</param>
/// <param name="Place">Up to where the gateway has received.</param>
/// <param name="Rooms">The client's rooms.</param>
internal sealed record LogQuery(GatewayId Gateway, long Request, Offset After, Place Place, HashSet<byte[]> Rooms)
{
    private const int PartBytes = 256 << 10;

    public static ReadOnlyMemory<byte> Write(GatewayId gateway, long request, Offset after, Place place, IReadOnlyCollection<string> rooms)
    {
        var writer = new ArrayBufferWriter<byte>(64 + (32 * rooms.Count));
        BatchFormat.WriteHeader(writer, BatchType.Query);
        BatchFormat.WriteGateway(writer, gateway);
        BatchFormat.WriteNumber(writer, request);
        BatchFormat.WriteNumber(writer, after.Epoch);
        BatchFormat.WriteNumber(writer, after.Sequence);
        BatchFormat.WriteNumber(writer, place.Epoch);
        BatchFormat.WriteNumber(writer, place.Position);
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
        var place = new Place(reader.ReadNumber(), reader.ReadNumber());
        var rooms = new HashSet<byte[]>(ByteStringComparer.Instance);
        for (var left = reader.ReadCount(BatchFormat.MaxRooms, "rooms"); left > 0; left--)
        {
            rooms.Add(reader.ReadBytes(BatchFormat.MaxRoomBytes, "bytes of a room's name").ToArray());
        }

        reader.ReadEnd();
        return new LogQuery(gateway, request, after, place, rooms);
    }

    /// <summary>Reads a part of an answer; what came before the log of this epoch has no position.</summary>
    /// <exception cref="BatchFormatException">It is none.</exception>
    public static List<SequencedItem> ReadPart(ReadOnlyMemory<byte> part)
    {
        var reader = new BatchSpanReader(part.Span);
        var items = new List<SequencedItem>();
        while (!reader.IsAtEnd)
        {
            var position = reader.ReadNumber();
            var offset = new Offset(reader.ReadNumber(), reader.ReadNumber());
            var publisher = reader.ReadGateway();
            var number = reader.ReadNumber();
            var item = reader.ReadSlice(part, BatchFormat.MaxItemBytes, "bytes of an item");
            RelayItemReader.ValidateRooms(item.Span);
            items.Add(new SequencedItem(position, offset, publisher, number, item));
        }

        return items;
    }

    /// <summary>Sends the answer, if there is one yet.</summary>
    public void Answer(PartitionLog log, Admission admission, long epoch, PartitionOptions options, Action<ReadOnlyMemory<byte>> send)
    {
        if (Place.Epoch != epoch || After.Epoch > epoch)
        {
            return;
        }

        var parts = new List<EventPayload>();
        if (TryFind(log, epoch, out var position))
        {
            if (position > Place.Position)
            {
                return;
            }

            if (position > admission.Restored.Cut)
            {
                Collect(Behind(log, position), IsDoubtful, options.MaxMissedBytes, parts);
            }
        }
        else if (log.Floor == 0 && admission.History is { } history && history.TryRead(After, out var before))
        {
            position = 0;
            Collect(before.Select(static item => item with { Position = 0 }).Concat(Behind(log, 0)), IsDoubtful, options.MaxMissedBytes, parts);
        }

        Send(BatchType.AnswerCount, parts.Count, EventPayload.Empty);
        for (var i = 0; i < parts.Count; i++)
        {
            Send(BatchType.Answer, i, parts[i]);
        }

        // It may have been seen by the client under another offset: in an epoch that the client has known, and behind something that nobody knows any more.
        bool IsDoubtful(SequencedItem item)
        {
            foreach (var earlier in admission.Restored.Coverage)
            {
                if (earlier.Heir == item.Offset.Epoch && item.Offset.Sequence <= earlier.Fresh && earlier.Epoch >= After.Epoch
                    && (earlier.Heir != epoch || position > admission.Restored.Certain))
                {
                    return true;
                }
            }

            return false;
        }

        void Send(BatchType type, int number, EventPayload payload) => send(new GatewayMessage(type, default, Request, number, payload).Write());
    }

    private IEnumerable<SequencedItem> Behind(PartitionLog log, long position)
    {
        var end = Math.Min(Place.Position, log.Head);
        while (++position <= end)
        {
            var entry = log[position];
            yield return new SequencedItem(position, entry.Offset, entry.Publisher, entry.Number, entry.Item);
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

    private void Collect(IEnumerable<SequencedItem> items, Func<SequencedItem, bool> isDoubtful, int maxBytes, List<EventPayload> parts)
    {
        var part = new ArrayBufferWriter<byte>();
        var bytes = 0L;
        foreach (var item in items)
        {
            if (!IsMissed(item.Item))
            {
                continue;
            }

            bytes += item.Item.Length;
            if (bytes > maxBytes || isDoubtful(item))
            {
                parts.Clear();
                return;
            }

            BatchFormat.WriteNumber(part, item.Position);
            BatchFormat.WriteNumber(part, item.Offset.Epoch);
            BatchFormat.WriteNumber(part, item.Offset.Sequence);
            BatchFormat.WriteGateway(part, item.Publisher);
            BatchFormat.WriteNumber(part, item.Number);
            BatchFormat.WriteBytes(part, item.Item.Span);
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
