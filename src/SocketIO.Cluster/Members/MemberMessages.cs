namespace SocketIO.Cluster;

/// <summary>How a join or leave of a member ended.</summary>
internal enum MemberOutcome
{
    /// <summary>It is stored with the member and in the room's roster.</summary>
    Done,

    /// <summary>The member is in its most rooms.</summary>
    TooManyRooms,

    /// <summary>The room has its most members. The join was taken back.</summary>
    RoomFull,

    /// <summary>The name of the room is empty, too long or not well-formed.</summary>
    InvalidName,

    /// <summary>No answer in time, or too much waits: it may have taken effect or not.</summary>
    Unavailable,
}

/// <summary>What a member asks of its host.</summary>
internal abstract record MemberOutput
{
    /// <summary>A storage operation.</summary>
    public sealed record Storage(StorageRequest Request) : MemberOutput;

    /// <summary>Something that is stored can't be read. Whoever waits for it is answered.</summary>
    public sealed record Unreadable(UnreadableState State) : MemberOutput;

    /// <summary>Tell a room's roster, and hand its answer to <see cref="MemberMachine.OnRoster"/>.</summary>
    public sealed record Announcement(string Room, RosterChange Change) : MemberOutput;

    /// <summary>The answer to a join or leave.</summary>
    public sealed record Reply(long Request, MemberOutcome Outcome) : MemberOutput;

    /// <summary>The answer to <see cref="MemberMachine.Ask"/>, from what is stored; <see langword="null"/>: it is not known.</summary>
    public sealed record Membership(long Request, bool? Joined) : MemberOutput;
}
