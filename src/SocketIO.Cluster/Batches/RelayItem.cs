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
}

/// <summary>Writes items.</summary>
/// <remarks>item = kind flags count *room count *room request-id origin json count *attachment</remarks>
internal static class RelayItem
{
    public static void Write(
        IBufferWriter<byte> writer,
        RelayItemKind kind,
        RelayItemFlags flags,
        ReadOnlySpan<ReadOnlyMemory<byte>> rooms,
        ReadOnlySpan<ReadOnlyMemory<byte>> except,
        long requestId,
        GatewayId origin,
        EventPayload? payload)
    {
        var span = writer.GetSpan(2);
        span[0] = (byte)kind;
        span[1] = (byte)flags;
        writer.Advance(2);
        WriteList(writer, rooms);
        WriteList(writer, except);
        BatchFormat.WriteNumber(writer, requestId);
        BatchFormat.WriteGateway(writer, origin);
        BatchFormat.WriteBytes(writer, payload is null ? default : payload.Json.Span);
        var attachments = payload is null ? default : payload.Attachments.Span;
        BatchFormat.WriteNumber(writer, attachments.Length);
        foreach (var attachment in attachments)
        {
            BatchFormat.WriteBytes(writer, attachment.Span);
        }
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
