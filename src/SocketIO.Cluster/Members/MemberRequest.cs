namespace SocketIO.Cluster;

/// <summary>A join or leave that waits for its write and the roster's confirmation.</summary>
/// <param name="id">What the answer names; null: nobody waits for one.</param>
/// <param name="room">Which room.</param>
/// <param name="joins">Whether it is a join.</param>
/// <param name="deadline">When it is answered <see cref="MemberOutcome.Unavailable"/>.</param>
internal sealed class MemberRequest(long? id, string room, bool joins, TimeSpan deadline)
{
    public long? Id { get; } = id;

    public string Room { get; } = room;

    public bool Joins { get; } = joins;

    public TimeSpan Deadline { get; } = deadline;

    /// <summary>The number of reads begun when it arrived: what changes nothing is answered by a later one.</summary>
    public long Arrival { get; init; } = -1;

    /// <summary>What it is answered once it is stored and confirmed.</summary>
    public MemberOutcome Outcome { get; init; } = MemberOutcome.Done;

    /// <summary>Only what was stored under this version is left: what another one has stored since is not this one's to undo.</summary>
    public ulong? OnlyVersion { get; init; }

    /// <summary>Because nobody came for a lifetime; dropped when the state has to be read again, which may say otherwise.</summary>
    public bool Expires { get; init; }

    public void Answer(MemberOutcome outcome, List<MemberOutput> outputs)
    {
        if (Id is { } id)
        {
            outputs.Add(new MemberOutput.Reply(id, outcome));
        }
    }
}
