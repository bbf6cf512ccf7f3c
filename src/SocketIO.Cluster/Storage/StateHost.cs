// A state machine at work: requests in, answers out, the storage beside it.
namespace SocketIO.Cluster;

/// <summary>The rules of a state that is stored. Single-threaded; what is to be done is added to a list.</summary>
/// <typeparam name="TOutput">What it asks of its host.</typeparam>
internal interface IStateMachine<TOutput>
{
    /// <summary>Whether time has to pass for it: while it is <see langword="true"/>, <see cref="Advance"/> is to be called now and then.</summary>
    bool IsBusy { get; }

    /// <summary>Time has passed: what was not answered is tried again or given up.</summary>
    void Advance(TimeSpan now, List<TOutput> outputs);

    /// <summary>The storage answered. Answers that nobody waits for are ignored.</summary>
    void OnStorage(in StorageResult result, TimeSpan now, List<TOutput> outputs);
}

/// <summary>What time has to pass for.</summary>
internal interface IStateHost
{
    /// <summary>Whether something is to be looked after by <see cref="Tick"/>.</summary>
    bool IsBusy { get; }

    /// <summary>Looks for what is due again; to be called now and then while <see cref="IsBusy"/>.</summary>
    void Tick();
}

/// <summary>Drives a state machine, one turn at a time, and does what it asks for. Thread-safe.</summary>
/// <typeparam name="TOutput">What the machine asks for.</typeparam>
/// <param name="machine">The rules.</param>
/// <param name="storage">The storage.</param>
/// <param name="now">The time, from an origin that all hosts share.</param>
internal abstract class StateHost<TOutput>(IStateMachine<TOutput> machine, IStateStorage storage, Func<TimeSpan> now) : IStateHost
{
    private readonly Lock _turn = new();
    private readonly Dictionary<long, object> _waiting = [];
    private readonly List<TOutput> _outputs = [];
    private long _lastRequest;

    /// <summary>Something that the machine is told.</summary>
    protected delegate void Step(TimeSpan now, List<TOutput> outputs);

    /// <inheritdoc/>
    public bool IsBusy
    {
        get
        {
            lock (_turn)
            {
                return machine.IsBusy;
            }
        }
    }

    /// <inheritdoc/>
    public void Tick() => Turn(machine.Advance);

    /// <summary>Does what the machine asks for.</summary>
    protected abstract void Do(TOutput output);

    /// <summary>A turn ends.</summary>
    protected virtual void EndTurn()
    {
    }

    /// <summary>A turn of the machine.</summary>
    protected void Turn(Step step)
    {
        lock (_turn)
        {
            step(now(), _outputs);
            _outputs.ForEach(Do);
            _outputs.Clear();
            EndTurn();
        }
    }

    /// <summary>Gives the machine a request under a number of its own.</summary>
    /// <returns>What <see cref="Answer"/> is called with.</returns>
    protected Task<T> RequestAsync<T>(Action<long, TimeSpan, List<TOutput>> start)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Turn((now, outputs) =>
        {
            var request = ++_lastRequest;
            _waiting.Add(request, answer);
            start(request, now, outputs);
        });
        return answer.Task;
    }

    /// <summary>The machine has answered a request.</summary>
    protected void Answer<T>(long request, T answer)
    {
        if (_waiting.Remove(request, out var waiting))
        {
            ((TaskCompletionSource<T>)waiting).TrySetResult(answer);
        }
    }

    /// <summary>Carries out a storage operation.</summary>
    protected void Operate(StorageRequest request) => _ = OperateAsync(request);

    /// <summary>What is stored can't be read.</summary>
    protected void Report(UnreadableState state) => storage.OnUnreadable(state);

    /// <summary>Asks somebody else. What is thrown is no answer: the machine asks again.</summary>
    protected void Call<T>(Func<Task<T>> call, Action<T, TimeSpan, List<TOutput>> answered) => _ = CallAsync(call, answered);

    private async Task OperateAsync(StorageRequest request)
    {
        // Outside the turn: a storage may answer at once.
        await Task.Yield();
        StorageResult result;
        try
        {
            result = await storage.OperateAsync(request).ConfigureAwait(false);
        }
        catch (Exception)
        {
            result = new StorageResult(request.Id, StorageOutcome.Unknown);
        }

        Turn((now, outputs) => machine.OnStorage(result, now, outputs));
    }

    private async Task CallAsync<T>(Func<Task<T>> call, Action<T, TimeSpan, List<TOutput>> answered)
    {
        await Task.Yield();
        T answer;
        try
        {
            answer = await call().ConfigureAwait(false);
        }
        catch (Exception)
        {
            return;
        }

        Turn((now, outputs) => answered(answer, now, outputs));
    }
}
