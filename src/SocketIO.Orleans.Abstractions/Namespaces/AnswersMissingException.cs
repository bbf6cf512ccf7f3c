namespace SocketIO.Orleans;

/// <summary>Not all clients have answered an event in time.</summary>
/// <typeparam name="T">What an answer is read as.</typeparam>
public sealed class AnswersMissingException<T> : TimeoutException
{
    internal AnswersMissingException(IReadOnlyList<T> answers, string message)
        : base(message) => Answers = answers;

    /// <summary>The answers that did come.</summary>
    public IReadOnlyList<T> Answers { get; }
}
