// The shards of a roster that are in memory: the tree as far as it is known.
using System.Diagnostics.CodeAnalysis;

namespace SocketIO.Cluster;

/// <summary>Finds shards by hash, and drops those that were not used for longest.</summary>
/// <param name="key">The key of the uppermost shard.</param>
/// <param name="options">The bounds.</param>
internal sealed class RosterShards(string key, RosterOptions options)
{
    private readonly Dictionary<(int Depth, ulong Start), RosterShard> _below = [];
    private readonly Queue<RosterShard> _due = new();
    private long _uses;

    /// <summary>The uppermost shard, which stays in memory.</summary>
    public RosterShard Root { get; } = new(key, 0, 0);

    public int Count => _below.Count + 1;

    /// <summary>Whether bodies are kept in memory.</summary>
    public bool KeepsBodies => _below.Count < options.MaxLoadedBodies;

    /// <summary>The lowest shard for a hash as far as the branches are known; a branch that merges keeps what is for its children.</summary>
    public RosterShard Find(ulong hash)
    {
        var shard = Root;
        while (shard.Head is { IsBranch: true, Merge: 0 })
        {
            shard.LastUsed = ++_uses;
            var child = shard.ChildOf(hash);
            var start = shard.ChildStart(child);
            if (!_below.TryGetValue((shard.Depth + 1, start), out var next))
            {
                next = new RosterShard(shard.ChildKey(child), shard.Depth + 1, start);
                _below.Add((next.Depth, start), next);
            }

            next.Parent = shard;
            shard = next;
        }

        shard.LastUsed = ++_uses;
        return shard;
    }

    /// <summary>A leaf has become small, or was found to be: its branch may take it back.</summary>
    /// <param name="leaf">The leaf.</param>
    /// <param name="members">How many members it has.</param>
    /// <param name="lost">How many it has lost.</param>
    public void LookForMerge(RosterShard leaf, int members, long lost)
    {
        if (leaf.Parent is not { } branch)
        {
            return;
        }

        branch.MergeDebt -= lost;
        if (branch.MergeDebt <= 0 && members <= options.MergeEntries / RosterHead.Children)
        {
            Due(branch);
        }
    }

    /// <summary>A branch has become a leaf: so may the one above it.</summary>
    public void LookForMergeAbove(RosterShard merged)
    {
        if (merged.Parent is { } branch)
        {
            branch.MergeDebt = 0;
            Due(branch);
        }
    }

    /// <summary>The next branch that is to look whether it can merge.</summary>
    public bool TryTakeDue([MaybeNullWhen(false)] out RosterShard branch) => _due.TryDequeue(out branch);

    /// <summary>A branch has become a leaf: its children have nothing any more.</summary>
    public void DropChildren(RosterShard branch)
    {
        for (var child = 0; child < RosterHead.Children; child++)
        {
            var place = (branch.Depth + 1, branch.ChildStart(child));
            if (_below.TryGetValue(place, out var shard) && CanGo(shard))
            {
                _below.Remove(place);
            }
        }
    }

    /// <summary>Drops the quarter of the shards that was not used for longest, where nothing is under way.</summary>
    public void Evict()
    {
        if (_below.Count <= options.MaxLoadedShards)
        {
            return;
        }

        var idle = _below.Values.Where(CanGo).OrderBy(shard => shard.LastUsed);
        foreach (var shard in idle.Take(Math.Max(1, _below.Count - (options.MaxLoadedShards * 3 / 4))).ToArray())
        {
            _below.Remove((shard.Depth, shard.Start));
        }
    }

    private void Due(RosterShard branch)
    {
        if (!branch.MergeIsDue)
        {
            branch.MergeIsDue = true;
            _due.Enqueue(branch);
        }
    }

    private static bool CanGo(RosterShard shard) => shard.Step == RosterStep.Idle && !shard.HasWork;
}
