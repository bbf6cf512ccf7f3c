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
internal sealed class RosterMachine
{
    private readonly RosterOptions _options;
    private readonly RosterShard _root;
    private readonly Dictionary<(int Depth, ulong Start), RosterShard> _shards = [];
    private readonly Dictionary<long, RosterShard> _operations = [];
    private readonly Dictionary<long, RosterShard> _clearings = [];
    private readonly HashSet<RosterShard> _retrying = [];
    private long _lastOperation;
    private long _uses;
    private int _pending;
    private long? _total;

    /// <summary>Creates the machine of a room; nothing is read before something is asked.</summary>
    public RosterMachine(string namespaceName, string room, RosterOptions options)
    {
        _options = options;
        _root = new RosterShard(StateKey.Roster(namespaceName, room), 0, 0);
    }

    private bool KeepsBodies => _shards.Count < _options.MaxLoadedBodies;

    /// <summary>Changes and readings that wait.</summary>
    public int Pending => _pending;

    /// <summary>Shards in memory.</summary>
    public int LoadedShards => _shards.Count + 1;

    /// <summary>A member's change; answered when it is stored.</summary>
    public void Change(long request, in RosterChange change, TimeSpan now, List<RosterOutput> outputs)
    {
        if (_pending >= _options.MaxPending || !StateKey.IsValidName(change.Member, MemberOptions.MaxMemberIdBytes))
        {
            outputs.Add(new RosterOutput.Reply(request, change.Member, change.Version, RosterOutcome.Unavailable));
            return;
        }

        _pending++;
        Route(new RosterWaitingChange(request, RosterEntry.Of(change.Member, change.Version, change.Present), change.Enforce), now, outputs);
        Evict();
    }

    /// <summary>
    /// A page of the members in the order of their hashes. Cursor 0 begins; a page's <see cref="RosterOutput.Page.Next"/> goes on.
    /// Who is a member during the whole listing is in exactly one page, whatever changes meanwhile.
    /// </summary>
    public void List(long request, ulong cursor, int pageSize, TimeSpan now, List<RosterOutput> outputs)
    {
        Read(new RosterReading(request, cursor, Math.Clamp(pageSize, 1, _options.MaxPageSize), audit: false), now, outputs);
    }

    /// <summary>The same, and each member of the page is asked whether it is in the room.</summary>
    public void Audit(long request, ulong cursor, int pageSize, TimeSpan now, List<RosterOutput> outputs)
    {
        Read(new RosterReading(request, cursor, Math.Clamp(pageSize, 1, _options.MaxPageSize), audit: true), now, outputs);
    }

    /// <summary>A member's answer to <see cref="RosterOutput.Question"/>: an entry of that version, or older, is removed if it is not in the room.</summary>
    public void OnMembership(string member, ulong version, bool joined, TimeSpan now, List<RosterOutput> outputs)
    {
        if (joined || _pending >= _options.MaxPending || !StateKey.IsValidName(member, MemberOptions.MaxMemberIdBytes))
        {
            return;
        }

        _pending++;
        Route(new RosterWaitingChange(null, RosterEntry.Of(member, version, present: false), Enforce: false), now, outputs);
        Evict();
    }

    /// <summary>Time has passed: what waited after a failure is tried again.</summary>
    public void Advance(TimeSpan now, List<RosterOutput> outputs)
    {
        if (_retrying.Count == 0)
        {
            return;
        }

        List<RosterShard> due = [.. _retrying.Where(shard => now >= shard.RetryAt)];
        foreach (var shard in due)
        {
            _retrying.Remove(shard);
            Pump(shard, now, outputs);
        }
    }

