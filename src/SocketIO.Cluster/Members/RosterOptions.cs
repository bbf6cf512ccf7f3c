namespace SocketIO.Cluster;

/// <summary>The bounds of a roster.</summary>
internal sealed class RosterOptions
{
    /// <summary>The most members of a room; a join beyond it is refused with <see cref="RosterOutcome.Full"/>. Exact while the roster is one shard, and within one journal of each shard after.</summary>
    public long MaxMembersPerRoom { get; init; } = 10_000_000;

    /// <summary>Changes that a shard's head gathers before they are folded into its body.</summary>
    public int JournalEntries { get; init; } = 32;

    /// <summary>A shard with more members splits.</summary>
    public int MaxShardEntries { get; init; } = 256;

    /// <summary>A shard with more bytes splits.</summary>
    public int MaxShardBytes { get; init; } = 32 * 1024;

    /// <summary>A shard that was split takes its members back when its parts hold no more than so many together: far fewer than make it split.</summary>
    public int MergeEntries { get; init; } = 64;

    /// <summary>Shards held in memory; the least recently used ones are dropped first, and read again when needed.</summary>
    public int MaxLoadedShards { get; init; } = 16_384;

    /// <summary>With more shards than this in memory, only their heads are kept: a body is read when it is folded or listed.</summary>
    public int MaxLoadedBodies { get; init; } = 64;

    /// <summary>Changes and readings that wait for the storage; those beyond are refused with <see cref="RosterOutcome.Unavailable"/>.</summary>
    public int MaxPending { get; init; } = 4096;

    /// <summary>The most entries of a page.</summary>
    public int MaxPageSize { get; init; } = 1000;

    /// <summary>Shards read for one page: a page may be short, or empty, and still name a next one.</summary>
    public int MaxShardsPerPage { get; init; } = 64;

    /// <summary>How far the stored number of members may lag behind, once the roster has split.</summary>
    public int CountInterval { get; init; } = 64;

    /// <summary>Failed attempts of a shard, one after another, before what waits for it is answered <see cref="RosterOutcome.Unavailable"/>.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>The pause after a storage operation of unknown outcome.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);
}
