namespace SocketIO.Cluster;

/// <summary>Drives a <see cref="MemberMachine"/>. Thread-safe.</summary>
internal sealed class MemberHost : StateHost<MemberOutput>
{
    private readonly MemberMachine _machine;
    private readonly Func<string, RosterChange, Task<RosterOutcome>> _announce;
    private readonly List<TaskCompletionSource<string[]>> _listings = [];

    /// <param name="machine">The rules.</param>
    /// <param name="storage">The storage.</param>
    /// <param name="announce">Tells a room's roster; what it throws is no answer.</param>
    /// <param name="now">The time, from an origin that all hosts share.</param>
    public MemberHost(
        MemberMachine machine,
        IStateStorage storage,
        Func<string, RosterChange, Task<RosterOutcome>> announce,
        Func<TimeSpan> now)
        : base(machine, storage, now)
    {
        _machine = machine;
        _announce = announce;
        Turn(machine.Start);
    }

    /// <inheritdoc cref="MemberMachine.Join"/>
    public Task<MemberOutcome> JoinAsync(string room) => RequestAsync<MemberOutcome>((request, now, outputs) => _machine.Join(request, room, now, outputs));

    /// <inheritdoc cref="MemberMachine.Leave"/>
    public Task<MemberOutcome> LeaveAsync(string room) => RequestAsync<MemberOutcome>((request, now, outputs) => _machine.Leave(request, room, now, outputs));

    /// <inheritdoc cref="MemberMachine.Ask"/>
    public Task<bool?> AskAsync(string room, ulong version) => RequestAsync<bool?>((request, now, outputs) => _machine.Ask(request, room, version, now, outputs));

    /// <summary>The member is here: its lifetime begins anew, and it is told the rooms that it is in.</summary>
    public Task<string[]> TouchAsync()
    {
        var answer = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        Turn((now, outputs) =>
        {
            _listings.Add(answer);
            _machine.Start(now, outputs);
            _machine.Touch(now, outputs);
        });
        return answer.Task;
    }

    /// <inheritdoc/>
    protected override void Do(MemberOutput output)
    {
        switch (output)
        {
            case MemberOutput.Storage storage:
                Operate(storage.Request);
                break;
            case MemberOutput.Unreadable(var state):
                Report(state);
                _listings.ForEach(listing => listing.TrySetException(state.Error));
                _listings.Clear();
                break;
            case MemberOutput.Announcement(var room, var change):
                Call(() => _announce(room, change), (outcome, now, outputs) => _machine.OnRoster(room, change.Version, outcome, now, outputs));
                break;
            case MemberOutput.Reply reply:
                Answer(reply.Request, reply.Outcome);
                break;
            case MemberOutput.Membership membership:
                Answer(membership.Request, membership.Joined);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndTurn()
    {
        if (_machine.IsKnown && _listings.Count > 0)
        {
            string[] rooms = [.. _machine.Rooms];
            _listings.ForEach(listing => listing.TrySetResult(rooms));
            _listings.Clear();
        }
    }
}
