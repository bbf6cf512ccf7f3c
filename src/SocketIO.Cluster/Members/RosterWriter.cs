// How the head of a shard is written: with what was added, with a new body, or as what a split or a merge makes of it.
namespace SocketIO.Cluster;

/// <summary>Appends to leaves, folds them and writes their heads. Only the write of a head decides anything; see <see cref="RosterHead"/>.</summary>
internal sealed class RosterWriter(RosterOptions options, RosterShards shards, RosterOperations operations, RosterReplies replies, RosterTotal total)
{
    /// <summary>What a new head has to name as obsolete: the body that it does without, or one that may still be there.</summary>
    public static ulong ObsoleteOf(RosterShard shard, RosterHead head) =>
        head.BodyVersion > 0 ? head.BodyVersion : shard.ObsoleteIsGone ? 0 : head.Obsolete;

    /// <summary>Adds to a leaf's journal what it has room for.</summary>
    /// <returns><see langword="false"/>: it needs the body first.</returns>
    public bool Append(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        var append = RosterAppend.Of(shard, head, total.Value, options);
        shard.Changes.RemoveRange(0, append.Taken);
        foreach (var (change, outcome) in append.Answered)
        {
            replies.Answer(change, outcome, outputs);
        }

        if (append.Written.Count == 0)
        {
            return !append.NeedsBody;
        }

        shard.Writing.AddRange(append.Written);
        WriteHead(
            shard,
            head with { Version = head.Version + 1, Closed = 0, Obsolete = shard.ObsoleteIsGone ? 0 : head.Obsolete, Journal = append.Journal },
            outputs);
        return true;
    }

    /// <summary>Puts what a full journal holds into a new body.</summary>
    /// <param name="shard">The leaf.</param>
    /// <param name="head">Its head.</param>
    /// <param name="members">Its members.</param>
    /// <param name="outputs">Gets what is to be done.</param>
    public void Fold(RosterShard shard, RosterHead head, RosterEntry[] members, List<RosterOutput> outputs)
    {
        var next = head with { Version = head.Version + 1, Closed = 0, Obsolete = ObsoleteOf(shard, head), Journal = [] };
        WriteBody(shard, next, members, head.Version, outputs);
    }

    /// <summary>Stores a body, and then a head that names it; without members only the head.</summary>
    /// <param name="shard">Whose.</param>
    /// <param name="next">The head to be, but for the body.</param>
    /// <param name="members">The body.</param>
    /// <param name="version">The version that names it, which decides its content.</param>
    /// <param name="outputs">Gets what is to be done.</param>
    public void WriteBody(RosterShard shard, RosterHead next, RosterEntry[] members, ulong version, List<RosterOutput> outputs)
    {
        shard.NextBody = members;
        shard.Next = next with { BodyVersion = members.Length > 0 ? version : 0, BodyCount = members.Length };
        if (members.Length == 0)
        {
            WriteHead(shard, shard.Next, outputs);
            return;
        }

        shard.Step = RosterStep.WritingBody;
        operations.Begin(shard, StorageOperation.Store, shard.BodyKey(version), null, RosterBody.Write(members), outputs);
    }

    /// <summary>Stores the number of members with the uppermost branch.</summary>
    public void WriteTotal(RosterShard root, RosterHead head, List<RosterOutput> outputs) =>
        WriteHead(root, head with { Version = head.Version + 1, Obsolete = root.ObsoleteIsGone ? 0 : head.Obsolete, Total = total.Value }, outputs);

    public void WriteHead(RosterShard shard, RosterHead next, List<RosterOutput> outputs)
    {
        shard.Next = next;
        shard.Step = RosterStep.WritingHead;
        operations.Begin(shard, StorageOperation.Store, shard.Key, shard.ETag, next.Write(), outputs);
    }

    /// <summary>A body was written, or not.</summary>
    public void OnBodyWritten(RosterShard shard, in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        // A conflict says that it is there already: its name decides its content.
        if (result.Outcome is StorageOutcome.Done or StorageOutcome.Conflict)
        {
            WriteHead(shard, shard.Next!, outputs);
        }
        else
        {
            replies.Failed(shard, now, outputs);
        }
    }

    /// <summary>A head was written, or not.</summary>
    public void OnHeadWritten(RosterShard shard, in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        switch (result.Outcome)
        {
            case StorageOutcome.Done:
                Written(shard, shard.Head!, shard.Next!, result.ETag, outputs);
                break;
            case StorageOutcome.Conflict:
                replies.ReadAgain(shard, outputs);
                break;
            default:
                replies.Failed(shard, now, outputs);
                break;
        }
    }

    private void Written(RosterShard shard, RosterHead head, RosterHead next, string? etag, List<RosterOutput> outputs)
    {
        var members = next.IsBranch ? shard.NextBody?.Length ?? 0 : shard.NextBody?.Length ?? next.Believed;
        if (!head.IsBranch)
        {
            total.Add(members - head.Believed);
        }
        else if (!next.IsBranch)
        {
            EndMerge(shard, members, outputs);
        }

        // A body was folded: it is the one now. Changes that were added: it is still the same.
        shard.Body = shards.KeepsBodies && !next.IsBranch ? shard.NextBody ?? shard.Body : null;
        shard.Adopt(next, etag);
        if (shard.NextBody is not null)
        {
            operations.ClearObsolete(shard, outputs);
            shard.Children = null;
        }

        shard.Next = null;
        shard.NextBody = null;
        shard.Attempts = 0;
        foreach (var change in shard.Writing)
        {
            replies.Answer(change, RosterOutcome.Done, outputs);
        }

        shard.Writing.Clear();
        if (head.IsBranch && !next.IsBranch)
        {
            shards.LookForMergeAbove(shard);
        }
        else if (!next.IsBranch && members < head.Believed)
        {
            shards.LookForMerge(shard, members, head.Believed - members);
        }
    }

    /// <summary>A branch has taken its members back.</summary>
    private void EndMerge(RosterShard shard, int members, List<RosterOutput> outputs)
    {
        shard.MergeIsDue = false;
        if (shard == shards.Root)
        {
            total.Restart(members);
        }

        foreach (var child in shard.Children!)
        {
            if (child.Head is { Obsolete: > 0 } closed)
            {
                operations.Clear(RosterShard.BodyKey(child.Key, closed.Obsolete), outputs);
            }
        }

        shards.DropChildren(shard);
    }
}
