namespace SocketIO.Cluster;

/// <summary>The bounds of a partition.</summary>
internal sealed record PartitionOptions
{
    /// <summary>The most gateways; further ones are not pulled and get nothing.</summary>
    public int MaxGateways { get; init; } = 256;

    /// <summary>The most rooms with a route; a gateway whose further room finds no place gets everything, and filters it.</summary>
    public int MaxRooms { get; init; } = 4_000_000;

    /// <summary>The most items of the log; the oldest go first, and a gateway that had not acknowledged them is told its loss.</summary>
    public int MaxLogPackets { get; init; } = 100_000;

    /// <summary>The most bytes of the log's items; the oldest go first, but the latest stays.</summary>
    public long MaxLogBytes { get; init; } = 64 << 20;

    /// <summary>The most items of one delivery.</summary>
    public int MaxBatchItems { get; init; } = 256;

    /// <summary>The bytes at which a delivery is full; a single item may be larger.</summary>
    public int MaxBatchBytes { get; init; } = 64 << 10;

    /// <summary>The most bytes of what a client that comes back has missed; one that missed more gets a fresh session.</summary>
    public int MaxMissedBytes { get; init; } = 4 << 20;

    /// <summary>After how many settled positions a gateway hears of it even where nothing else is sent to it.</summary>
    public int SettleEvery { get; init; } = 256;

    /// <summary>How long a pull or a delivery stays unanswered before it is sent again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);
}
