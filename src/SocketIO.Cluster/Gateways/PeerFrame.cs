using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>A message of a <see cref="PeerChannel"/>, or only an acknowledgement.</summary>
/// <remarks>frame = version type gateway number acknowledged message</remarks>
/// <param name="From">Who sends it.</param>
/// <param name="Number">The message's number, from 1; 0: there is none.</param>
/// <param name="Acknowledged">The number up to which the sender has received what the receiver has sent.</param>
/// <param name="Message">The message.</param>
internal readonly record struct PeerFrame(GatewayId From, long Number, long Acknowledged, ReadOnlyMemory<byte> Message)
{
    /// <param name="frame">Its bytes; the message is a slice of them.</param>
    /// <exception cref="BatchFormatException">It is none.</exception>
    public static PeerFrame Read(ReadOnlyMemory<byte> frame)
    {
        var reader = new BatchSpanReader(frame.Span);
        reader.ReadHeader(BatchType.Peer);
        var read = new PeerFrame(
            reader.ReadGateway(),
            reader.ReadNumber(),
            reader.ReadNumber(),
            reader.ReadSlice(frame, BatchFormat.MaxItemBytes, "bytes of a message"));
        reader.ReadEnd();
        return read;
    }

    public ReadOnlyMemory<byte> Write()
    {
        var writer = new ArrayBufferWriter<byte>(40 + Message.Length);
        BatchFormat.WriteHeader(writer, BatchType.Peer);
        BatchFormat.WriteGateway(writer, From);
        BatchFormat.WriteNumber(writer, Number);
        BatchFormat.WriteNumber(writer, Acknowledged);
        BatchFormat.WriteBytes(writer, Message.Span);
        return writer.WrittenMemory;
    }
}
