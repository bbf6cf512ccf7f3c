using System.Buffers;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>A session's data as it is stored.</summary>
internal static class SessionDataFormat
{
    public static byte[] Write(EventPayload data)
    {
        var writer = new ArrayBufferWriter<byte>(data.Length + 16);
        PayloadFormat.Write(writer, data);
        return writer.WrittenSpan.ToArray();
    }

    /// <exception cref="BatchFormatException">It is nothing of the kind.</exception>
    public static EventPayload Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return EventPayload.Empty;
        }

        var reader = new BatchSpanReader(bytes.Span);
        var payload = PayloadFormat.Read(ref reader, bytes);
        reader.ReadEnd();
        return payload;
    }
}
