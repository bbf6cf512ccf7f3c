using System.Globalization;

namespace SocketIO.Cluster;

/// <summary>What a shard is waiting for.</summary>
internal enum RosterStep
{
    Idle,
    LoadingHead,
    LoadingBody,
    LoadingChildren,
    LoadingChildBodies,
    WritingChildren,
    WritingBody,
    WritingHead,
}

/// <summary>A shard in memory: what is known to be stored of it, and what waits.</summary>
internal sealed class RosterShard(string key, int depth, ulong start)
{
    public string Key { get; } = key;

    public int Depth { get; } = depth;

    /// <summary>The first hash that belongs here.</summary>
    public ulong Start { get; } = start;

    /// <summary>The last hash that belongs here.</summary>
    public ulong End => Depth == 0 ? ulong.MaxValue : Start + (ulong.MaxValue >> (4 * Depth));

    /// <summary>The branch that it was found through; null for the uppermost.</summary>
    public RosterShard? Parent { get; set; }

    /// <summary>What is stored, as far as known; null before it was read.</summary>
    public RosterHead? Head { get; set; }

    public string? ETag { get; set; }

    /// <summary>The members of the body that <see cref="Head"/> names; null before it was read.</summary>
    public RosterEntry[]? Body { get; set; }

    public bool ObsoleteIsGone { get; set; }

    /// <summary>While it splits or merges: its children.</summary>
    public RosterChild[]? Children { get; set; }

    /// <summary>Whether it is to look whether its children have so few members that it can take them back.</summary>
    public bool MergeIsDue { get; set; }

    /// <summary>How many members its children have to lose before that is worth another look.</summary>
    public long MergeDebt { get; set; }

    /// <summary>What is stored has changed: it has to be read again before anything else.</summary>
    public bool IsStale { get; set; }

    public List<RosterWaitingChange> Changes { get; private set; } = [];

    public List<RosterReading> Readings { get; private set; } = [];

    public RosterStep Step { get; set; }

    /// <summary>The changes that the write in flight holds.</summary>
    public List<RosterWaitingChange> Writing { get; } = [];

    /// <summary>What the write in flight makes of the head.</summary>
    public RosterHead? Next { get; set; }

    public RosterEntry[]? NextBody { get; set; }

    /// <summary>Operations in flight of this step.</summary>
    public int Outstanding { get; set; }

    public bool StepFailed { get; set; }

    public int Attempts { get; set; }

    public TimeSpan RetryAt { get; set; } = TimeSpan.MinValue;

    public long LastUsed { get; set; }

    public bool HasWork => Changes.Count > 0 || Readings.Count > 0 || MergeIsDue || Head is { Merge: > 0 };

    public string BodyKey(ulong version) => BodyKey(Key, version);

    public string ChildKey(int child) => string.Create(CultureInfo.InvariantCulture, $"{Key}/{child:x}");

    public static string BodyKey(string key, ulong version) => string.Create(CultureInfo.InvariantCulture, $"{key}!{version}");

    public int ChildOf(ulong hash) => (int)(hash >> (60 - (4 * Depth))) & (RosterHead.Children - 1);

    public ulong ChildStart(int child) => Start | ((ulong)child << (60 - (4 * Depth)));

    /// <summary>Forget what is stored: it has to be read again. What was being written waits again, first in line.</summary>
    public void Forget()
    {
        Head = null;
        Body = null;
        Next = null;
        NextBody = null;
        Children = null;
        IsStale = false;
        Changes.InsertRange(0, Writing);
        Writing.Clear();
    }

    /// <summary>A head that is stored.</summary>
    public void Adopt(RosterHead head, string? etag)
    {
        Head = head;
        ETag = etag;
        ObsoleteIsGone = false;
        if (!head.IsBranch && head.BodyVersion == 0)
        {
            Body = [];
        }
    }

    public List<RosterWaitingChange> TakeChanges()
    {
        var taken = Changes;
        Changes = [];
        return taken;
    }

    public List<RosterReading> TakeReadings()
    {
        var taken = Readings;
        Readings = [];
        return taken;
    }
}

/// <summary>A change that waits for its write; a request of null wants no answer.</summary>
internal readonly record struct RosterWaitingChange(long? Request, RosterEntry Entry, bool Enforce);