    /// <summary>The storage answered. Answers that nobody waits for are ignored.</summary>
    public void OnStorage(in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        if (_clearings.Remove(result.Id, out var cleared))
        {
            cleared.ObsoleteIsGone = result.Outcome == StorageOutcome.Done;
            return;
        }

        if (!_operations.Remove(result.Id, out var shard))
        {
            return;
        }

        switch (shard.Step)
        {
            case RosterStep.LoadingHead or RosterStep.LoadingBody:
                shard.Outstanding = 0;
                OnLoaded(shard, result, now, outputs);
                break;
            case RosterStep.WritingBody or RosterStep.WritingChildren:
                // A conflict says that it is there already: its name decides its content.
                shard.StepFailed |= result.Outcome == StorageOutcome.Unknown;
                if (--shard.Outstanding == 0)
                {
                    OnPartsWritten(shard, now, outputs);
                }

                break;
            case RosterStep.WritingHead:
                shard.Outstanding = 0;
                OnHeadWritten(shard, result, now, outputs);
                break;
        }

        Pump(shard, now, outputs);
        Evict();
    }

    private void Read(RosterReading reading, TimeSpan now, List<RosterOutput> outputs)
    {
        if (_pending >= _options.MaxPending)
        {
            outputs.Add(new RosterOutput.Page(reading.Request, [], reading.Cursor, Complete: false));
            return;
        }

        _pending++;
        Route(reading, now, outputs);
        Evict();
    }

    private void Route(in RosterWaitingChange change, TimeSpan now, List<RosterOutput> outputs)
    {
        var shard = Find(change.Entry.Hash);
        shard.Changes.Add(change);
        Pump(shard, now, outputs);
    }

    private void Route(RosterReading reading, TimeSpan now, List<RosterOutput> outputs)
    {
        var shard = Find(reading.Cursor);
        shard.Readings.Add(reading);
        Pump(shard, now, outputs);
    }

    /// <summary>The lowest shard for a hash as far as the branches are known.</summary>
    private RosterShard Find(ulong hash)
    {
        var shard = _root;
        while (shard.Head is { IsBranch: true } branch)
        {
            shard.LastUsed = ++_uses;
            var child = shard.ChildOf(hash);
            var start = shard.ChildStart(child);
            if (!_shards.TryGetValue((shard.Depth + 1, start), out var next))
            {
                next = new RosterShard(shard.ChildKey(child, branch.Generation), shard.Depth + 1, start);
                _shards.Add((next.Depth, start), next);
            }

            shard = next;
        }

        shard.LastUsed = ++_uses;
        return shard;
    }

    /// <summary>Does the next thing for a shard, until it waits or has nothing left to do.</summary>
    private void Pump(RosterShard shard, TimeSpan now, List<RosterOutput> outputs)
    {
        while (shard.Step == RosterStep.Idle && (shard.HasWork || CountIsBehind(shard)))
        {
            if (now < shard.RetryAt)
            {
                _retrying.Add(shard);
                return;
            }

            if (shard.Head is not { } head)
            {
                Load(shard, RosterStep.LoadingHead, shard.Key, outputs);
            }
            else if (head.IsBranch)
            {
                PassOn(shard, now, outputs);
                if (shard.Step == RosterStep.Idle && CountIsBehind(shard))
                {
                    WriteHead(shard, new RosterHead { Version = head.Version + 1, Generation = head.Generation, Total = _total ?? 0 }, outputs);
                }
            }
            else if (shard.Body is null && (shard.Readings.Count > 0 || head.Journal.Length >= _options.JournalEntries))
            {
                Load(shard, RosterStep.LoadingBody, shard.BodyKey(head.BodyVersion), outputs);
            }
            else if (shard.Readings.Count > 0)
            {
                Serve(shard, now, outputs);
            }
            else if (head.Journal.Length >= _options.JournalEntries)
            {
                FoldOrSplit(shard, head, outputs);
            }
            else
            {
                Append(shard, head, outputs);
            }
        }
    }

    private bool CountIsBehind(RosterShard shard)
    {
        return shard == _root && _root.Head is { IsBranch: true } head && _total is { } total && Math.Abs(total - head.Total) >= _options.CountInterval;
    }

