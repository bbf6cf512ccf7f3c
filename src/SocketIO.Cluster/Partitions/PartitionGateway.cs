namespace SocketIO.Cluster;

/// <summary>What a partition knows of one gateway.</summary>
internal sealed class PartitionGateway(GatewayId id, int slot)
{
    public GatewayId Id { get; } = id;

    public int Slot { get; } = slot;

    /// <summary>Its answer to the pull; <see langword="null"/>: not there yet.</summary>
    public PullReply? Reply { get; set; }

    /// <summary>Whether the read of the epoch that is under way began after its answer.</summary>
    public bool IsConfirming { get; set; }

    /// <summary>Whether it takes part; before, nothing is sent to it or taken from it.</summary>
    public bool IsAdmitted { get; set; }

    /// <summary>When the pull went out that is not answered.</summary>
    public TimeSpan? PulledAt { get; set; }

    /// <summary>Whether it has acknowledged its first delivery of this epoch.</summary>
    public bool IsInstalled { get; set; }

    /// <summary>The first delivery reaches from here …</summary>
    public long InstallAfter { get; set; }

    /// <summary>… to here, as one batch.</summary>
    public long InstallThrough { get; set; }

    /// <summary>It has all that is its own up to here.</summary>
    public long Acked { get; set; }

    /// <summary>The last delivery reached to here.</summary>
    public long Cursor { get; set; }

    /// <summary>The latest item that is for it.</summary>
    public long LastRouted { get; set; }

    /// <summary>When the delivery went out that is not acknowledged.</summary>
    public TimeSpan? SentAt { get; set; }

    public long SentThrough { get; set; }

    public long SentSettled { get; set; }

    public bool SentLost { get; set; }

    public long SentAccepted { get; set; }

    /// <summary>Something for it was dropped from the log before it had it.</summary>
    public bool Lost { get; set; }

    /// <summary>The number of its own next item.</summary>
    public long Expected { get; set; }

    /// <summary>Its own items up to this number are with all their receivers.</summary>
    public long Accepted { get; set; }

    /// <summary>As much of that as it knows.</summary>
    public long AckedAccepted { get; set; }

    /// <summary>It knows what was accepted up to this position.</summary>
    public long AckedSettled { get; set; }

    /// <summary>Whether something for it is not acknowledged.</summary>
    public bool IsBehind => !IsInstalled || LastRouted > Acked;
}
