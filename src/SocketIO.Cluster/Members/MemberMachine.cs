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
internal sealed class MemberMachine
{
    private readonly string _member;
    private readonly string _key;
    private readonly MemberOptions _options;
    private readonly List<Operation> _queue = [];
    private readonly List<Operation> _writing = [];
    private readonly List<Operation> _announced = [];
    private readonly List<(long Request, string Room, ulong Version, long Arrival)> _questions = [];
    private readonly Dictionary<string, Announced> _announcements = new(StringComparer.Ordinal);
    private readonly HashSet<string> _enforced = new(StringComparer.Ordinal);
    private MemberState? _state;
    private MemberState? _next;
    private string? _etag;
    private long _lastOperation;
    private long _inFlight;
    private StorageOperation _step;
    private long _loads;
    private bool _wanted;
    private TimeSpan _retryAt = TimeSpan.MinValue;

    /// <summary>Creates the machine of a member; nothing is read before something is asked.</summary>
    public MemberMachine(string namespaceName, string member, MemberOptions options)
    {
        _member = member;
        _key = StateKey.Member(namespaceName, member);
        _options = options;
    }

    /// <summary>Joins, leaves and questions that wait.</summary>
    public int Pending => _queue.Count + _writing.Count + _announced.Count + _questions.Count;

    /// <summary>The rooms it is in, as far as stored; none before the state was read.</summary>
    public IEnumerable<string> Rooms => _state is null ? [] : _state.Rooms.Where(room => room.Value.Joined).Select(room => room.Key);

    /// <summary>Whether rosters have still to be told.</summary>
    public bool IsRepairing => _state is null || _state.Rooms.Values.Any(room => !room.Confirmed);

    /// <summary>Reads the state and tells the rosters that may not know: to be called once at activation.</summary>
    public void Start(TimeSpan now, List<MemberOutput> outputs)
    {
        _wanted = true;
        Pump(now, outputs);
    }

    /// <summary>The member joins a room.</summary>
    public void Join(long request, string room, TimeSpan now, List<MemberOutput> outputs) => Enqueue(request, room, joins: true, now, outputs);

    /// <summary>The member leaves a room.</summary>
    public void Leave(long request, string room, TimeSpan now, List<MemberOutput> outputs) => Enqueue(request, room, joins: false, now, outputs);

    /// <summary>A roster asks whether its entry of that version still holds.</summary>
    public void Ask(long request, string room, ulong version, TimeSpan now, List<MemberOutput> outputs)
    {
        if (Pending >= _options.MaxPending)
        {
            return;
        }

        _questions.Add((request, room, version, _loads));
        Pump(now, outputs);
    }

    /// <summary>Tells all rosters again, those that have confirmed too.</summary>
    public void Repair(TimeSpan now, List<MemberOutput> outputs)
    {
        _wanted = true;
        if (_state is { } state)
        {
            foreach (var (name, room) in state.Rooms.ToArray())
            {
                state.Rooms[name] = room with { Confirmed = false };
            }
        }

        Pump(now, outputs);
    }

