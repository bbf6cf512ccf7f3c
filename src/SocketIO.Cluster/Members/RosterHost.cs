namespace SocketIO.Cluster;

/// <summary>Drives a <see cref="RosterMachine"/>. Thread-safe.</summary>
/// <param name="machine">The rules.</param>
/// <param name="storage">The storage.</param>
/// <param name="ask">Asks a member whether its entry of a version still holds; what it throws is no answer.</param>
/// <param name="now">The time, from an origin that all hosts share.</param>
internal sealed class RosterHost(
    RosterMachine machine,
    IStateStorage storage,
    Func<string, ulong, Task<bool>> ask,
    Func<TimeSpan> now) : StateHost<RosterOutput>(machine, storage, now)
{
    /// <inheritdoc cref="RosterMachine.Change"/>
    public Task<RosterOutcome> ChangeAsync(RosterChange change) => RequestAsync<RosterOutcome>((request, now, outputs) => machine.Change(request, change, now, outputs));

    /// <inheritdoc cref="RosterMachine.List"/>
    public Task<RosterOutput.Page> ListAsync(ulong cursor, int pageSize) =>
        RequestAsync<RosterOutput.Page>((request, now, outputs) => machine.List(request, cursor, pageSize, now, outputs));

    /// <inheritdoc cref="RosterMachine.Audit"/>
    public Task<RosterOutput.Page> AuditAsync(ulong cursor, int pageSize) =>
        RequestAsync<RosterOutput.Page>((request, now, outputs) => machine.Audit(request, cursor, pageSize, now, outputs));

    /// <inheritdoc/>
    protected override void Do(RosterOutput output)
    {
        switch (output)
        {
            case RosterOutput.Storage storage:
                Operate(storage.Request);
                break;
            case RosterOutput.Unreadable unreadable:
                Report(unreadable.State);
                break;
            case RosterOutput.Reply reply:
                Answer(reply.Request, reply.Outcome);
                break;
            case RosterOutput.Page page:
                Answer(page.Request, page);
                break;
            case RosterOutput.Question(var member, var version):
                // The next audit asks again.
                Call(() => ask(member, version), (isJoined, now, outputs) => machine.OnMembership(member, version, isJoined, now, outputs));
                break;
        }
    }
}
