namespace SocketIO.Cluster;

/// <summary>
/// What a member tells a roster: it is in the room, or no longer. Versions are the member's own and rise with each of its changes,
/// so that a late or repeated message does no harm.
/// </summary>
/// <param name="Member">The member's id.</param>
/// <param name="Version">The member's version of this change.</param>
/// <param name="Present">Whether it joined.</param>
/// <param name="Enforce">Whether the bound of the room applies: not for a join that may have been acknowledged before.</param>
internal readonly record struct RosterChange(string Member, ulong Version, bool Present, bool Enforce);

/// <summary>How a change of a roster ended.</summary>
internal enum RosterOutcome
{
    /// <summary>It is stored, or a newer one is.</summary>
    Done,

    /// <summary>The room has its most members.</summary>
    Full,

    /// <summary>It may be stored or not: the member sends it again.</summary>
    Unavailable,
}

/// <summary>A member in a listing.</summary>
internal readonly record struct RosterMember(string Member, ulong Version);

/// <summary>What a roster asks of its host.</summary>
internal abstract record RosterOutput
{
    /// <summary>A storage operation.</summary>
    public sealed record Storage(StorageRequest Request) : RosterOutput;

    /// <summary>Something that is stored can't be read. Whoever waits for it is answered.</summary>
    public sealed record Unreadable(UnreadableState State) : RosterOutput;

    /// <summary>The answer to <see cref="RosterMachine.Change"/>.</summary>
    public sealed record Reply(long Request, string Member, ulong Version, RosterOutcome Outcome) : RosterOutput;

    /// <summary>The answer to <see cref="RosterMachine.List"/>; without members and with the cursor it began with if the storage failed.</summary>
    public sealed record Page(long Request, IReadOnlyList<RosterMember> Members, ulong? Next, bool Complete) : RosterOutput;

    /// <summary>Of an audit: ask this member whether it is in the room, and hand the answer to <see cref="RosterMachine.OnMembership"/>.</summary>
    public sealed record Question(string Member, ulong Version) : RosterOutput;
}
