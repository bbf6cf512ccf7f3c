// What one call between silos carries: all the messages that have gathered since the last one.
using System.Buffers;
using System.Text;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>A message of a frame.</summary>
/// <param name="Partition">The partition that has sent it; <see langword="null"/>: a gateway has.</param>
/// <param name="Message">It, as the cluster's rules wrote it.</param>
internal readonly record struct FrameEntry(PartitionKey? Partition, ReadOnlyMemory<byte> Message)
{
    /// <summary>What it takes of a bound in bytes.</summary>
    public int Size => Message.Length + (Partition is { } partition ? 16 + (2 * partition.Namespace.Length) : 16);
}

/// <summary>Writes and reads frames.</summary>
/// <remarks>frame = version *entry; entry = sender message; sender = 0 / 1 index namespace; message and namespace = length *byte</remarks>
internal static class Frame
{
    private const byte FromGateway = 0;
    private const byte FromPartition = 1;

    /// <summary>Writes a frame.</summary>
    public static byte[] Write(IReadOnlyList<FrameEntry> entries)
    {
        var size = 1;
        foreach (var entry in entries)
        {
            size += entry.Size;
        }

        var writer = new ArrayBufferWriter<byte>(size);
        writer.GetSpan(1)[0] = BatchFormat.CurrentVersion;
        writer.Advance(1);
        foreach (var (partition, message) in entries)
        {
            writer.GetSpan(1)[0] = partition is null ? FromGateway : FromPartition;
            writer.Advance(1);
            if (partition is { } sender)
            {
                BatchFormat.WriteNumber(writer, sender.Index);
                BatchFormat.WriteBytes(writer, Encoding.UTF8.GetBytes(sender.Namespace));
            }

            BatchFormat.WriteBytes(writer, message.Span);
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a frame to its end.</summary>
    /// <exception cref="BatchFormatException">It is none, or of a version that is not known here.</exception>
    public static List<FrameEntry> Read(byte[] frame)
    {
        var reader = new BatchSpanReader(frame);
        BatchFormat.CheckVersion(reader.ReadByte());
        var entries = new List<FrameEntry>();
        while (!reader.IsAtEnd)
        {
            PartitionKey? partition = reader.ReadByte() switch
            {
                FromGateway => null,
                FromPartition => ReadPartition(ref reader),
                var other => throw new BatchFormatException($"A frame has a message of an unknown sender, {other}."),
            };
            entries.Add(new FrameEntry(partition, reader.ReadSlice(frame, int.MaxValue, "bytes")));
        }

        return entries;
    }

    private static PartitionKey ReadPartition(ref BatchSpanReader reader)
    {
        var index = reader.ReadInt32("partitions");
        return new PartitionKey(Encoding.UTF8.GetString(reader.ReadBytes(BatchFormat.MaxRoomBytes, "bytes of a name")), index);
    }
}
