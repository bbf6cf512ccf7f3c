// The envelope that all batches share: version, type. Numbers are LEB128, at most ten bytes; ids are eight bytes, little endian.
using System.Buffers;
using System.Buffers.Binary;

namespace SocketIO.Cluster;

internal enum BatchType : byte
{
    /// <summary>Publisher to partition: numbered items.</summary>
    Publish = 1,

    /// <summary>Partition to gateway: sequenced items; also the form in which a gateway hands over its tail.</summary>
    Delivery = 2,

    /// <summary>Gateway to partition: it has something to publish, or only wants it to live.</summary>
    Wake = 16,

    /// <summary>Gateway to partition: everything is here up to the position.</summary>
    Acknowledge = 17,

    /// <summary>Gateway to partition: something is missing.</summary>
    Refetch = 18,

    /// <summary>Gateway to partition: a higher epoch is known.</summary>
    Refuse = 19,

    /// <summary>Partition to gateway: asks for a <see cref="PullReply"/>.</summary>
    Pull = 20,

    /// <summary>Partition to publisher: the number of its item that is expected next.</summary>
    Received = 21,

    /// <summary>Gateway to partition: a part of a <see cref="SocketIO.Cluster.PullReply"/>.</summary>
    PullReply = 22,

    /// <summary>Gateway to partition: asks for what the log holds of some rooms behind an offset. It is answered as another gateway would.</summary>
    Query = 23,

    /// <summary>A part of a <see cref="SocketIO.Cluster.PullReply"/>: a <see cref="GatewayHistory"/>.</summary>
    History = 24,

    /// <summary>Gateway to gateway: how many answers there will be.</summary>
    AnswerCount = 32,

    /// <summary>Gateway to gateway: an answer.</summary>
    Answer = 33,

    /// <summary>Gateway to gateway: the session of the payload's private id goes on at the sender; it is answered with what its owner knew of it.</summary>
    Evict = 34,

    /// <summary>Gateway to gateway: a <see cref="SocketIO.Cluster.PollingRequest"/> for a session of the other.</summary>
    PollingRequest = 35,

    /// <summary>Gateway to gateway: a <see cref="SocketIO.Cluster.PollingAnswer"/>.</summary>
    PollingAnswer = 36,

    /// <summary>Gateway to gateway: a <see cref="SocketIO.Cluster.PeerFrame"/>, which carries messages that must arrive once and in order.</summary>
    Peer = 37,

    /// <summary>Gateway to gateway: a <see cref="SocketIO.Cluster.TunnelMessage"/>.</summary>
    Tunnel = 38,
}

/// <summary>Versions and bounds of the batch format.</summary>
internal static class BatchFormat
{
    /// <summary>The version that is written. It and the one before are read, so that a cluster can be upgraded node by node.</summary>
    public const byte CurrentVersion = 1;

    /// <summary>The first version that ever was.</summary>
    public const byte FirstVersion = 1;

    /// <summary>The most items of one batch.</summary>
    public const int MaxItems = 1 << 20;

    /// <summary>The most bytes of one item: what a publisher's own bound on messages is far below.</summary>
    public const int MaxItemBytes = 256 << 20;

    /// <summary>The most rooms or exceptions of one item.</summary>
    public const int MaxRooms = 1 << 16;

    /// <summary>The most bytes of a room's name.</summary>
    public const int MaxRoomBytes = ushort.MaxValue;

    /// <summary>The most attachments of one item.</summary>
    public const int MaxAttachments = 1 << 10;

    /// <summary>The most bytes of a session's id.</summary>
    public const int MaxSessionIdBytes = 1 << 10;

    /// <summary>Refuses a version other than the current one and the one before it.</summary>
    /// <exception cref="BatchFormatException">The version can't be read; both versions are named.</exception>
    public static void CheckVersion(byte version, byte current = CurrentVersion)
    {
        if (version < FirstVersion || version > current || version < current - 1)
        {
            throw new BatchFormatException(
                $"A batch of format version {version} can't be read: this node writes version {current} and reads {Math.Max(FirstVersion, current - 1)} to {current}. "
                + "Upgrade the nodes of a cluster one version at a time.");
        }
    }

    /// <summary>What a message is, whatever follows.</summary>
    /// <exception cref="BatchFormatException">It is too short to say.</exception>
    public static BatchType TypeOf(ReadOnlySpan<byte> message) =>
        message.Length > 1 ? (BatchType)message[1] : throw new BatchFormatException("A message has to begin with its version and its type.");

    public static void WriteHeader(IBufferWriter<byte> writer, BatchType type)
    {
        var span = writer.GetSpan(2);
        span[0] = CurrentVersion;
        span[1] = (byte)type;
        writer.Advance(2);
    }

    public static void WriteNumber(IBufferWriter<byte> writer, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        var span = writer.GetSpan(10);
        var length = 0;
        for (var rest = (ulong)value; ; rest >>= 7)
        {
            if (rest < 0x80)
            {
                span[length++] = (byte)rest;
                break;
            }

            span[length++] = (byte)(rest | 0x80);
        }

        writer.Advance(length);
    }

    public static void WriteGateway(IBufferWriter<byte> writer, GatewayId gateway)
    {
        BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(8), gateway.Value);
        writer.Advance(8);
    }

    public static void WriteBytes(IBufferWriter<byte> writer, ReadOnlySpan<byte> bytes)
    {
        WriteNumber(writer, bytes.Length);
        writer.Write(bytes);
    }
}
