// A member at work: requests in, answers out, the storage and the rosters beside it.
namespace SocketIO.Cluster;

/// <summary>Drives a <see cref="MemberMachine"/>. Thread-safe.</summary>
internal sealed class MemberHost
{
    private readonly Lock _turn = new();
    private readonly MemberMachine _machine;
    private readonly Func<StorageRequest, Task<StorageResult>> _storage;
    private readonly Func<string, RosterChange, Task<RosterOutcome>> _announce;
    private readonly Func<TimeSpan> _now;
    private readonly Dictionary<long, TaskCompletionSource<MemberOutcome>> _changes = [];
    private readonly Dictionary<long, TaskCompletionSource<bool>> _questions = [];
    private readonly List<TaskCompletionSource<string[]>> _listings = [];
    private readonly List<MemberOutput> _outputs = [];
    private long _lastRequest;

    /// <param name="machine">The rules.</param>
    /// <param name="storage">Carries out an operation; what it throws is an unknown outcome.</param>
    /// <param name="announce">Tells a room's roster; what it throws is no answer.</param>
    /// <param name="now">The time, from an origin that all hosts share.</param>
    public MemberHost(
        MemberMachine machine,
        Func<StorageRequest, Task<StorageResult>> storage,
        Func<string, RosterChange, Task<RosterOutcome>> announce,
        Func<TimeSpan> now)
    {
        _machine = machine;
        _storage = storage;
        _announce = announce;
        _now = now;
        Turn(() => machine.Start(now(), _outputs));
    }

    /// <summary>Whether something is to be looked after by <see cref="Tick"/>.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_turn)
            {
                return _machine.Pending > 0 || _listings.Count > 0 || _machine.IsRepairing;
            }
        }
    }

    /// <inheritdoc cref="MemberMachine.Join"/>
    public Task<MemberOutcome> JoinAsync(string room) => ChangeAsync(request => _machine.Join(request, room, _now(), _outputs));

    /// <inheritdoc cref="MemberMachine.Leave"/>
    public Task<MemberOutcome> LeaveAsync(string room) => ChangeAsync(request => _machine.Leave(request, room, _now(), _outputs));

    /// <inheritdoc cref="MemberMachine.Ask"/>
    public Task<bool> AskAsync(string room, ulong version)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Turn(() =>
        {
            var request = ++_lastRequest;
            _questions.Add(request, answer);
            if (!_machine.Ask(request, room, version, _now(), _outputs))
            {
                _questions.Remove(request);
                answer.SetException(new InvalidOperationException("Too much waits for this member."));
            }
        });
        return answer.Task;
    }

    /// <summary>The member is here: its lifetime begins anew, and it is told the rooms that it is in.</summary>
    public Task<string[]> TouchAsync()
    {
        var answer = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        Turn(() =>
        {
            _listings.Add(answer);
            _machine.Start(_now(), _outputs);
            _machine.Touch(_now(), _outputs);
        });
        return answer.Task;
    }

    /// <summary>Looks for what is due again; to be called now and then while <see cref="IsBusy"/>.</summary>
    public void Tick() => Turn(() => _machine.Advance(_now(), _outputs));

    private Task<MemberOutcome> ChangeAsync(Action<long> change)
    {
        var answer = new TaskCompletionSource<MemberOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        Turn(() =>
        {
            var request = ++_lastRequest;
            _changes.Add(request, answer);
            change(request);
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
            if (_machine.IsKnown)
            {
                string[] rooms = [.. _machine.Rooms];
                _listings.ForEach(listing => listing.TrySetResult(rooms));
                _listings.Clear();
            }
        }
    }

    private void Do(MemberOutput output)
    {
        switch (output)
        {
            case MemberOutput.Storage { Request: var request }:
                _ = OperateAsync(request);
                break;
            case MemberOutput.Announcement announcement:
                _ = AnnounceAsync(announcement);
                break;
            case MemberOutput.Reply reply when _changes.Remove(reply.Request, out var change):
                change.TrySetResult(reply.Outcome);
                break;
            case MemberOutput.Membership membership when _questions.Remove(membership.Request, out var question):
                question.TrySetResult(membership.Joined);
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
            result = await _storage(request).ConfigureAwait(false);
        }
        catch (Exception)
        {
            result = new StorageResult(request.Id, StorageOutcome.Unknown);
        }

        Turn(() => _machine.OnStorage(result, _now(), _outputs));
    }

    private async Task AnnounceAsync(MemberOutput.Announcement announcement)
    {
        await Task.Yield();
        RosterOutcome outcome;
        try
        {
            outcome = await _announce(announcement.Room, announcement.Change).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It is told again after a while.
            return;
        }

        Turn(() => _machine.OnRoster(announcement.Room, announcement.Change.Version, outcome, _now(), _outputs));
    }
}
