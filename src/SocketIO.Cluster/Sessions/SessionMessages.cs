namespace SocketIO.Cluster;

/// <summary>The bounds of a session that can be recovered.</summary>
internal sealed class SessionOptions
{
    /// <summary>How long a client may stay away.</summary>
    public TimeSpan MaxDisconnectionDuration { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A session whose owner has not said anything for so long is gone, even if nobody said that it is away.</summary>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The most bytes of rooms and data together; a save beyond is refused with <see cref="SessionOutcome.TooLarge"/>.</summary>
    public int MaxStateBytes { get; init; } = 256 * 1024;

    /// <summary>Requests that wait; those beyond are refused with <see cref="SessionOutcome.Unavailable"/>.</summary>
    public int MaxPending { get; init; } = 256;

    /// <summary>A request that takes longer is answered <see cref="SessionOutcome.Unavailable"/>: it may still take effect.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause after a storage operation of unknown outcome.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>How a request to a session ended.</summary>
internal enum SessionOutcome
{
    /// <summary>It is stored.</summary>
    Done,

    /// <summary>The session is not there or has expired: the client gets a fresh one.</summary>
    Unknown,

    /// <summary>The session belongs to another principal.</summary>
    OtherPrincipal,

    /// <summary>Somebody else has claimed the session since: the writer is its owner no longer.</summary>
    Stale,

    /// <summary>It exceeds a bound.</summary>
    TooLarge,

    /// <summary>No answer in time, or too much waits: it may have taken effect or not.</summary>
    Unavailable,
}

/// <summary>What a session asks of its host.</summary>
internal abstract record SessionOutput
{
    /// <summary>A storage operation.</summary>
    public sealed record Storage(StorageRequest Request) : SessionOutput;

    /// <summary>Something that is stored can't be read. Whoever waits for it is answered.</summary>
    public sealed record Unreadable(UnreadableState State) : SessionOutput;

    /// <summary>The answer to a request; after a claim the state, with the generation that the new owner writes under.</summary>
    public sealed record Reply(long Request, SessionOutcome Outcome, SessionState? State = null) : SessionOutput;
}
