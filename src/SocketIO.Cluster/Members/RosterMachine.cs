namespace SocketIO.Cluster;

/// <summary>
/// The durable roster of a room: derived from its members, repaired from them, and never read or written as a whole.
/// A join costs one write of a small head (<see cref="RosterHead"/>), whatever the room's size; now and then a fold or a split.
/// </summary>
/// <remarks>
/// Single-threaded. Several of these may be alive for one room (an activation that doesn't know yet that it was replaced): all writes are
/// compare-and-swap, so the other one merely costs a conflict. Two things repair the roster: members announce again what may not have arrived,
/// and an audit asks the members it lists, which removes what a message that came too late has left behind.
/// </remarks>
internal sealed class RosterMachine : IStateMachine<RosterOutput>
{
    private readonly RosterOptions _options;
    private readonly RosterShards _shards;
    private readonly RosterOperations _operations = new();
    private readonly RosterReplies _replies;
    private readonly RosterTotal _total;
    private readonly RosterWriter _writer;
    private readonly RosterFamily _family;
    private readonly HashSet<RosterShard> _retrying = [];

    /// <summary>Creates the machine of a room; nothing is read before something is asked.</summary>
    public RosterMachine(string namespaceName, string room, RosterOptions options)
    {
        _options = options;
        _shards = new RosterShards(StateKey.Roster(namespaceName, room), options);
        _replies = new RosterReplies(options);
        _total = new RosterTotal(options.CountInterval);
        _writer = new RosterWriter(options, _shards, _operations, _replies, _total);
        _family = new RosterFamily(options, _operations, _replies, _total, _writer);
    }

    /// <summary>Changes and readings that wait.</summary>
    public int Pending => _replies.Pending;

    /// <summary>Whether something waits for a further try.</summary>
    public bool IsRetrying => _retrying.Count > 0;

    /// <inheritdoc/>
    public bool IsBusy => Pending > 0 || IsRetrying;

    /// <summary>Shards in memory.</summary>
    public int LoadedShards => _shards.Count;

    /// <summary>A member's change; answered when it is stored.</summary>
    public void Change(long request, in RosterChange change, TimeSpan now, List<RosterOutput> outputs)
    {
        if (!StateKey.IsValidName(change.Member, MemberOptions.MaxMemberIdBytes) || !_replies.TryBegin())
        {
            outputs.Add(new RosterOutput.Reply(request, change.Member, change.Version, RosterOutcome.Unavailable));
            return;
        }

        Route(new RosterWaitingChange(request, RosterEntry.Of(change.Member, change.Version, change.Present), change.Enforce), now, outputs);
        EndTurn(now, outputs);
    }

    /// <summary>
    /// A page of the members in the order of their hashes. Cursor 0 begins; a page's <see cref="RosterOutput.Page.Next"/> goes on.
    /// Who is a member during the whole listing is in exactly one page, whatever changes meanwhile.
    /// </summary>
    public void List(long request, ulong cursor, int pageSize, TimeSpan now, List<RosterOutput> outputs) => Read(request, cursor, pageSize, audit: false, now, outputs);

    /// <summary>The same, and each member of the page is asked whether it is in the room.</summary>
    public void Audit(long request, ulong cursor, int pageSize, TimeSpan now, List<RosterOutput> outputs) => Read(request, cursor, pageSize, audit: true, now, outputs);

    /// <summary>A member's answer to <see cref="RosterOutput.Question"/>: an entry of that version, or older, is removed if it is not in the room.</summary>
    public void OnMembership(string member, ulong version, bool joined, TimeSpan now, List<RosterOutput> outputs)
    {
        if (!joined && StateKey.IsValidName(member, MemberOptions.MaxMemberIdBytes) && _replies.TryBegin())
        {
            Route(new RosterWaitingChange(null, RosterEntry.Of(member, version, present: false), Enforce: false), now, outputs);
            EndTurn(now, outputs);
        }
    }

    /// <summary>Time has passed: what waited after a failure is tried again.</summary>
    public void Advance(TimeSpan now, List<RosterOutput> outputs)
    {
        foreach (var shard in _retrying.Where(shard => now >= shard.RetryAt).ToArray())
        {
            _retrying.Remove(shard);
            Pump(shard, now, outputs);
        }

        EndTurn(now, outputs);
    }

