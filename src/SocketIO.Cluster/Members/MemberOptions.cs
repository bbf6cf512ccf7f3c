namespace SocketIO.Cluster;

/// <summary>The bounds of a member.</summary>
internal sealed class MemberOptions
{
    /// <summary>The longest id of a member, in bytes of UTF-8.</summary>
    public const int MaxMemberIdBytes = 512;

    /// <summary>The most rooms of a member, those it is just leaving included; a join beyond it is refused with <see cref="MemberOutcome.TooManyRooms"/>.</summary>
    public int MaxRoomsPerMember { get; init; } = 1000;

    /// <summary>The longest name of a room, in bytes of UTF-8; a longer one is refused with <see cref="MemberOutcome.InvalidName"/>.</summary>
    public int MaxRoomNameBytes { get; init; } = 512;

    /// <summary>Joins, leaves and questions that wait; those beyond are refused with <see cref="MemberOutcome.Unavailable"/>.</summary>
    public int MaxPending { get; init; } = 1024;

    /// <summary>Changes on their way to rosters at one time.</summary>
    public int MaxAnnouncements { get; init; } = 64;

    /// <summary>A join or leave that takes longer is answered <see cref="MemberOutcome.Unavailable"/>: it may still take effect.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A roster that has not answered for so long is told again.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The pause after a storage operation of unknown outcome.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A member that was not touched for so long leaves all rooms and is removed.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(90);
}
