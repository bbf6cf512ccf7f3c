// A roster at work: changes in, pages out, the storage and the members beside it.
namespace SocketIO.Cluster;

/// <summary>Drives a <see cref="RosterMachine"/>. Thread-safe.</summary>
/// <param name="machine">The rules.</param>
/// <param name="storage">Carries out an operation; what it throws is an unknown outcome.</param>
/// <param name="ask">Asks a member whether its entry of a version still holds; what it throws is no answer.</param>
/// <param name="now">The time, from an origin that all hosts share.</param>
internal sealed class RosterHost(
    RosterMachine machine,
    Func<StorageRequest, Task<StorageResult>> storage,
    Func<string, ulong, Task<bool>> ask,
    Func<TimeSpan> now)
{
    private readonly Lock _turn = new();
    private readonly Dictionary<long, TaskCompletionSource<RosterOutcome>> _changes = [];
    private readonly Dictionary<long, TaskCompletionSource<RosterOutput.Page>> _pages = [];
    private readonly List<RosterOutput> _outputs = [];
    private long _lastRequest;

    /// <summary>Whether something is to be looked after by <see cref="Tick"/>.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_turn)
            {
                return machine.Pending > 0 || machine.IsRetrying;
            }
        }
    }

    /// <inheritdoc cref="RosterMachine.Change"/>
    public Task<RosterOutcome> ChangeAsync(RosterChange change) =>
        StartAsync(_changes, request => machine.Change(request, change, now(), _outputs));

    /// <inheritdoc cref="RosterMachine.List"/>
    public Task<RosterOutput.Page> ListAsync(ulong cursor, int pageSize) =>
        StartAsync(_pages, request => machine.List(request, cursor, pageSize, now(), _outputs));

    /// <inheritdoc cref="RosterMachine.Audit"/>
    public Task<RosterOutput.Page> AuditAsync(ulong cursor, int pageSize) =>
        StartAsync(_pages, request => machine.Audit(request, cursor, pageSize, now(), _outputs));

    /// <summary>Looks for what is due again; to be called now and then while <see cref="IsBusy"/>.</summary>
    public void Tick() => Turn(() => machine.Advance(now(), _outputs));

    private Task<T> StartAsync<T>(Dictionary<long, TaskCompletionSource<T>> waiting, Action<long> start)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Turn(() =>
        {
            var request = ++_lastRequest;
            waiting.Add(request, answer);
            start(request);
        });
        return answer.Task;
    }

    private void Turn(Action action)
    {
        lock (_turn)
        {
            action();
            foreach (var output in _outputs.ToArray())
            {
                Do(output);
            }

            _outputs.Clear();
        }
    }

    private void Do(RosterOutput output)
    {
        switch (output)
        {
            case RosterOutput.Storage { Request: var request }:
                _ = OperateAsync(request);
                break;
            case RosterOutput.Reply reply when _changes.Remove(reply.Request, out var change):
                change.TrySetResult(reply.Outcome);
                break;
            case RosterOutput.Page page when _pages.Remove(page.Request, out var listing):
                listing.TrySetResult(page);
                break;
            case RosterOutput.Question question:
                _ = AskAsync(question);
                break;
        }
    }

    private async Task OperateAsync(StorageRequest request)
    {
        // Outside the turn: a storage may answer at once.
        await Task.Yield();
        StorageResult result;
        try
        {
            result = await storage(request).ConfigureAwait(false);
        }
        catch (Exception)
        {
            result = new StorageResult(request.Id, StorageOutcome.Unknown);
        }

        Turn(() => machine.OnStorage(result, now(), _outputs));
    }

    private async Task AskAsync(RosterOutput.Question question)
    {
        await Task.Yield();
        bool isJoined;
        try
        {
            isJoined = await ask(question.Member, question.Version).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The next audit asks again.
            return;
        }

        Turn(() => machine.OnMembership(question.Member, question.Version, isJoined, now(), _outputs));
    }
}