    /// <inheritdoc/>
    public void OnStorage(in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        if (!_operations.End(result, out var shard, out var part))
        {
            return;
        }

        shard.Outstanding--;
        var step = shard.Step;
        if (step is RosterStep.LoadingChildren or RosterStep.LoadingChildBodies or RosterStep.WritingChildren)
        {
            _family.OnChild(shard, part, result, now, outputs);
        }
        else
        {
            shard.Step = RosterStep.Idle;
            switch (step)
            {
                case RosterStep.LoadingHead or RosterStep.LoadingBody:
                    OnLoaded(shard, step, result, now, outputs);
                    break;
                case RosterStep.WritingBody:
                    _writer.OnBodyWritten(shard, result, now, outputs);
                    break;
                case RosterStep.WritingHead:
                    _writer.OnHeadWritten(shard, result, now, outputs);
                    break;
            }
        }

        Pump(shard, now, outputs);
        EndTurn(now, outputs);
    }

    private void Read(long request, ulong cursor, int pageSize, bool audit, TimeSpan now, List<RosterOutput> outputs)
    {
        if (!_replies.TryBegin())
        {
            outputs.Add(new RosterOutput.Page(request, [], cursor, Complete: false));
            return;
        }

        Route(new RosterReading(request, cursor, Math.Clamp(pageSize, 1, _options.MaxPageSize), audit), now, outputs);
        EndTurn(now, outputs);
    }

    private void EndTurn(TimeSpan now, List<RosterOutput> outputs)
    {
        while (_shards.TryTakeDue(out var branch))
        {
            Pump(branch, now, outputs);
        }

        _shards.Evict();
    }

    private void Route(in RosterWaitingChange change, TimeSpan now, List<RosterOutput> outputs)
    {
        var shard = _shards.Find(change.Entry.Hash);
        shard.Changes.Add(change);
        Pump(shard, now, outputs);
    }

    private void Route(RosterReading reading, TimeSpan now, List<RosterOutput> outputs)
    {
        var shard = _shards.Find(reading.Cursor);
        shard.Readings.Add(reading);
        Pump(shard, now, outputs);
    }

    /// <summary>Does the next thing for a shard, until it waits or has nothing left to do.</summary>
    private void Pump(RosterShard shard, TimeSpan now, List<RosterOutput> outputs)
    {
        while (shard.Step == RosterStep.Idle && (shard.HasWork || IsTotalBehind(shard)))
        {
            if (now < shard.RetryAt)
            {
                _retrying.Add(shard);
                return;
            }

            if (shard.IsStale)
            {
                shard.Forget();
            }

            if (shard.Head is not { } head)
            {
                Load(shard, RosterStep.LoadingHead, shard.Key, outputs);
            }
            else if (IsDisplaced(shard, head))
            {
                Displace(shard, now, outputs);
                return;
            }
            else if (head.IsBranch)
            {
                PumpBranch(shard, head, now, outputs);
            }
            else
            {
                PumpLeaf(shard, head, now, outputs);
            }
        }
    }

    private void PumpBranch(RosterShard shard, RosterHead head, TimeSpan now, List<RosterOutput> outputs)
    {
        if (shard.MergeIsDue || head.Merge > 0)
        {
            _family.Merge(shard, head, outputs);
            return;
        }

        PassOn(shard, now, outputs);
        if (shard.Step == RosterStep.Idle && IsTotalBehind(shard))
        {
            _writer.WriteTotal(shard, head, outputs);
        }
    }

    private void PumpLeaf(RosterShard shard, RosterHead head, TimeSpan now, List<RosterOutput> outputs)
    {
        shard.MergeIsDue = false;
        var isFull = head.Journal.Length >= _options.JournalEntries;
        if (shard.Body is null && (shard.Readings.Count > 0 || isFull))
        {
            LoadBody(shard, head, outputs);
        }
        else if (shard.Readings.Count > 0)
        {
            Serve(shard, head, now, outputs);
        }
        else if (isFull && shard.Changes.Count > 0)
        {
            FoldOrSplit(shard, head, outputs);
        }
        else if (shard.Changes.Count > 0 && !_writer.Append(shard, head, outputs))
        {
            LoadBody(shard, head, outputs);
        }
    }

