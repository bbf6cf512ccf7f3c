namespace SocketIO.Cluster;

/// <summary>The bounds of an <see cref="AckCollector"/>.</summary>
internal sealed class AckCollectorOptions
{
    /// <summary>The most requests that wait for answers; one more is refused with <see cref="AckOutcome.Refused"/>.</summary>
    public int MaxPending { get; init; } = 10_000;

    /// <summary>The most answers of one request; a gateway that announces more ends it with <see cref="AckOutcome.TooLarge"/>.</summary>
    public int MaxAnswers { get; init; } = 100_000;

    /// <summary>The most bytes of the answers of one request; more end it with <see cref="AckOutcome.TooLarge"/>.</summary>
    public long MaxAnswerBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The most dead gateways that are remembered, so that a request which is told of one later does not wait for it; the oldest are forgotten first.</summary>
    public int MaxDeadGateways { get; init; } = 1024;
}

/// <summary>How a request for acknowledgements ended.</summary>
internal enum AckOutcome
{
    /// <summary>Everybody answered who was asked and is still there.</summary>
    Complete,

    /// <summary>The time is up: the answers so far are there.</summary>
    TimedOut,

    /// <summary>Its answers are more than the bounds allow: those that fitted are there.</summary>
    TooLarge,

    /// <summary>Too many requests wait already.</summary>
    Refused,
}

/// <summary>The end of a request: the answers, and how many are missing; a gateway that has not said how many it asked counts as one.</summary>
internal sealed record AckResult(long Request, AckOutcome Outcome, IReadOnlyList<ReadOnlyMemory<byte>> Answers, int Missing);
