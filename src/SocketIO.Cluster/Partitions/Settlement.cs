// How far everybody has what is his: the positions that decide what may be forgotten, and by whom.
namespace SocketIO.Cluster;

/// <summary>Follows the receivers' acknowledgements through the log, and tells the publishers what of theirs is accepted.</summary>
internal sealed class Settlement(PartitionLog log, PartitionGateways gateways)
{
    /// <summary>Everything up to this position is with all that it was for, or lost to them and they are told.</summary>
    public long Settled { get; private set; }

    /// <summary>Nobody needs anything up to this position again: tails end there, where every publisher knows what was accepted, so that none sends again what no tail shows.</summary>
    public long Stable { get; private set; }

    /// <summary>The last position that was dropped before somebody had it.</summary>
    public long Forced { get; private set; }

    /// <summary>Finds what every gateway that it was for has acknowledged.</summary>
    public void Update()
    {
        var settled = log.Head;
        var stable = log.Head;
        foreach (var gateway in gateways)
        {
            if (gateway.IsAdmitted)
            {
                settled = gateway.Cursor.IsBehind ? Math.Min(settled, gateway.Cursor.Acked) : settled;
                stable = Math.Min(stable, gateway.Cursor.AckedSettled);
            }
        }

        SettleThrough(settled);
        Stable = Math.Max(Stable, stable);
    }

    /// <summary>The oldest item has to go: whoever does not have it yet has lost it.</summary>
    public void Drop()
    {
        var position = log.Floor + 1;
        if (position > Settled)
        {
            foreach (var gateway in gateways)
            {
                if (gateway.Cursor.Acked < position && log.IsFor(position, gateway.Slot))
                {
                    gateway.Cursor.IsLost = true;
                    Forced = position;
                }
            }

            SettleThrough(position);
        }

        log.DropOldest();
    }

    private void SettleThrough(long position)
    {
        PartitionGateway? publisher = null;
        while (Settled < position)
        {
            ref readonly var entry = ref log[++Settled];
            if (publisher?.Id == entry.Publisher || gateways.TryGet(entry.Publisher, out publisher))
            {
                publisher!.Accepted = Math.Max(publisher.Accepted, entry.Number);
            }
        }
    }
}