    private void PassOn(RosterShard shard, TimeSpan now, List<RosterOutput> outputs)
    {
        foreach (var change in shard.TakeChanges())
        {
            Route(change, now, outputs);
        }

        RosterReading[] readings = [.. shard.Readings];
        shard.Readings.Clear();
        foreach (var reading in readings)
        {
            Route(reading, now, outputs);
        }
    }

    private void Load(RosterShard shard, RosterStep step, string key, List<RosterOutput> outputs)
    {
        shard.Step = step;
        Operate(shard, StorageOperation.Load, key, null, default, outputs);
    }

    private void OnLoaded(RosterShard shard, in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        var step = shard.Step;
        shard.Step = RosterStep.Idle;
        if (result.Outcome != StorageOutcome.Done)
        {
            Failed(shard, now, outputs);
            return;
        }

        try
        {
            if (step == RosterStep.LoadingHead)
            {
                Adopt(shard, result.ETag is null ? RosterHead.Empty : RosterHead.Read(result.Bytes.Span), result.ETag);
                ClearObsolete(shard, outputs);
                if (shard == _root)
                {
                    _total ??= shard.Head!.IsBranch ? shard.Head.Total : shard.Head.Believed;
                }
            }
            else if (result.ETag is null)
            {
                // Another one has folded this shard since its head was read.
                shard.Forget();
                CountAttempt(shard, outputs);
            }
            else
            {
                shard.Body = RosterBody.Read(result.Bytes.Span);
            }
        }
        catch (StateFormatException)
        {
            // What cannot be read is never written over.
            shard.Forget();
            GiveUp(shard, outputs);
        }
    }

    private static void Adopt(RosterShard shard, RosterHead head, string? etag)
    {
        shard.Head = head;
        shard.ETag = etag;
        shard.ObsoleteIsGone = false;
        if (!head.IsBranch && head.BodyVersion == 0)
        {
            shard.Body = [];
        }
    }

    private void Append(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        List<RosterEntry> journal = [.. head.Journal];
        var total = _total ?? 0;
        var taken = 0;
        foreach (var change in shard.Changes)
        {
            if (journal.Count >= _options.JournalEntries)
            {
                break;
            }

            var entry = change.Entry;
            var at = journal.FindIndex(known => known.Hash == entry.Hash && known.Member == entry.Member);
            var inBody = at < 0 ? InBody(shard, entry) : null;
            var joins = entry.Present && !(at >= 0 ? journal[at].Present : inBody is not null);
            if (joins && change.Enforce && total >= _options.MaxMembersPerRoom)
            {
                if (shard.Body is null)
                {
                    // Whether it is a member already, only the body tells.
                    if (shard.Writing.Count > 0)
                    {
                        break;
                    }

                    shard.Changes.RemoveRange(0, taken);
                    Load(shard, RosterStep.LoadingBody, shard.BodyKey(head.BodyVersion), outputs);
                    return;
                }

                taken++;
                Answer(change, RosterOutcome.Full, outputs);
                continue;
            }

            taken++;
            if (at >= 0 && journal[at].Supersedes(entry))
            {
                // Stored already, or by the write that these changes wait for.
                if (shard.Writing.Count > 0)
                {
                    shard.Writing.Add(change);
                }
                else
                {
                    Answer(change, RosterOutcome.Done, outputs);
                }

                continue;
            }

            if (inBody is { } stored && stored.Supersedes(entry))
            {
                Answer(change, RosterOutcome.Done, outputs);
                continue;
            }

            if (at >= 0)
            {
                journal[at] = entry;
            }
            else
            {
                journal.Add(entry);
            }

            total += joins ? 1 : 0;
            shard.Writing.Add(change);
        }

        shard.Changes.RemoveRange(0, taken);
        if (shard.Writing.Count > 0)
        {
            WriteHead(shard, new RosterHead
            {
                Version = head.Version + 1,
                Obsolete = shard.ObsoleteIsGone ? 0 : head.Obsolete,
                BodyVersion = head.BodyVersion,
                BodyCount = head.BodyCount,
                Journal = [.. journal],
            }, outputs);
        }
    }

