namespace SocketIO.Cluster;

/// <summary>
/// A member (an identified user) of a namespace and the rooms that outlive its sockets. A change is stored here first, then told to the room's
/// roster, and acknowledged after both. Rooms whose roster has not confirmed are stored as such, so that whoever continues tells it again.
/// </summary>
/// <remarks>
/// Single-threaded. All writes are compare-and-swap: a second one that is alive for the same member costs conflicts and nothing else.
/// After a conflict or an unknown outcome the state is read again and the changes are applied to what was found.
/// Time is counted from an origin that all hosts share, because it is stored.
/// </remarks>
internal sealed class MemberMachine : IStateMachine<MemberOutput>
{
    private readonly MemberOptions _options;
    private readonly StoredState<MemberState> _stored;
    private readonly MemberRequests _requests = new();
    private readonly MemberAnnouncements _announcements;
    private readonly List<(long Request, string Room, ulong Version, long Arrival)> _questions = [];
    private bool _wanted;

    /// <summary>Creates the machine of a member; nothing is read before something is asked.</summary>
    public MemberMachine(string namespaceName, string member, MemberOptions options)
    {
        _options = options;
        _stored = new StoredState<MemberState>(StateKey.Member(namespaceName, member), options.RetryDelay, bytes => bytes is { } found ? MemberState.Read(found.Span) : new MemberState());
        _announcements = new MemberAnnouncements(member, options);
    }

    /// <summary>Joins, leaves and questions that wait.</summary>
    public int Pending => _requests.Count + _questions.Count;

    /// <summary>The rooms it is in, as far as stored; none before the state was read.</summary>
    public IEnumerable<string> Rooms => _stored.Value is not { } state ? [] : state.Rooms.Where(room => room.Value.Joined).Select(room => room.Key);

    /// <summary>Whether the state was read, and nothing has put it in doubt since.</summary>
    public bool IsKnown => _stored.Value is not null;

    /// <summary>Whether rosters have still to be told, as far as is known.</summary>
    public bool IsRepairing => _stored.Value is { } state ? state.Rooms.Values.Any(room => !room.Confirmed) : _wanted;

    /// <inheritdoc/>
    public bool IsBusy => Pending > 0 || IsRepairing;

    /// <summary>Reads the state and tells the rosters that may not know: to be called once at activation.</summary>
    public void Start(TimeSpan now, List<MemberOutput> outputs)
    {
        _wanted = true;
        Pump(now, outputs);
    }

    /// <summary>The member joins a room.</summary>
    public void Join(long request, string room, TimeSpan now, List<MemberOutput> outputs) => Add(request, room, joins: true, now, outputs);

    /// <summary>The member leaves a room.</summary>
    public void Leave(long request, string room, TimeSpan now, List<MemberOutput> outputs) => Add(request, room, joins: false, now, outputs);

    /// <summary>A roster asks whether its entry of that version still holds. There is no answer to it if it can't be known, or too much waits.</summary>
    public void Ask(long request, string room, ulong version, TimeSpan now, List<MemberOutput> outputs)
    {
        if (Pending >= _options.MaxPending)
        {
            outputs.Add(new MemberOutput.Membership(request, Joined: null));
            return;
        }

        _questions.Add((request, room, version, _stored.Reads));
        Pump(now, outputs);
    }

    /// <summary>Tells all rosters again, those that have confirmed too.</summary>
    public void Repair(TimeSpan now, List<MemberOutput> outputs)
    {
        _wanted = true;
        _stored.Value?.Doubt();
        Pump(now, outputs);
    }

    /// <summary>The member is here: its lifetime begins anew. Stored at most four times in a lifetime.</summary>
    public void Touch(TimeSpan now, List<MemberOutput> outputs)
    {
        if (_stored is { Value: { Rooms.Count: > 0 } state, IsBusy: false } && _requests.Waiting.Count == 0 && IsToBeTouched(state, now))
        {
            var next = state.Copy();
            next.Seen = now;
            Store(next, outputs);
        }
        else
        {
            Pump(now, outputs);
        }
    }

    /// <inheritdoc/>
    public void OnStorage(in StorageResult result, TimeSpan now, List<MemberOutput> outputs)
    {
        switch (_stored.Answered(result, now))
        {
            case StoredStateChange.None:
                return;
            case StoredStateChange.Loaded:
                _wanted = false;
                break;
            case StoredStateChange.Unreadable:
                _wanted = false;
                outputs.Add(new MemberOutput.Unreadable(_stored.Unreadable));
                _requests.Refuse(_ => true, MemberOutcome.Unavailable, outputs);
                _questions.ForEach(question => outputs.Add(new MemberOutput.Membership(question.Request, Joined: null)));
                _questions.Clear();
                break;
            case StoredStateChange.Written:
                _requests.Written();
                break;
            case StoredStateChange.InDoubt:
                Forget();
                break;
        }

        Pump(now, outputs);
    }

    /// <summary>A roster's answer to an announcement. One that is not the last for its room is ignored.</summary>
    public void OnRoster(string room, ulong version, RosterOutcome outcome, TimeSpan now, List<MemberOutput> outputs)
    {
        if (outcome == RosterOutcome.Unavailable || _stored.Value is not { } state || !state.Rooms.TryGetValue(room, out var known) || known.Version != version)
        {
            return;
        }

        _announcements.End(room);
        if (outcome == RosterOutcome.Full && known.Joined && _announcements.EndEnforcement(room))
        {
            _requests.TakeBack(room, version);
        }
        else if (outcome == RosterOutcome.Done && !known.Confirmed)
        {
            _announcements.EndEnforcement(room);
            state.Confirm(room, version);
            // The write in flight became the state before this was known: what it makes of the room is confirmed as well.
            _stored.Next?.Confirm(room, version);
            _requests.Complete(state, outputs);
        }

        Pump(now, outputs);
    }

