using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>What waits in a session's outbound queue: a packet of its own or a shared message.</summary>
internal readonly struct OutboundItem
{
    // About what an entry costs beside its bytes, so that many small packets are bounded as well.
    private const int Overhead = 64;

    public OutboundItem(EncodedMessage shared)
    {
        Shared = shared;
        Compress = shared.Compress;
        Length = shared.Length + Overhead;
    }

    public OutboundItem(in EnginePacket packet, bool compress)
    {
        Packet = packet;
        Compress = compress;
        Length = packet.Data.Length + Overhead;
    }

    public EncodedMessage? Shared { get; }

    public EnginePacket Packet { get; }

    public bool Compress { get; }

    public int Length { get; }
}
