// How a shard changes: its head is written with what was added, and when its journal is full a new body or sixteen children are written first.
namespace SocketIO.Cluster;

/// <summary>Appends to shards, folds and splits them. Only the write of a head decides anything; see <see cref="RosterHead"/>.</summary>
internal sealed class RosterWriter(RosterOptions options, RosterShards shards, RosterOperations operations, RosterReplies replies, RosterTotal total)
{
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
        WriteHead(shard, new RosterHead
        {
            Version = head.Version + 1,
            Obsolete = shard.ObsoleteIsGone ? 0 : head.Obsolete,
            BodyVersion = head.BodyVersion,
            BodyCount = head.BodyCount,
            Journal = append.Journal,
        }, outputs);
        return true;
    }

    /// <summary>Makes of a leaf whose journal is full one with a new body, or a branch.</summary>
    public void FoldOrSplit(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        var members = RosterBody.Merge(shard.Body!, head.Journal);
        shard.NextBody = members;
        shard.StepFailed = false;
        if (shard.Depth < RosterHead.MaxDepth && (members.Length > options.MaxShardEntries || members.Sum(member => member.StoredBytes) > options.MaxShardBytes))
        {
            Split(shard, head, members, outputs);
        }
        else
        {
            Fold(shard, head, members, outputs);
        }
    }

    /// <summary>Stores the number of members with the uppermost branch.</summary>
    public void WriteTotal(RosterShard root, RosterHead head, List<RosterOutput> outputs) =>
        WriteHead(root, new RosterHead { Version = head.Version + 1, Generation = head.Generation, Total = total.Value }, outputs);

    /// <summary>A part of a new body or of the children was written.</summary>
    public void OnPartWritten(RosterShard shard, in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        // A conflict says that it is there already: its name decides its content.
        shard.StepFailed |= result.Outcome is not (StorageOutcome.Done or StorageOutcome.Conflict);
        if (--shard.Outstanding > 0)
        {
            return;
        }

        shard.Step = RosterStep.Idle;
        if (shard.StepFailed)
        {
            replies.Failed(shard, now, outputs);
        }
        else
        {
            WriteHead(shard, shard.Next!, outputs);
        }
    }

    /// <summary>A head was written, or not.</summary>
    public void OnHeadWritten(RosterShard shard, in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        shard.Outstanding = 0;
        shard.Step = RosterStep.Idle;
        switch (result.Outcome)
        {
            case StorageOutcome.Done:
                Written(shard, result.ETag, outputs);
                break;
            case StorageOutcome.Conflict:
                replies.ReadAgain(shard, outputs);
                break;
            default:
                replies.Failed(shard, now, outputs);
                break;
        }
    }

    private void Written(RosterShard shard, string? etag, List<RosterOutput> outputs)
    {
        var next = shard.Next!;
        if (!shard.Head!.IsBranch)
        {
            total.Add((shard.NextBody?.Length ?? next.Believed) - shard.Head.Believed);
        }

        // A body was folded: it is the one now. Changes that were added: it is still the same.
        shard.Body = shards.KeepsBodies && !next.IsBranch ? shard.NextBody ?? shard.Body : null;
        shard.Adopt(next, etag);
        if (shard.NextBody is not null)
        {
            operations.ClearObsolete(shard, outputs);
        }

        shard.Next = null;
        shard.NextBody = null;
        shard.Attempts = 0;
        foreach (var change in shard.Writing)
        {
            replies.Answer(change, RosterOutcome.Done, outputs);
        }

        shard.Writing.Clear();
    }

    private void Fold(RosterShard shard, RosterHead head, RosterEntry[] members, List<RosterOutput> outputs)
    {
        shard.Next = new RosterHead
        {
            Version = head.Version + 1,
            Obsolete = head.BodyVersion,
            BodyVersion = members.Length > 0 ? head.Version : 0,
            BodyCount = members.Length,
        };
        if (members.Length == 0)
        {
            WriteHead(shard, shard.Next, outputs);
            return;
        }

        shard.Step = RosterStep.WritingParts;
        operations.Begin(shard, StorageOperation.Store, shard.BodyKey(head.Version), null, RosterBody.Write(members), outputs);
    }

    private void Split(RosterShard shard, RosterHead head, RosterEntry[] members, List<RosterOutput> outputs)
    {
        shard.Next = new RosterHead
        {
            Version = head.Version + 1,
            Obsolete = head.BodyVersion,
            Generation = head.Version,
            Total = shard == shards.Root ? total.Value + members.Length - head.Believed : 0,
        };
        shard.Step = RosterStep.WritingParts;
        var children = members.ToLookup(member => shard.ChildOf(member.Hash));
        for (var child = 0; child < RosterHead.Children; child++)
        {
            var first = new RosterHead { Version = 1, Journal = [.. children[child]] };
            operations.Begin(shard, StorageOperation.Store, shard.ChildKey(child, head.Version), null, first.Write(), outputs);
        }
    }

    private void WriteHead(RosterShard shard, RosterHead next, List<RosterOutput> outputs)
    {
        shard.Next = next;
        shard.Step = RosterStep.WritingHead;
        operations.Begin(shard, StorageOperation.Store, shard.Key, shard.ETag, next.Write(), outputs);
    }
}