    private static RosterEntry? InBody(RosterShard shard, in RosterEntry entry)
    {
        if (shard.Body is not { } body)
        {
            return null;
        }

        var at = Array.BinarySearch(body, entry, Comparer<RosterEntry>.Create(RosterEntry.Compare));
        return at >= 0 ? body[at] : null;
    }

    private void FoldOrSplit(RosterShard shard, RosterHead head, List<RosterOutput> outputs)
    {
        var members = RosterBody.Merge(shard.Body!, head.Journal);
        var splits = shard.Depth < RosterHead.MaxDepth
            && (members.Length > _options.MaxShardEntries || members.Sum(member => member.StoredBytes) > _options.MaxShardBytes);
        var correction = members.Length - head.Believed;
        shard.StepFailed = false;
        if (splits)
        {
            shard.Next = new RosterHead
            {
                Version = head.Version + 1,
                Obsolete = head.BodyVersion,
                Generation = head.Version,
                Total = shard == _root ? (_total ?? 0) + correction : 0,
            };
            shard.NextBody = members;
            shard.Step = RosterStep.WritingChildren;
            var children = members.ToLookup(member => shard.ChildOf(member.Hash));
            for (var child = 0; child < RosterHead.Children; child++)
            {
                var first = new RosterHead { Version = 1, Journal = [.. children[child]] };
                Operate(shard, StorageOperation.Store, shard.ChildKey(child, head.Version), null, first.Write(), outputs);
            }

            return;
        }

        shard.Next = new RosterHead
        {
            Version = head.Version + 1,
            Obsolete = head.BodyVersion,
            BodyVersion = members.Length > 0 ? head.Version : 0,
            BodyCount = members.Length,
        };
        shard.NextBody = members;
        if (members.Length == 0)
        {
            WriteHead(shard, shard.Next, outputs);
            return;
        }

        shard.Step = RosterStep.WritingBody;
        Operate(shard, StorageOperation.Store, shard.BodyKey(head.Version), null, RosterBody.Write(members), outputs);
    }

    private void OnPartsWritten(RosterShard shard, TimeSpan now, List<RosterOutput> outputs)
    {
        shard.Step = RosterStep.Idle;
        if (shard.StepFailed)
        {
            Failed(shard, now, outputs);
        }
        else
        {
            WriteHead(shard, shard.Next!, outputs);
        }
    }

    private void WriteHead(RosterShard shard, RosterHead next, List<RosterOutput> outputs)
    {
        shard.Next = next;
        shard.Step = RosterStep.WritingHead;
        Operate(shard, StorageOperation.Store, shard.Key, shard.ETag, next.Write(), outputs);
    }

    private void OnHeadWritten(RosterShard shard, in StorageResult result, TimeSpan now, List<RosterOutput> outputs)
    {
        shard.Step = RosterStep.Idle;
        if (result.Outcome == StorageOutcome.Unknown)
        {
            Failed(shard, now, outputs);
            return;
        }

        if (result.Outcome == StorageOutcome.Conflict)
        {
            shard.Forget();
            CountAttempt(shard, outputs);
            return;
        }

        var next = shard.Next!;
        if (!shard.Head!.IsBranch)
        {
            _total = (_total ?? 0) + (shard.NextBody?.Length ?? next.Believed) - shard.Head.Believed;
        }

        // A body was folded: it is the one now. Changes that were added: it is still the same.
        shard.Body = KeepsBodies && !next.IsBranch ? shard.NextBody ?? shard.Body : null;
        Adopt(shard, next, result.ETag);
        if (shard.NextBody is not null)
        {
            ClearObsolete(shard, outputs);
        }

        shard.Next = null;
        shard.NextBody = null;
        shard.Attempts = 0;
        foreach (var change in shard.Writing)
        {
            Answer(change, RosterOutcome.Done, outputs);
        }

        shard.Writing.Clear();
    }

