// How a shard gives its members to sixteen children, and takes them back when they have become few.
namespace SocketIO.Cluster;

/// <summary>Splits leaves and merges branches; why that is safe, see <see cref="RosterHead"/>.</summary>
internal sealed class RosterFamily(RosterOptions options, RosterOperations operations, RosterReplies replies, RosterTotal total, RosterWriter writer)
{
    /// <summary>Goes on with the split of a leaf whose journal is full.</summary>
    /// <param name="shard">The leaf.</param>
    /// <param name="head">Its head.</param>
    /// <param name="members">Its members.</param>
    /// <param name="outputs">Gets what is to be done.</param>
    public void Split(RosterShard shard, RosterHead head, RosterEntry[] members, List<RosterOutput> outputs)
    {
        if (LoadChildren(shard, outputs))
        {
            return;
        }

        if (Array.Exists(shard.Children!, child => child.IsUnreadable))
        {
            replies.GiveUp(shard, outputs);
            return;
        }

        if (Array.Exists(shard.Children!, child => child.Head?.Origin > head.Version))
        {
            // It has been split since by another one.
            replies.ReadAgain(shard, outputs);
            return;
        }

        var parts = members.ToLookup(member => shard.ChildOf(member.Hash));
        for (var i = 0; i < RosterHead.Children; i++)
        {
            var child = shard.Children![i];
            if (child.Head?.Origin != head.Version)
            {
                WriteChild(shard, i, new RosterHead { Version = (child.Head?.Version ?? 0) + 1, Origin = head.Version, Obsolete = ObsoleteOf(child), Journal = [.. parts[i]] }, outputs);
            }
        }

        if (shard.Outstanding == 0)
        {
            shard.NextBody = members;
            writer.WriteHead(shard, BranchOf(shard, head, members), outputs);
        }
    }

    /// <summary>Goes on with the merge of a branch, or finds that it can't be done.</summary>
    /// <param name="shard">The branch.</param>
    /// <param name="head">Its head.</param>
    /// <param name="outputs">Gets what is to be done.</param>
    public void Merge(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        if (shard.Attempts >= options.MaxAttempts)
        {
            EndMerge(shard, head, outputs);
            return;
        }

        if (LoadChildren(shard, outputs))
        {
            return;
        }

        var children = shard.Children!;
        if (Array.Exists(children, child => child is { Head: { } known } && (known.Origin > head.Generation || known.Closed > head.Version)))
        {
            // The branch has gone on since it was read.
            replies.ReadAgain(shard, outputs);
        }
        else if (!CanMerge(shard, head))
        {
            EndMerge(shard, head, outputs);
        }
        else if (head.Merge == 0)
        {
            writer.WriteHead(shard, head with { Version = head.Version + 1, Merge = head.Version + 1, Obsolete = shard.ObsoleteIsGone ? 0 : head.Obsolete }, outputs);
        }
        else if (!LoadBodies(shard, head, outputs) && !CloseChildren(shard, head, outputs))
        {
            var members = children.SelectMany(child => child.Head!.Journal).ToArray();
            Array.Sort(members, RosterEntry.Compare);
            var next = new RosterHead { Version = head.Version + 1, Origin = head.Origin, Obsolete = shard.ObsoleteIsGone ? 0 : head.Obsolete };
            writer.WriteBody(shard, next, members, head.Merge, outputs);
        }
    }

    /// <summary>An operation on one of the children has ended.</summary>
    public void OnChild(RosterShard shard, int part, in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        var child = shard.Children![part];
        switch (result.Outcome, shard.Step)
        {
            case (StorageOutcome.Done, RosterStep.LoadingChildren):
                child.Load(result);
                break;
            case (StorageOutcome.Done, RosterStep.LoadingChildBodies):
                child.LoadBody(result);
                break;
            case (StorageOutcome.Done, RosterStep.WritingChildren):
                OnChildWritten(shard, child, result.ETag);
                break;
            default:
                // Only this one is read again, after a pause if nobody knows what has happened.
                child.Forget();
                shard.StepFailed = true;
                shard.RetryAt = result.Outcome == StorageOutcome.Conflict ? shard.RetryAt : now + options.RetryDelay;
                break;
        }

        if (shard.Outstanding > 0)
        {
            return;
        }

        // Counted, so that nobody runs for ever after what others write, or what does not answer.
        shard.Step = RosterStep.Idle;
        shard.Attempts = shard.StepFailed ? shard.Attempts + 1 : 0;
        if (shard.Attempts >= options.MaxAttempts && shard.Head is { IsBranch: false })
        {
            replies.GiveUp(shard, outputs);
        }
    }

