// Clients before 0.7 are in a namespace by being there, or by sending to it: what they send before the server has let them in waits.
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>What a client has sent while it is let into a namespace, in order. While it waits, nothing more is read from the client.</summary>
internal sealed class HeldPackets
{
    // Reading stops at once, but a payload that has been read may hold so many still.
    private const int Most = 4096;

    private readonly Lock _gate = new();
    private readonly Queue<Packet> _packets = new();
    private bool _holds;

    /// <summary>Begins to hold; false: it does already.</summary>
    public bool Begin()
    {
        lock (_gate)
        {
            var begins = !_holds;
            _holds = true;
            return begins;
        }
    }

    /// <summary>Takes a packet in, if packets are held.</summary>
    /// <param name="packet">The packet; a copy of it is kept.</param>
    /// <param name="isDropped">Whether there are too many, and it is not kept.</param>
    public bool TryHold(in Packet packet, out bool isDropped)
    {
        lock (_gate)
        {
            isDropped = _holds && _packets.Count == Most;
            if (_holds && !isDropped)
            {
                _packets.Enqueue(packet.Detach());
            }

            return _holds;
        }
    }

    /// <summary>Takes the next packet out; with none left, packets are held no more.</summary>
    public bool TryTake(out Packet packet)
    {
        lock (_gate)
        {
            _holds = _packets.TryDequeue(out packet);
            return _holds;
        }
    }
}
