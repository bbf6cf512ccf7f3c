using System.Buffers;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>An <see cref="EventPayload"/> inside a batch.</summary>
/// <remarks>payload = json count *attachment</remarks>
internal static class PayloadFormat
{
    public static void Write(IBufferWriter<byte> writer, EventPayload? payload)
    {
        BatchFormat.WriteBytes(writer, payload is null ? default : payload.Json.Span);
        var attachments = payload is null ? default : payload.Attachments.Span;
        BatchFormat.WriteNumber(writer, attachments.Length);
        foreach (var attachment in attachments)
        {
            BatchFormat.WriteBytes(writer, attachment.Span);
        }
    }

    /// <param name="reader">Stands at the payload.</param>
    /// <param name="memory">What it reads; the payload keeps slices of it.</param>
    public static EventPayload Read(ref BatchSpanReader reader, ReadOnlyMemory<byte> memory)
    {
        var json = reader.ReadSlice(memory, BatchFormat.MaxItemBytes, "bytes");
        var count = reader.ReadCount(BatchFormat.MaxAttachments, "attachments");
        if (count == 0)
        {
            return new EventPayload(json);
        }

        var attachments = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            attachments[i] = reader.ReadSlice(memory, BatchFormat.MaxItemBytes, "bytes");
        }

        return new EventPayload(json, attachments);
    }
}