    private void ClearObsolete(RosterShard shard, List<RosterOutput> outputs)
    {
        if (shard.Head is { Obsolete: > 0 } head)
        {
            var id = ++_lastOperation;
            _clearings.Add(id, shard);
            outputs.Add(new RosterOutput.Storage(new StorageRequest(id, StorageOperation.Clear, shard.BodyKey(head.Obsolete), null, default)));
        }
    }

    private void Serve(RosterShard shard, TimeSpan now, List<RosterOutput> outputs)
    {
        var members = RosterBody.Merge(shard.Body!, shard.Head!.Journal);
        RosterReading[] readings = [.. shard.Readings];
        shard.Readings.Clear();
        shard.Attempts = 0;
        foreach (var reading in readings)
        {
            ulong? next = shard.End == ulong.MaxValue ? null : shard.End + 1;
            foreach (var member in members)
            {
                if (member.Hash < reading.Cursor)
                {
                    continue;
                }

                if (reading.Found.Count >= reading.Limit)
                {
                    next = member.Hash;
                    break;
                }

                reading.Found.Add(new RosterMember(member.Member, member.Version));
            }

            if (next is { } from && from > shard.End && reading.Found.Count < reading.Limit && ++reading.Shards < _options.MaxShardsPerPage)
            {
                reading.Cursor = from;
                Route(reading, now, outputs);
                continue;
            }

            Finish(reading, next, outputs);
        }

        if (!KeepsBodies && shard.Head.BodyVersion > 0)
        {
            shard.Body = null;
        }
    }

    private void Finish(RosterReading reading, ulong? next, List<RosterOutput> outputs)
    {
        _pending--;
        if (reading.Audit)
        {
            foreach (var member in reading.Found)
            {
                outputs.Add(new RosterOutput.Question(member.Member, member.Version));
            }
        }

        outputs.Add(new RosterOutput.Page(reading.Request, reading.Found, next, Complete: true));
    }

    private void Failed(RosterShard shard, TimeSpan now, List<RosterOutput> outputs)
    {
        shard.Forget();
        shard.RetryAt = now + _options.RetryDelay;
        CountAttempt(shard, outputs);
    }

    private void CountAttempt(RosterShard shard, List<RosterOutput> outputs)
    {
        if (++shard.Attempts >= _options.MaxAttempts)
        {
            GiveUp(shard, outputs);
        }
    }

    private void GiveUp(RosterShard shard, List<RosterOutput> outputs)
    {
        shard.Attempts = 0;
        foreach (var change in shard.TakeChanges())
        {
            Answer(change, RosterOutcome.Unavailable, outputs);
        }

        foreach (var reading in shard.Readings)
        {
            _pending--;
            outputs.Add(new RosterOutput.Page(reading.Request, [], reading.Cursor, Complete: false));
        }

        shard.Readings.Clear();
    }

    private void Answer(in RosterWaitingChange change, RosterOutcome outcome, List<RosterOutput> outputs)
    {
        _pending--;
        if (change.Request is { } request)
        {
            outputs.Add(new RosterOutput.Reply(request, change.Entry.Member, change.Entry.Version, outcome));
        }
    }

    private void Operate(RosterShard shard, StorageOperation operation, string key, string? etag, ReadOnlyMemory<byte> bytes, List<RosterOutput> outputs)
    {
        var id = ++_lastOperation;
        _operations.Add(id, shard);
        shard.Outstanding++;
        outputs.Add(new RosterOutput.Storage(new StorageRequest(id, operation, key, etag, bytes)));
    }

    /// <summary>Drops the quarter of the shards that was not used for longest, where nothing is under way.</summary>
    private void Evict()
    {
        if (_shards.Count <= _options.MaxLoadedShards)
        {
            return;
        }

        var idle = _shards.Values.Where(shard => shard.Step == RosterStep.Idle && !shard.HasWork).OrderBy(shard => shard.LastUsed);
        foreach (var shard in idle.Take(Math.Max(1, _shards.Count - (_options.MaxLoadedShards * 3 / 4))).ToArray())
        {
            _shards.Remove((shard.Depth, shard.Start));
        }
    }
}
