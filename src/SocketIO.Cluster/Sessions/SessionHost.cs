// A session at work: requests in, answers out, the storage beside it.
namespace SocketIO.Cluster;

/// <summary>Drives a <see cref="SessionMachine"/> over a storage. Thread-safe.</summary>
/// <param name="machine">The rules.</param>
/// <param name="storage">Carries out an operation; what it throws is an unknown outcome.</param>
/// <param name="now">The time, from an origin that all hosts share.</param>
internal sealed class SessionHost(SessionMachine machine, Func<StorageRequest, Task<StorageResult>> storage, Func<TimeSpan> now)
{
    private readonly Lock _turn = new();
    private readonly Dictionary<long, TaskCompletionSource<SessionOutput.Reply>> _waiting = [];
    private readonly List<SessionOutput> _outputs = [];
    private long _lastRequest;

    /// <inheritdoc cref="SessionMachine.Create"/>
    public Task<SessionOutput.Reply> CreateAsync(long claim, GatewayId owner, string socketId, string? user) =>
        AskAsync(request => machine.Create(request, claim, owner, socketId, user, now(), _outputs));

    /// <inheritdoc cref="SessionMachine.Claim"/>
    public Task<SessionOutput.Reply> ClaimAsync(long claim, GatewayId owner, string? user) =>
        AskAsync(request => machine.Claim(request, claim, owner, user, now(), _outputs));

    /// <inheritdoc cref="SessionMachine.Save"/>
    public Task<SessionOutput.Reply> SaveAsync(ulong generation, long revision, IReadOnlyList<string> rooms, ReadOnlyMemory<byte> data, bool isAway) =>
        AskAsync(request => machine.Save(request, generation, revision, rooms, data, isAway, now(), _outputs));

    /// <inheritdoc cref="SessionMachine.End"/>
    public Task<SessionOutput.Reply> EndAsync(ulong generation) => AskAsync(request => machine.End(request, generation, now(), _outputs));

    /// <summary>Looks for what is due again; to be called now and then while requests wait.</summary>
    public void Tick()
    {
        lock (_turn)
        {
            machine.Advance(now(), _outputs);
            Do();
        }
    }

    private Task<SessionOutput.Reply> AskAsync(Action<long> start)
    {
        var answer = new TaskCompletionSource<SessionOutput.Reply>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_turn)
        {
            var request = ++_lastRequest;
            _waiting.Add(request, answer);
            start(request);
            Do();
        }

        return answer.Task;
    }

    private void Do()
    {
        foreach (var output in _outputs.ToArray())
        {
            switch (output)
            {
                case SessionOutput.Reply reply when _waiting.Remove(reply.Request, out var answer):
                    answer.TrySetResult(reply);
                    break;
                case SessionOutput.Storage { Request: var request }:
                    _ = OperateAsync(request);
                    break;
            }
        }

        _outputs.Clear();
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

        lock (_turn)
        {
            machine.OnStorage(result, now(), _outputs);
            Do();
        }
    }
}