    /// <summary>The member is here: its lifetime begins anew. Stored at most four times in a lifetime.</summary>
    public void Touch(TimeSpan now, List<MemberOutput> outputs)
    {
        if (_state is { } state && _inFlight == 0 && _queue.Count == 0 && state.Rooms.Count > 0 && now - state.Seen > _options.Lifetime / 4)
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

    /// <summary>The storage answered. Answers that nobody waits for are ignored.</summary>
    public void OnStorage(in StorageResult result, TimeSpan now, List<MemberOutput> outputs)
    {
        if (result.Id != _inFlight || _inFlight == 0)
        {
            return;
        }

        _inFlight = 0;
        if (result.Outcome != StorageOutcome.Done)
        {
            Forget();
            if (result.Outcome == StorageOutcome.Unknown)
            {
                _retryAt = now + _options.RetryDelay;
            }
        }
        else if (_step == StorageOperation.Load)
        {
            OnLoaded(result, outputs);
        }
        else
        {
            _state = _next;
            _etag = _step == StorageOperation.Clear ? null : result.ETag;
            _announced.AddRange(_writing);
            _writing.Clear();
        }

        _next = null;
        Pump(now, outputs);
    }

    /// <summary>A roster's answer to an announcement. One that is not the last for its room is ignored.</summary>
    public void OnRoster(string room, ulong version, RosterOutcome outcome, TimeSpan now, List<MemberOutput> outputs)
    {
        if (outcome == RosterOutcome.Unavailable || _state is not { } state || !state.Rooms.TryGetValue(room, out var known) || known.Version != version)
        {
            return;
        }

        _announcements.Remove(room);
        if (outcome == RosterOutcome.Full && known.Joined && _enforced.Remove(room))
        {
            TakeBack(room, version);
        }
        else if (outcome == RosterOutcome.Done && !known.Confirmed)
        {
            Confirm(state, room, known, outputs);
        }

        Pump(now, outputs);
    }

    /// <summary>Time has passed: what was not answered is tried again or given up, and a member past its lifetime leaves.</summary>
    public void Advance(TimeSpan now, List<MemberOutput> outputs)
    {
        Expire(_queue, now, outputs);
        Expire(_writing, now, outputs);
        Expire(_announced, now, outputs);
        Pump(now, outputs);
    }

    private static void Expire(List<Operation> operations, TimeSpan now, List<MemberOutput> outputs)
    {
        foreach (var operation in operations)
        {
            if (now >= operation.Deadline)
            {
                Answer(operation, MemberOutcome.Unavailable, outputs);
            }
        }

        operations.RemoveAll(operation => now >= operation.Deadline);
    }

    private static void Answer(Operation operation, MemberOutcome outcome, List<MemberOutput> outputs)
    {
        if (operation.Request is { } request)
        {
            outputs.Add(new MemberOutput.Reply(request, outcome));
        }
    }

    private void Enqueue(long request, string room, bool joins, TimeSpan now, List<MemberOutput> outputs)
    {
        if (!StateKey.IsValidName(room, _options.MaxRoomNameBytes))
        {
            outputs.Add(new MemberOutput.Reply(request, MemberOutcome.InvalidName));
            return;
        }

        if (Pending >= _options.MaxPending)
        {
            outputs.Add(new MemberOutput.Reply(request, MemberOutcome.Unavailable));
            return;
        }

        _queue.Add(new Operation(request, room, joins, now + _options.RequestTimeout, _loads, MemberOutcome.Done));
        Pump(now, outputs);
    }

    private void Pump(TimeSpan now, List<MemberOutput> outputs)
    {
        if (_inFlight == 0 && now >= _retryAt)
        {
            if (_state is null)
            {
                if (_wanted || _queue.Count > 0 || _questions.Count > 0)
                {
                    Load(outputs);
                }
            }
            else
            {
                LeaveAllWhenExpired(now);
                if (AnswerQuestions(outputs) && !Apply(now, outputs))
                {
                    ClearWhenExpired(now, outputs);
                }
            }
        }

        Announce(now, outputs);
    }

    private void Load(List<MemberOutput> outputs)
    {
        _loads++;
        Operate(StorageOperation.Load, default, outputs);
    }

    private void OnLoaded(in StorageResult result, List<MemberOutput> outputs)
    {
        try
        {
            _state = result.ETag is null ? new MemberState() : MemberState.Read(result.Bytes.Span);
            _etag = result.ETag;
            _wanted = false;
        }
        catch (StateFormatException)
        {
            // What cannot be read is never written over.
            _wanted = false;
            foreach (var operation in _queue)
            {
                Answer(operation, MemberOutcome.Unavailable, outputs);
            }

            _queue.Clear();
            _questions.Clear();
        }
    }

    /// <summary>What is stored is not known: it has to be read again, and what was being written is applied to what is found.</summary>
    private void Forget()
    {
        _state = null;
        _wanted = true;
        _queue.InsertRange(0, _writing);
        _writing.Clear();
        _queue.RemoveAll(operation => operation.Expires);
        _announcements.Clear();
        _enforced.Clear();
    }

    /// <summary>True if nothing has to be read for them first. An entry newer than this state means that another one is at work for this member.</summary>
    private bool AnswerQuestions(List<MemberOutput> outputs)
    {
        if (_questions.Any(question => question.Version > _state!.Version && question.Arrival == _loads))
        {
            Forget();
            Load(outputs);
            return false;
        }

        foreach (var (request, room, version, _) in _questions)
        {
            outputs.Add(new MemberOutput.Membership(request, room, version, _state!.Rooms.TryGetValue(room, out var known) && known.Joined));
        }

        _questions.Clear();
        return true;
    }

    /// <summary>Applies what waits. True if something is under way now.</summary>
    private bool Apply(TimeSpan now, List<MemberOutput> outputs)
    {
        if (_queue.Count == 0)
        {
            return false;
        }

        var next = _state!.Copy();
        List<string> joined = [];
        foreach (var operation in _queue)
        {
            var known = next.Rooms.GetValueOrDefault(operation.Room);
            if (operation.Joins
                ? known is { Joined: true, Confirmed: true }
                : known is not { Joined: true } || (operation.OnlyVersion is { } only && known.Version != only))
            {
                continue;
            }

            if (operation.Joins && known is null && next.Rooms.Count >= _options.MaxRoomsPerMember)
            {
                operation.Refused = true;
                continue;
            }

            // A join that is stored and not confirmed may be just being taken back by the one that stored it: a new version is not.
            next.Rooms[operation.Room] = new MemberRoom(++next.Version, operation.Joins, Confirmed: false);
            if (operation.Joins && known is not { Joined: true })
            {
                joined.Add(operation.Room);
            }
        }

        foreach (var operation in _queue)
        {
            if (operation.Refused)
            {
                Answer(operation, MemberOutcome.TooManyRooms, outputs);
            }
        }

        _queue.RemoveAll(operation => operation.Refused);
        if (next.Version == _state.Version && !(_queue.Exists(operation => operation.Joins) && now - _state.Seen > _options.Lifetime / 4))
        {
            // Nothing to change, if this state is still the stored one: only reading it tells.
            if (_queue.Any(operation => operation.Arrival == _loads))
            {
                Forget();
                Load(outputs);
                return true;
            }

            _announced.AddRange(_queue);
            _queue.Clear();
            CompleteConfirmed(outputs);
            return false;
        }

        if (_queue.Any(operation => operation.Request is not null))
        {
            next.Seen = Later(now, next.Seen);
        }

        _writing.AddRange(_queue);
        _queue.Clear();
        _enforced.UnionWith(joined);
        foreach (var operation in _writing)
        {
            _announcements.Remove(operation.Room);
        }

        Store(next, outputs);
        return true;
    }

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private void Store(MemberState next, List<MemberOutput> outputs)
    {
        _next = next;
        Operate(StorageOperation.Store, next.Write(), outputs);
    }

    private void Operate(StorageOperation operation, ReadOnlyMemory<byte> bytes, List<MemberOutput> outputs)
    {
        _step = operation;
        _inFlight = ++_lastOperation;
        outputs.Add(new MemberOutput.Storage(new StorageRequest(_inFlight, operation, _key, operation == StorageOperation.Load ? null : _etag, bytes)));
    }

    /// <summary>Tells the rosters that have not confirmed, not too many at a time.</summary>
    private void Announce(TimeSpan now, List<MemberOutput> outputs)
    {
        if (_state is not { } state || _inFlight != 0)
        {
            return;
        }

        CompleteConfirmed(outputs);
        foreach (var (name, room) in state.Rooms)
        {
            if (room.Confirmed)
            {
                continue;
            }

            var told = _announcements.TryGetValue(name, out var announced) && announced.Version == room.Version;
            if (told ? now - announced.At < _options.AnswerTimeout : _announcements.Count >= _options.MaxAnnouncements)
            {
                continue;
            }

            _announcements[name] = new Announced(room.Version, now);
            outputs.Add(new MemberOutput.Announcement(name, new RosterChange(_member, room.Version, room.Joined, room.Joined && _enforced.Contains(name))));
        }
    }

    private void Confirm(MemberState state, string name, MemberRoom room, List<MemberOutput> outputs)
    {
        _enforced.Remove(name);
        if (room.Joined)
        {
            state.Rooms[name] = room with { Confirmed = true };
        }
        else
        {
            state.Rooms.Remove(name);
        }

        if (_next is { } next && next.Rooms.GetValueOrDefault(name) is { } written && written.Version == room.Version)
        {
            // The write in flight became the state before this was known: what it makes of the room is confirmed as well.
            if (written.Joined)
            {
                next.Rooms[name] = written with { Confirmed = true };
            }
            else
            {
                next.Rooms.Remove(name);
            }
        }

        CompleteConfirmed(outputs);
    }

    /// <summary>Answers what is stored and confirmed.</summary>
    private void CompleteConfirmed(List<MemberOutput> outputs)
    {
        if (_announced.Count == 0 || _state is not { } state)
        {
            return;
        }

        _announced.RemoveAll(operation =>
        {
            if (state.Rooms.TryGetValue(operation.Room, out var room) && !room.Confirmed)
            {
                return false;
            }

            Answer(operation, operation.Outcome, outputs);
            return true;
        });
    }

    /// <summary>The room was full: the join is undone, and those who wait for it are answered after that.</summary>
    private void TakeBack(string room, ulong version)
    {
        var refused = _announced.FindAll(operation => operation.Joins && operation.Room == room);
        _announced.RemoveAll(refused.Contains);
        _queue.Add(new Operation(null, room, joins: false, TimeSpan.MaxValue, -1, MemberOutcome.Done) { OnlyVersion = version });
        foreach (var operation in refused)
        {
            _queue.Add(new Operation(operation.Request, room, joins: false, operation.Deadline, -1, MemberOutcome.RoomFull) { OnlyVersion = version });
        }
    }

    private void LeaveAllWhenExpired(TimeSpan now)
    {
        if (_queue.Count > 0 || !IsExpired(now))
        {
            return;
        }

        foreach (var (name, room) in _state!.Rooms)
        {
            if (room.Joined)
            {
                _queue.Add(new Operation(null, name, joins: false, TimeSpan.MaxValue, -1, MemberOutcome.Done) { Expires = true });
            }
        }
    }

    private bool IsExpired(TimeSpan now) => _etag is not null && now - _state!.Seen > _options.Lifetime;

    /// <summary>No room is left, none of the rosters has to be told, and nobody came for a lifetime: nothing is stored any longer.</summary>
    private void ClearWhenExpired(TimeSpan now, List<MemberOutput> outputs)
    {
        if (_state!.Rooms.Count == 0 && IsExpired(now))
        {
            _next = new MemberState();
            Operate(StorageOperation.Clear, default, outputs);
        }
    }

    private readonly record struct Announced(ulong Version, TimeSpan At);

    private sealed class Operation(long? request, string room, bool joins, TimeSpan deadline, long arrival, MemberOutcome outcome)
    {
        public long? Request { get; } = request;

        public string Room { get; } = room;

        public bool Joins { get; } = joins;

        public TimeSpan Deadline { get; } = deadline;

        /// <summary>The number of reads begun when it arrived: what changes nothing is answered by a later one.</summary>
        public long Arrival { get; } = arrival;

        public MemberOutcome Outcome { get; } = outcome;

        /// <summary>Only what was stored under this version is left: what another one has stored since is not this one's to undo.</summary>
        public ulong? OnlyVersion { get; init; }

        /// <summary>Because nobody came for a lifetime; dropped when the state has to be read again, which may say otherwise.</summary>
        public bool Expires { get; init; }

        public bool Refused { get; set; }
    }
}
