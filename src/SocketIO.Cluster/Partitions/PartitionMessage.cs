// What gateways and partitions say to each other beside publications, deliveries and answers to pulls.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>A control message between a gateway and a partition.</summary>
/// <remarks>message = version type gateway epoch position settled</remarks>
/// <param name="Type">What it says.</param>
/// <param name="Gateway">The gateway that says it, or that it is said to.</param>
/// <param name="Epoch">The epoch that it is about.</param>
/// <param name="Position">A position or the number of an item.</param>
/// <param name="Settled">With <see cref="BatchType.Acknowledge"/>: the settled position that was told.</param>
internal readonly record struct PartitionMessage(BatchType Type, GatewayId Gateway, long Epoch = 0, long Position = 0, long Settled = 0)
{
    /// <exception cref="BatchFormatException">It is none.</exception>
    public static PartitionMessage Read(ReadOnlySpan<byte> message)
    {
        var reader = new BatchSpanReader(message);
        var type = BatchFormat.TypeOf(message);
        reader.ReadHeader(type);
        var read = new PartitionMessage(type, reader.ReadGateway(), reader.ReadNumber(), reader.ReadNumber(), reader.ReadNumber());
        reader.ReadEnd();
        return read;
    }

    public ReadOnlyMemory<byte> Write()
    {
        var writer = new ArrayBufferWriter<byte>(40);
        BatchFormat.WriteHeader(writer, Type);
        BatchFormat.WriteGateway(writer, Gateway);
        BatchFormat.WriteNumber(writer, Epoch);
        BatchFormat.WriteNumber(writer, Position);
        BatchFormat.WriteNumber(writer, Settled);
        return writer.WrittenMemory;
    }
}
