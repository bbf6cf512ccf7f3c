// What the changes that wait make of a leaf's journal.
namespace SocketIO.Cluster;

/// <summary>The changes that one write of a leaf's head takes.</summary>
internal sealed class RosterAppend
{
    private static readonly Comparer<RosterEntry> Order = Comparer<RosterEntry>.Create(RosterEntry.Compare);

    private readonly RosterShard _shard;
    private readonly RosterOptions _options;
    private readonly List<RosterEntry> _journal;
    private long _total;

    private RosterAppend(RosterShard shard, RosterHead head, long total, RosterOptions options)
    {
        _shard = shard;
        _options = options;
        _journal = [.. head.Journal];
        _total = total;
    }

    /// <summary>How many of those that wait are taken, in this way or another.</summary>
    public int Taken { get; private set; }

    /// <summary>Those that are answered at once.</summary>
    public List<(RosterWaitingChange Change, RosterOutcome Outcome)> Answered { get; } = [];

    /// <summary>Those that are answered when the journal is stored.</summary>
    public List<RosterWaitingChange> Written { get; } = [];

    /// <summary>The first of the rest can't be decided without the body.</summary>
    public bool NeedsBody { get; private set; }

    /// <summary>The journal with them.</summary>
    public RosterEntry[] Journal => [.. _journal];

    /// <param name="shard">The leaf, with what waits for it.</param>
    /// <param name="head">Its head.</param>
    /// <param name="total">How many members the room has.</param>
    /// <param name="options">The bounds.</param>
    public static RosterAppend Of(RosterShard shard, RosterHead head, long total, RosterOptions options)
    {
        var append = new RosterAppend(shard, head, total, options);
        foreach (var change in shard.Changes)
        {
            if (append._journal.Count >= options.JournalEntries || !append.TryTake(change))
            {
                break;
            }

            append.Taken++;
        }

        return append;
    }

    private bool TryTake(in RosterWaitingChange change)
    {
        var entry = change.Entry;
        var at = _journal.FindIndex(known => known.Hash == entry.Hash && known.Member == entry.Member);
        var stored = at < 0 ? InBody(entry) : null;
        var joins = entry.Present && !(at >= 0 ? _journal[at].Present : stored is not null);
        if (joins && change.Enforce && _total >= _options.MaxMembersPerRoom)
        {
            // Whether it is a member already, only the body tells.
            NeedsBody = _shard.Body is null;
            if (NeedsBody)
            {
                return false;
            }

            Answered.Add((change, RosterOutcome.Full));
        }
        else if (at >= 0 && _journal[at].Supersedes(entry) && Written.Count > 0)
        {
            // Stored already, or by the write that these changes wait for.
            Written.Add(change);
        }
        else if ((at >= 0 && _journal[at].Supersedes(entry)) || (stored is { } known && known.Supersedes(entry)))
        {
            Answered.Add((change, RosterOutcome.Done));
        }
        else
        {
            Append(at, entry);
            _total += joins ? 1 : 0;
            Written.Add(change);
        }

        return true;
    }

    private void Append(int at, in RosterEntry entry)
    {
        if (at >= 0)
        {
            _journal[at] = entry;
        }
        else
        {
            _journal.Add(entry);
        }
    }

    private RosterEntry? InBody(in RosterEntry entry)
    {
        if (_shard.Body is not { } body)
        {
            return null;
        }

        var at = Array.BinarySearch(body, entry, Order);
        return at >= 0 ? body[at] : null;
    }
}
