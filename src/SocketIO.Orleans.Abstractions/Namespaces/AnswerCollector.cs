using Orleans;

namespace SocketIO.Orleans;

/// <summary>Waits for one set of answers.</summary>
internal sealed class AnswerCollector : IAnswerObserver
{
    private readonly TaskCompletionSource<AnswerSet> _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public Task OnAnswersAsync(AnswerSet answers)
    {
        _answers.TrySetResult(answers);
        return Task.CompletedTask;
    }

    /// <summary>Asks, and waits.</summary>
    /// <param name="grains">Where to ask.</param>
    /// <param name="ask">Asks; it must not wait for the answers.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">No word has come: the gateway that gathers the answers may have died.</exception>
    public async Task<AnswerSet> CollectAsync(IGrainFactory grains, Func<IAnswerObserver, Task> ask, TimeSpan patience, CancellationToken cancellationToken)
    {
        // Not in a grain's context, where references to objects can't be made.
        var observer = await Task.Run(() => grains.CreateObjectReference<IAnswerObserver>(this), cancellationToken).ConfigureAwait(false);
        try
        {
            await ask(observer).ConfigureAwait(false);
            return await _answers.Task.WaitAsync(patience, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            grains.DeleteObjectReference<IAnswerObserver>(observer);
            // Observers are held weakly.
            GC.KeepAlive(this);
        }
    }
}