    /// <summary>Time has passed: what was not answered is tried again or given up, and a member past its lifetime leaves.</summary>
    public void Advance(TimeSpan now, List<MemberOutput> outputs)
    {
        _requests.Expire(now, outputs);
        Pump(now, outputs);
    }

    private void Add(long id, string room, bool joins, TimeSpan now, List<MemberOutput> outputs)
    {
        var request = new MemberRequest(id, room, joins, now + _options.RequestTimeout) { Arrival = _stored.Reads };
        if (!StateKey.IsValidName(room, _options.MaxRoomNameBytes))
        {
            request.Answer(MemberOutcome.InvalidName, outputs);
        }
        else if (Pending >= _options.MaxPending)
        {
            request.Answer(MemberOutcome.Unavailable, outputs);
        }
        else
        {
            _requests.Add(request);
            Pump(now, outputs);
        }
    }

    private void Pump(TimeSpan now, List<MemberOutput> outputs)
    {
        if (_stored.IsReady(now))
        {
            if (_stored.Value is not { } state)
            {
                if (_wanted || _requests.Waiting.Count > 0 || _questions.Count > 0)
                {
                    outputs.Add(new MemberOutput.Storage(_stored.Load()));
                }
            }
            else
            {
                LeaveAllWhenExpired(state, now);
                if (AnswerQuestions(state, outputs) && !Apply(state, now, outputs))
                {
                    ClearWhenExpired(state, now, outputs);
                }
            }
        }

        if (_stored is { Value: { } known, IsBusy: false })
        {
            _requests.Complete(known, outputs);
            _announcements.Send(known, now, outputs);
        }
    }

    /// <summary>What is stored is not known: it has to be read again, and what was being written is applied to what is found.</summary>
    private void Forget()
    {
        _stored.Forget();
        _wanted = true;
        _requests.Retry();
        _announcements.Forget();
    }

    private void ReadAgain(List<MemberOutput> outputs)
    {
        Forget();
        outputs.Add(new MemberOutput.Storage(_stored.Load()));
    }

    /// <summary>True if nothing has to be read for them first. An entry newer than this state means that another one is at work for this member.</summary>
    private bool AnswerQuestions(MemberState state, List<MemberOutput> outputs)
    {
        if (_questions.Any(question => question.Version > state.Version && question.Arrival == _stored.Reads))
        {
            ReadAgain(outputs);
            return false;
        }

        foreach (var (request, room, _, _) in _questions)
        {
            outputs.Add(new MemberOutput.Membership(request, state.Rooms.TryGetValue(room, out var known) && known.Joined));
        }

        _questions.Clear();
        return true;
    }

    /// <summary>Applies what waits. True if something is under way now.</summary>
    private bool Apply(MemberState state, TimeSpan now, List<MemberOutput> outputs)
    {
        if (_requests.Waiting.Count == 0)
        {
            return false;
        }

        var change = MemberChange.Of(state, _requests.Waiting, _options);
        _requests.Refuse(change.Refuses, MemberOutcome.TooManyRooms, outputs);
        var next = change.Next;
        if (next.Version == state.Version && !(IsToBeTouched(state, now) && _requests.Waiting.Any(request => request.Joins)))
        {
            // Nothing to change, if this state is still the stored one: only reading it tells.
            if (_requests.Waiting.Any(request => request.Arrival == _stored.Reads))
            {
                ReadAgain(outputs);
                return true;
            }

            _requests.Skip();
            _requests.Complete(state, outputs);
            return false;
        }

        if (_requests.Waiting.Any(request => request.Id is not null) && now > next.Seen)
        {
            next.Seen = now;
        }

        change.Joined.ForEach(_announcements.Enforce);
        foreach (var request in _requests.Waiting)
        {
            _announcements.End(request.Room);
        }

        _requests.Write();
        Store(next, outputs);
        return true;
    }

    private void Store(MemberState next, List<MemberOutput> outputs) => outputs.Add(new MemberOutput.Storage(_stored.Store(next, next.Write())));

    private bool IsToBeTouched(MemberState state, TimeSpan now) => now - state.Seen > _options.Lifetime / 4;

    private bool IsExpired(MemberState state, TimeSpan now) => _stored.IsStored && now - state.Seen > _options.Lifetime;

    private void LeaveAllWhenExpired(MemberState state, TimeSpan now)
    {
        if (_requests.Waiting.Count > 0 || !IsExpired(state, now))
        {
            return;
        }

        foreach (var (name, room) in state.Rooms)
        {
            if (room.Joined)
            {
                _requests.Add(new MemberRequest(null, name, joins: false, TimeSpan.MaxValue) { Expires = true });
            }
        }
    }

    /// <summary>No room is left, none of the rosters has to be told, and nobody came for a lifetime: nothing is stored any longer.</summary>
    private void ClearWhenExpired(MemberState state, TimeSpan now, List<MemberOutput> outputs)
    {
        if (state.Rooms.Count == 0 && IsExpired(state, now))
        {
            outputs.Add(new MemberOutput.Storage(_stored.Clear(new MemberState())));
        }
    }
}
