namespace SocketIO.Cluster;

/// <summary>What a partition knows of one gateway: whether it takes part, what it publishes, and what it was delivered.</summary>
/// <param name="id">Which.</param>
/// <param name="slot">Its bit in sets of gateways.</param>
internal sealed class PartitionGateway(GatewayId id, int slot)
{
    public GatewayId Id { get; } = id;

    public int Slot { get; } = slot;

    /// <summary>Its answer to the pull; <see langword="null"/>: not there yet.</summary>
    public PullReply? Reply { get; set; }

    /// <summary>When the pull went out that is not answered.</summary>
    public TimeSpan? PulledAt { get; set; }

    /// <summary>Whether the read of the epoch that is under way began after its answer.</summary>
    public bool IsConfirming { get; set; }

    /// <summary>Whether it takes part; before, nothing is sent to it or taken from it.</summary>
    public bool IsAdmitted { get; set; }

    /// <summary>As a publisher: the number of its own next item.</summary>
    public long Expected { get; set; }

    /// <summary>As a publisher: its own items up to this number are with all their receivers.</summary>
    public long Accepted { get; set; }

    /// <summary>As a receiver: its place in the log.</summary>
    public DeliveryCursor Cursor { get; } = new();
}