    private void FoldOrSplit(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        var members = RosterBody.Merge(shard.Body!, head.Journal);
        if (shard.Depth < RosterHead.MaxDepth && (members.Length > _options.MaxShardEntries || members.Sum(member => member.StoredBytes) > _options.MaxShardBytes))
        {
            _family.Split(shard, head, members, outputs);
        }
        else
        {
            _writer.Fold(shard, head, members, outputs);
        }
    }

    /// <summary>Whether a shard is no part of the tree any more, or is just being taken back by its branch, as far as that is known.</summary>
    private static bool IsDisplaced(RosterShard shard, RosterHead head) =>
        shard.Parent is { } parent && (parent.Head is not { IsBranch: true, Merge: 0 } branch || head.Origin != branch.Generation || head.Closed > branch.Version);

    /// <summary>What waits for it is for its branch, which has to be read again if it doesn't know why.</summary>
    private void Displace(RosterShard shard, TimeSpan now, List<RosterOutput> outputs)
    {
        var parent = shard.Parent!;
        if (parent.Head is { IsBranch: true, Merge: 0 })
        {
            parent.IsStale = true;
            _replies.ReadAgain(shard, outputs);
        }

        shard.Forget();
        shard.MergeIsDue = false;
        parent.Changes.AddRange(shard.TakeChanges());
        parent.Readings.AddRange(shard.TakeReadings());
        Pump(parent, now, outputs);
    }

    private bool IsTotalBehind(RosterShard shard) => shard == _shards.Root && shard.Head is { } head && _total.IsAheadOf(head);

    private void PassOn(RosterShard branch, TimeSpan now, List<RosterOutput> outputs)
    {
        foreach (var change in branch.TakeChanges())
        {
            Route(change, now, outputs);
        }

        foreach (var reading in branch.TakeReadings())
        {
            Route(reading, now, outputs);
        }
    }

    private void LoadBody(RosterShard shard, RosterHead head, List<RosterOutput> outputs) => Load(shard, RosterStep.LoadingBody, shard.BodyKey(head.BodyVersion), outputs);

    private void Load(RosterShard shard, RosterStep step, string key, List<RosterOutput> outputs)
    {
        shard.Step = step;
        _operations.Begin(shard, StorageOperation.Load, key, null, default, outputs);
    }

    private void OnLoaded(RosterShard shard, RosterStep step, in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        if (result.Outcome != StorageOutcome.Done)
        {
            _replies.Failed(shard, now, outputs);
            return;
        }

        try
        {
            if (step == RosterStep.LoadingHead)
            {
                shard.Adopt(result.ETag is null ? RosterHead.Empty with { Origin = shard.Parent?.Head?.Generation ?? 0 } : RosterHead.Read(result.Bytes.Span), result.ETag);
                _operations.ClearObsolete(shard, outputs);
                if (shard == _shards.Root)
                {
                    _total.Start(shard.Head!);
                }
            }
            else if (result.ETag is null)
            {
                // Another one has folded this shard since its head was read.
                _replies.ReadAgain(shard, outputs);
            }
            else
            {
                shard.Body = RosterBody.Read(result.Bytes.Span);
            }
        }
        catch (StateFormatException e)
        {
            // What cannot be read is never written over.
            outputs.Add(new RosterOutput.Unreadable(new UnreadableState(step == RosterStep.LoadingHead ? shard.Key : shard.BodyKey(shard.Head!.BodyVersion), e)));
            _replies.GiveUp(shard, outputs);
        }
    }

    private void Serve(RosterShard shard, RosterHead head, TimeSpan now, List<RosterOutput> outputs)
    {
        var members = RosterBody.Merge(shard.Body!, head.Journal);
        shard.Attempts = 0;
        _shards.LookForMerge(shard, members.Length, 0);
        foreach (var reading in shard.TakeReadings())
        {
            if (reading.Take(members, shard.End, _options.MaxShardsPerPage))
            {
                Route(reading, now, outputs);
            }
            else
            {
                _replies.Answer(reading, outputs);
            }
        }

        if (!_shards.KeepsBodies && head.BodyVersion > 0)
        {
            shard.Body = null;
        }
    }
}
