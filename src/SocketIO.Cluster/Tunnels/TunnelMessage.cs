// The messages of a WebSocket that one gateway carries for a session of another, on their way between the two.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>What the end of a tunnel tells the other.</summary>
internal enum TunnelMessageKind : byte
{
    /// <summary>Bytes of the WebSocket.</summary>
    Data,

    /// <summary>So many more bytes may be sent.</summary>
    Credit,

    /// <summary>No more bytes follow. The owner's is the last of all; the edge's says that the client has ended its half.</summary>
    End,

    /// <summary>The tunnel is over, whatever is still on its way.</summary>
    Abort,
}

/// <summary>A message of a tunnel; it arrives once and in order (<see cref="PeerChannel"/>).</summary>
/// <remarks>message = version type edge number kind credit bytes</remarks>
/// <param name="Tunnel">Which.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Credit">With <see cref="TunnelMessageKind.Credit"/>: the bytes.</param>
/// <param name="Bytes">With <see cref="TunnelMessageKind.Data"/>: they.</param>
internal readonly record struct TunnelMessage(TunnelId Tunnel, TunnelMessageKind Kind, long Credit = 0, ReadOnlySequence<byte> Bytes = default)
{
    /// <summary>The most bytes of a WebSocket in one message.</summary>
    public const int MaxBytes = 32 << 10;

    /// <param name="message">Its bytes; the data is a slice of them.</param>
    /// <exception cref="BatchFormatException">It is none.</exception>
    public static TunnelMessage Read(ReadOnlyMemory<byte> message)
    {
        var reader = new BatchSpanReader(message.Span);
        reader.ReadHeader(BatchType.Tunnel);
        var tunnel = new TunnelId(reader.ReadGateway(), reader.ReadNumber());
        var kind = reader.ReadByte();
        if (kind > (byte)TunnelMessageKind.Abort)
        {
            throw new BatchFormatException($"A message of a tunnel of kind {kind} is not known to this node: it knows those up to {(byte)TunnelMessageKind.Abort}.");
        }

        var credit = reader.ReadNumber();
        var bytes = reader.ReadSlice(message, MaxBytes, "bytes of a WebSocket");
        reader.ReadEnd();
        return new TunnelMessage(tunnel, (TunnelMessageKind)kind, credit, new ReadOnlySequence<byte>(bytes));
    }

    public ReadOnlyMemory<byte> Write()
    {
        var writer = new ArrayBufferWriter<byte>(40 + (int)Bytes.Length);
        BatchFormat.WriteHeader(writer, BatchType.Tunnel);
        BatchFormat.WriteGateway(writer, Tunnel.Edge);
        BatchFormat.WriteNumber(writer, Tunnel.Number);
        writer.GetSpan(1)[0] = (byte)Kind;
        writer.Advance(1);
        BatchFormat.WriteNumber(writer, Credit);
        BatchFormat.WriteNumber(writer, Bytes.Length);
        foreach (var segment in Bytes)
        {
            writer.Write(segment.Span);
        }

        return writer.WrittenMemory;
    }
}

/// <summary>Names a tunnel.</summary>
/// <param name="Edge">The gateway that carries the client's connection.</param>
/// <param name="Number">The number there of the request that began it.</param>
internal readonly record struct TunnelId(GatewayId Edge, long Number);
