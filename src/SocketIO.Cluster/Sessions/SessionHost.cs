namespace SocketIO.Cluster;

/// <summary>Drives a <see cref="SessionMachine"/> over a storage. Thread-safe.</summary>
/// <param name="machine">The rules.</param>
/// <param name="storage">The storage.</param>
/// <param name="now">The time, from an origin that all hosts share.</param>
internal sealed class SessionHost(SessionMachine machine, IStateStorage storage, Func<TimeSpan> now)
    : StateHost<SessionOutput>(machine, storage, now)
{
    /// <inheritdoc cref="SessionMachine.Create"/>
    public Task<SessionOutput.Reply> CreateAsync(long claim, GatewayId owner, string socketId, string? user) =>
        RequestAsync<SessionOutput.Reply>((request, now, outputs) => machine.Create(request, claim, owner, socketId, user, now, outputs));

    /// <inheritdoc cref="SessionMachine.Claim"/>
    public Task<SessionOutput.Reply> ClaimAsync(long claim, GatewayId owner, string? user) =>
        RequestAsync<SessionOutput.Reply>((request, now, outputs) => machine.Claim(request, claim, owner, user, now, outputs));

    /// <inheritdoc cref="SessionMachine.Save"/>
    public Task<SessionOutput.Reply> SaveAsync(ulong generation, long revision, IReadOnlyList<string> rooms, ReadOnlyMemory<byte> data, bool isAway) =>
        RequestAsync<SessionOutput.Reply>((request, now, outputs) => machine.Save(request, generation, revision, rooms, data, isAway, now, outputs));

    /// <inheritdoc cref="SessionMachine.End"/>
    public Task<SessionOutput.Reply> EndAsync(ulong generation) =>
        RequestAsync<SessionOutput.Reply>((request, now, outputs) => machine.End(request, generation, now, outputs));

    /// <inheritdoc cref="SessionMachine.Expire"/>
    public Task<SessionOutput.Reply> ExpireAsync() => RequestAsync<SessionOutput.Reply>((request, now, outputs) => machine.Expire(request, now, outputs));

    /// <inheritdoc/>
    protected override void Do(SessionOutput output)
    {
        switch (output)
        {
            case SessionOutput.Storage storage:
                Operate(storage.Request);
                break;
            case SessionOutput.Unreadable unreadable:
                Report(unreadable.State);
                break;
            case SessionOutput.Reply reply:
                Answer(reply.Request, reply);
                break;
        }
    }
}
