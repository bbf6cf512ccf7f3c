// The shards of a roster that are in memory: the tree as far as it is known.
namespace SocketIO.Cluster;

/// <summary>Finds shards by hash, and drops those that were not used for longest.</summary>
/// <param name="key">The key of the uppermost shard.</param>
/// <param name="options">The bounds.</param>
internal sealed class RosterShards(string key, RosterOptions options)
{
    private readonly Dictionary<(int Depth, ulong Start), RosterShard> _below = [];
    private long _uses;

    /// <summary>The uppermost shard, which stays in memory.</summary>
    public RosterShard Root { get; } = new(key, 0, 0);

    public int Count => _below.Count + 1;

    /// <summary>Whether bodies are kept in memory.</summary>
    public bool KeepsBodies => _below.Count < options.MaxLoadedBodies;

    /// <summary>The lowest shard for a hash as far as the branches are known.</summary>
    public RosterShard Find(ulong hash)
    {
        var shard = Root;
        while (shard.Head is { IsBranch: true } branch)
        {
            shard.LastUsed = ++_uses;
            var child = shard.ChildOf(hash);
            var start = shard.ChildStart(child);
            if (!_below.TryGetValue((shard.Depth + 1, start), out var next))
            {
                next = new RosterShard(shard.ChildKey(child, branch.Generation), shard.Depth + 1, start);
                _below.Add((next.Depth, start), next);
            }

            shard = next;
        }

        shard.LastUsed = ++_uses;
        return shard;
    }

    /// <summary>Drops the quarter of the shards that was not used for longest, where nothing is under way.</summary>
    public void Evict()
    {
        if (_below.Count <= options.MaxLoadedShards)
        {
            return;
        }

        var idle = _below.Values.Where(shard => shard.Step == RosterStep.Idle && !shard.HasWork).OrderBy(shard => shard.LastUsed);
        foreach (var shard in idle.Take(Math.Max(1, _below.Count - (options.MaxLoadedShards * 3 / 4))).ToArray())
        {
            _below.Remove((shard.Depth, shard.Start));
        }
    }
}
