using Orleans;

namespace SocketIO.Orleans;

/// <summary>The clients' answers to an event.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.AnswerSet")]
public sealed class AnswerSet
{
    internal AnswerSet(EventMessage[] answers, string? failure, bool isTimeout)
    {
        Answers = answers;
        Failure = failure;
        IsTimeout = isTimeout;
    }

    [Id(0)]
    internal EventMessage[] Answers { get; }

    /// <summary>Why there are no more; <see langword="null"/>: these are all.</summary>
    [Id(1)]
    internal string? Failure { get; }

    [Id(2)]
    internal bool IsTimeout { get; }
}
