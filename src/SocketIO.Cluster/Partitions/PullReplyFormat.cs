// A pull's answer on its way to the partition: in parts, because a gateway may have many rooms and a long tail.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>Writes and gathers the parts of a <see cref="PullReply"/>.</summary>
/// <remarks>
/// part = version type gateway epoch attempt index parts bytes;
/// the bytes together = count *room tail count *coverage count *(publisher number) retained history
/// </remarks>
internal static class PullReplyFormat
{
    /// <summary>The most bytes of a part.</summary>
    public const int PartBytes = 1 << 20;

    /// <summary>The most parts of an answer.</summary>
    public const int MaxParts = 1 << 10;

    /// <summary>The most rooms of a gateway.</summary>
    public const int MaxRooms = 1 << 24;

    /// <summary>Writes all parts.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="attempt">Higher than that of any other answer to the same pull.</param>
    /// <param name="send">Takes each part.</param>
    public static void Write(PullReply reply, long attempt, Action<ReadOnlyMemory<byte>> send)
    {
        var body = new ArrayBufferWriter<byte>(reply.Tail.Length + reply.Retained.Length + reply.History.Length + (32 * reply.Rooms.Count) + 64);
        BatchFormat.WriteNumber(body, reply.Rooms.Count);
        foreach (var room in reply.Rooms)
        {
            BatchFormat.WriteBytes(body, room.Span);
        }

        BatchFormat.WriteBytes(body, reply.Tail.Span);
        Coverage.Write(body, reply.Coverage);

        BatchFormat.WriteNumber(body, reply.Forgotten.Count);
        foreach (var (publisher, number) in reply.Forgotten)
        {
            BatchFormat.WriteGateway(body, publisher);
            BatchFormat.WriteNumber(body, number);
        }

        BatchFormat.WriteBytes(body, reply.Retained.Span);
        BatchFormat.WriteBytes(body, reply.History.Span);
        var parts = (body.WrittenCount + PartBytes - 1) / PartBytes;
        for (var i = 0; i < parts; i++)
        {
            var bytes = body.WrittenSpan[(i * PartBytes)..Math.Min((i + 1) * PartBytes, body.WrittenCount)];
            var part = new ArrayBufferWriter<byte>(bytes.Length + 64);
            BatchFormat.WriteHeader(part, BatchType.PullReply);
            BatchFormat.WriteGateway(part, reply.Gateway);
            BatchFormat.WriteNumber(part, reply.Epoch);
            BatchFormat.WriteNumber(part, attempt);
            BatchFormat.WriteNumber(part, i);
            BatchFormat.WriteNumber(part, parts);
            BatchFormat.WriteBytes(part, bytes);
            send(part.WrittenMemory);
        }
    }

    private static PullReply Read(GatewayId gateway, long epoch, ReadOnlyMemory<byte> body)
    {
        var reader = new BatchSpanReader(body.Span);
        var rooms = new ReadOnlyMemory<byte>[reader.ReadCount(MaxRooms, "rooms of a gateway")];
        for (var i = 0; i < rooms.Length; i++)
        {
            rooms[i] = reader.ReadSlice(body, BatchFormat.MaxRoomBytes, "bytes of a room's name");
        }

        var tail = reader.ReadSlice(body, int.MaxValue, "bytes of a tail");
        var coverage = Coverage.Read(ref reader);

        var forgotten = new KeyValuePair<GatewayId, long>[reader.ReadCount(BatchFormat.MaxItems, "publishers")];
        for (var i = 0; i < forgotten.Length; i++)
        {
            forgotten[i] = KeyValuePair.Create(reader.ReadGateway(), reader.ReadNumber());
        }

        var retained = reader.ReadSlice(body, int.MaxValue, "bytes of what is not accepted");
        var history = reader.ReadSlice(body, int.MaxValue, "bytes of a history");
        reader.ReadEnd();
        return new PullReply(gateway, epoch, rooms, tail, coverage, forgotten, retained, history);
    }

    /// <summary>Gathers the parts of all gateways' answers to one partition. A later attempt of a gateway replaces what is there of an earlier one.</summary>
    /// <param name="epoch">The partition's epoch; parts for another one are passed over.</param>
    /// <param name="isAwaited">Whether a gateway's answer is waited for; parts of others are passed over.</param>
    internal sealed class Gatherer(long epoch, Predicate<GatewayId> isAwaited)
    {
        private readonly Dictionary<GatewayId, Gathering> _gathering = [];

        /// <summary>A part has arrived.</summary>
        /// <returns>The answer, if this was its last missing part.</returns>
        /// <exception cref="BatchFormatException">It can't be read.</exception>
        public PullReply? Add(ReadOnlyMemory<byte> message)
        {
            var reader = new BatchSpanReader(message.Span);
            reader.ReadHeader(BatchType.PullReply);
            var gateway = reader.ReadGateway();
            var ofEpoch = reader.ReadNumber();
            var attempt = reader.ReadNumber();
            var index = reader.ReadNumber();
            var parts = reader.ReadNumber();
            var bytes = reader.ReadSlice(message, PartBytes, "bytes of a part");
            reader.ReadEnd();
            if (parts is < 1 or > MaxParts || index >= parts)
            {
                throw new BatchFormatException($"There is no part {index} of {parts}; an answer has at most {MaxParts}.");
            }

            if (ofEpoch != epoch || !isAwaited(gateway))
            {
                return null;
            }

            if (!_gathering.TryGetValue(gateway, out var gathering) || gathering.Attempt < attempt)
            {
                _gathering[gateway] = gathering = new Gathering(attempt, new ReadOnlyMemory<byte>?[parts]);
            }

            if (gathering.Attempt != attempt || gathering.Parts.Length != parts)
            {
                return null;
            }

            gathering.Parts[index] = bytes;
            if (Array.Exists(gathering.Parts, static part => part is null))
            {
                return null;
            }

            _gathering.Remove(gateway);
            return Read(gateway, epoch, Join(gathering.Parts));
        }

        /// <summary>A gateway is dead: nothing is kept of it.</summary>
        public void Remove(GatewayId gateway) => _gathering.Remove(gateway);

        private static ReadOnlyMemory<byte> Join(ReadOnlyMemory<byte>?[] parts)
        {
            if (parts is [{ } single])
            {
                return single;
            }

            var body = new byte[parts.Sum(static part => part!.Value.Length)];
            var position = 0;
            foreach (var part in parts)
            {
                part!.Value.CopyTo(body.AsMemory(position));
                position += part.Value.Length;
            }

            return body;
        }

        private sealed record Gathering(long Attempt, ReadOnlyMemory<byte>?[] Parts);
    }
}
