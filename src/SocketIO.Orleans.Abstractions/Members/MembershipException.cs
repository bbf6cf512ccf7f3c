using Orleans;

namespace SocketIO.Orleans;

/// <summary>A change of a durable membership has failed.</summary>
[GenerateSerializer]
[Alias("SocketIO.MembershipException")]
public sealed class MembershipException : Exception
{
    internal MembershipException(MembershipFailure failure, string message)
        : base(message) => Failure = failure;

    /// <summary>Why.</summary>
    [Id(0)]
    public MembershipFailure Failure { get; private set; }
}

/// <summary>Why a change of a durable membership has failed.</summary>
public enum MembershipFailure
{
    /// <summary>The storage or another grain has not answered in time: the change may have taken effect, or may do so yet. It can be made again.</summary>
    Unavailable,

    /// <summary>The member is in as many rooms as one may be.</summary>
    TooManyRooms,

    /// <summary>The room has as many members as one may have.</summary>
    RoomFull,

    /// <summary>The room's name is empty, too long, or no valid UTF-16.</summary>
    InvalidName,
}
