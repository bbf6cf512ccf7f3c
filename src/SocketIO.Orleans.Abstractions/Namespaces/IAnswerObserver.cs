using Orleans;
using Orleans.Concurrency;

namespace SocketIO.Orleans;

/// <summary>Whoever waits for clients' answers, in a silo or outside.</summary>
[Alias("SocketIO.IAnswerObserver")]
public interface IAnswerObserver : IGrainObserver
{
    /// <summary>There will be no more answers than these.</summary>
    /// <param name="answers">The answers.</param>
    [Alias("OnAnswers")]
    [OneWay]
    Task OnAnswersAsync(AnswerSet answers);
}
