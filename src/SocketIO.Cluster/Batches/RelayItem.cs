// One packet on its way through the cluster: encoded once by its publisher, read by the gateways, copied as it is by all between.
using System.Buffers;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>Flags of an item that its receivers apply.</summary>
[Flags]
internal enum RelayItemFlags : byte
{
    None = 0,
    Volatile = 1,
    NoCompress = 2,
    Close = 4,
    ExpectsAnswer = 8,
    // The publisher does it on behalf of somebody who is no server: it is one of those that are meant.
    FromOutside = 16,
}

/// <summary>Writes items.</summary>
/// <remarks>item = kind flags count *room count *room request-id timeout origin payload</remarks>
internal static class RelayItem
{
    /// <summary>An item as memory of its own.</summary>
    public static ReadOnlyMemory<byte> Create(
        RelayItemKind kind,
        RelayItemFlags flags,
        ReadOnlySpan<ReadOnlyMemory<byte>> rooms,
        ReadOnlySpan<ReadOnlyMemory<byte>> except,
        long requestId,
        TimeSpan timeout,
        GatewayId origin,
        EventPayload? payload)
    {
        // One allocation for all but many long names.
        var writer = new ArrayBufferWriter<byte>(64 + (32 * (rooms.Length + except.Length)) + (payload?.Length ?? 0) + (10 * payload?.Attachments.Length ?? 0));
        Write(writer, kind, flags, rooms, except, requestId, origin, payload, timeout);
        return writer.WrittenMemory;
    }

    public static void Write(
        IBufferWriter<byte> writer,
        RelayItemKind kind,
        RelayItemFlags flags,
        ReadOnlySpan<ReadOnlyMemory<byte>> rooms,
        ReadOnlySpan<ReadOnlyMemory<byte>> except,
        long requestId,
        GatewayId origin,
        EventPayload? payload,
        TimeSpan timeout = default)
    {
        var span = writer.GetSpan(2);
        span[0] = (byte)kind;
        span[1] = (byte)flags;
        writer.Advance(2);
        WriteList(writer, rooms);
        WriteList(writer, except);
        BatchFormat.WriteNumber(writer, requestId);
        BatchFormat.WriteNumber(writer, (long)timeout.TotalMilliseconds);
        BatchFormat.WriteGateway(writer, origin);
        PayloadFormat.Write(writer, payload);
    }

    private static void WriteList(IBufferWriter<byte> writer, ReadOnlySpan<ReadOnlyMemory<byte>> names)
    {
        BatchFormat.WriteNumber(writer, names.Length);
        foreach (var name in names)
        {
            BatchFormat.WriteBytes(writer, name.Span);
        }
    }
}