    private void OnChildWritten(RosterShard shard, RosterChild child, string? etag)
    {
        if (shard.Head is { IsBranch: true })
        {
            // What a closed child holds is exact.
            total.Add(child.Next!.Journal.Length - child.Head!.Believed);
        }

        child.Written(etag);
    }

    private static ulong ObsoleteOf(RosterChild child) => child.Head is { } head ? head.BodyVersion > 0 ? head.BodyVersion : head.Obsolete : 0;

    private RosterHead BranchOf(RosterShard shard, RosterHead head, RosterEntry[] members) => new()
    {
        Version = head.Version + 1,
        Origin = head.Origin,
        Obsolete = RosterWriter.ObsoleteOf(shard, head),
        Generation = head.Version,
        Total = shard.Depth == 0 ? total.Value + members.Length - head.Believed : 0,
    };

    private bool CanMerge(RosterShard shard, RosterHead head)
    {
        var children = shard.Children!;
        if (Array.Exists(children, child => child.IsUnreadable || child.Head is not { IsBranch: false } || child.Head.Origin != head.Generation))
        {
            // A child that is a branch merges first, and says so.
            shard.MergeDebt = long.MaxValue;
            return false;
        }

        var members = children.Sum(child => (long)child.Head!.Believed);
        shard.MergeDebt = members - options.MergeEntries;
        return head.Merge > 0 || members <= options.MergeEntries;
    }

    /// <summary>It can't be merged, or need not: what was closed for it is open to whoever reads that.</summary>
    private void EndMerge(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        shard.MergeIsDue = false;
        shard.Children = null;
        shard.Attempts = 0;
        if (head.Merge > 0)
        {
            writer.WriteHead(shard, head with { Version = head.Version + 1, Merge = 0, Obsolete = shard.ObsoleteIsGone ? 0 : head.Obsolete }, outputs);
        }
    }

    /// <summary>True if some have to be read first.</summary>
    private bool LoadChildren(RosterShard shard, List<RosterOutput> outputs)
    {
        shard.StepFailed = false;
        shard.Children ??= [.. Enumerable.Range(0, RosterHead.Children).Select(child => new RosterChild(shard.ChildKey(child)))];
        for (var i = 0; i < RosterHead.Children; i++)
        {
            if (!shard.Children[i].IsLoaded)
            {
                shard.Step = RosterStep.LoadingChildren;
                operations.Begin(shard, StorageOperation.Load, shard.Children[i].Key, null, default, outputs, i);
            }
        }

        return shard.Outstanding > 0;
    }

    /// <summary>True if some that are to be closed have to be read first.</summary>
    private bool LoadBodies(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        for (var i = 0; i < RosterHead.Children; i++)
        {
            var child = shard.Children![i];
            if (child.Head!.Closed != head.Merge && child.Body is null)
            {
                shard.Step = RosterStep.LoadingChildBodies;
                operations.Begin(shard, StorageOperation.Load, RosterShard.BodyKey(child.Key, child.Head.BodyVersion), null, default, outputs, i);
            }
        }

        return shard.Outstanding > 0;
    }

    /// <summary>True if some have to be closed first: from then on they hold their members as a journal.</summary>
    private bool CloseChildren(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        for (var i = 0; i < RosterHead.Children; i++)
        {
            var child = shard.Children![i];
            if (child.Head!.Closed != head.Merge)
            {
                var members = RosterBody.Merge(child.Body!, child.Head.Journal);
                WriteChild(shard, i, new RosterHead { Version = child.Head.Version + 1, Origin = child.Head.Origin, Obsolete = ObsoleteOf(child), Closed = head.Merge, Journal = members }, outputs);
            }
        }

        return shard.Outstanding > 0;
    }

    private void WriteChild(RosterShard shard, int part, RosterHead next, List<RosterOutput> outputs)
    {
        var child = shard.Children![part];
        child.Next = next;
        shard.Step = RosterStep.WritingChildren;
        operations.Begin(shard, StorageOperation.Store, child.Key, child.ETag, next.Write(), outputs, part);
    }
}
