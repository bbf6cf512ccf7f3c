using System.Text;

namespace SocketIO.Cluster;

/// <summary>
/// A session that its client may come back to, at any gateway. Its owner is the gateway that made the last claim; a claim raises the generation by a
/// compare-and-swap on the stored state, the owner before is evicted, dead or not, and what it writes later is refused.
/// </summary>
/// <remarks>
/// Single-threaded. Requests are applied in turn to the state that was read; one write carries all that wait. After a conflict or an unknown outcome
/// it is read again and they are applied again, which does no harm: a claim is known by its number, a save by its revision, a packet by its offset.
/// Time is counted from an origin that all hosts share, because it is stored.
/// </remarks>
internal sealed class SessionMachine(string privateId, SessionOptions options) : IStateMachine<SessionOutput>
{
    private readonly string _key = StateKey.Session(privateId);
    private readonly List<Operation> _queue = [];
    private readonly List<Operation> _writing = [];
    private SessionState? _state;
    private SessionState? _next;
    private bool _isLoaded;
    private string? _etag;
    private StorageOperation _step;
    private long _inFlight;
    private long _lastOperation;
    private long _loads;
    private TimeSpan _retryAt = TimeSpan.MinValue;

    /// <summary>Requests that wait.</summary>
    public int Pending => _queue.Count + _writing.Count;

    /// <inheritdoc/>
    public bool IsBusy => Pending > 0;

    /// <summary>A session begins. Refused as <see cref="SessionOutcome.Stale"/> if there is one under this id.</summary>
    public void Create(long request, long claim, GatewayId owner, string socketId, string? user, TimeSpan now, List<SessionOutput> outputs)
    {
        Enqueue(request, now, outputs, state => state switch
        {
            null => (SessionOutcome.Done, new SessionState { Generation = 1, Owner = owner, PreviousOwner = owner, Claim = claim, SocketId = socketId, User = user, Seen = now }),
            _ => (state.Claim == claim && !state.IsOver ? SessionOutcome.Done : SessionOutcome.Stale, state),
        });
    }

    /// <summary>
    /// A client came back to this gateway. The claim's number is unique for the attempt. The answer has the state and what the client missed,
    /// and the owner before is evicted. Who gets it when the client has gone again saves the session as away.
    /// </summary>
    public void Claim(long request, long claim, GatewayId owner, string? user, TimeSpan now, List<SessionOutput> outputs)
    {
        Enqueue(request, now, outputs, state =>
        {
            if (state is null or { HasGap: true } or { IsOver: true })
            {
                return (SessionOutcome.Unknown, state);
            }

            if (state.User != user)
            {
                return (SessionOutcome.OtherPrincipal, state);
            }

            return state.Claim == claim
                ? (SessionOutcome.Done, state)
                : (SessionOutcome.Done, state with { Generation = state.Generation + 1, Revision = 0, Owner = owner, PreviousOwner = state.Owner, Claim = claim, AwaySince = null, Seen = now });
        }, evicts: true);
    }

    /// <summary>
    /// The owner of this generation is dead, or says that it does not have the session: the client is away from now on, and what that owner writes later
    /// is refused. The number is unique for the attempt; of several attempts one is <see cref="SessionOutcome.Done"/>, the others are stale.
    /// </summary>
    public void OwnerLost(long request, long claim, ulong generation, TimeSpan now, List<SessionOutput> outputs)
    {
        Enqueue(request, now, outputs, state => state is { IsOver: false } && state.Claim == claim
            ? (SessionOutcome.Done, state)
            : Refusal(state, generation) is { } refusal
                ? (refusal, state)
                : (SessionOutcome.Done, state! with { Generation = generation + 1, Revision = 0, PreviousOwner = state.Owner, Claim = claim, AwaySince = state.AwaySince ?? now }), evicts: true);
    }

    /// <summary>
    /// The owner stores the session's rooms and data; <paramref name="isAway"/> when its client has lost the connection. What it missed before, it has.
    /// The owner numbers its saves upwards from 1: one that is overtaken is done, because a later one is stored.
    /// </summary>
    public void Save(
        long request, ulong generation, long revision, IReadOnlyList<string> rooms, ReadOnlyMemory<byte> data, bool isAway, TimeSpan now, List<SessionOutput> outputs)
    {
        if (data.Length + rooms.Sum(room => (long)Encoding.UTF8.GetByteCount(room)) > options.MaxStateBytes)
        {
            outputs.Add(new SessionOutput.Reply(request, SessionOutcome.TooLarge));
            return;
        }

        Enqueue(request, now, outputs, state => Refusal(state, generation) is { } refusal
            ? (refusal, state)
            : (SessionOutcome.Done, state!.Revision >= revision ? state : state with
            {
                Revision = revision,
                Rooms = rooms,
                Data = data,
                AwaySince = isAway ? state.AwaySince ?? now : null,
                Seen = now,
                Mailbox = isAway ? state.Mailbox : [],
            }));
    }

    /// <summary>
    /// A packet that the client misses and that the log no longer has. Repeated ones are stored once, the order is that of the offsets.
    /// A client that is not away gets it from its owner.
    /// </summary>
    public void Deliver(long request, in MailboxPacket packet, TimeSpan now, List<SessionOutput> outputs)
    {
        var delivered = packet;
        Enqueue(request, now, outputs, state =>
        {
            if (state is null or { HasGap: true } or { IsOver: true })
            {
                return (SessionOutcome.Unknown, state);
            }

            if (state.AwaySince is null)
            {
                return (SessionOutcome.Connected, state);
            }

            if (state.Mailbox.Any(known => known.Offset == delivered.Offset))
            {
                return (SessionOutcome.Done, state);
            }

            if (state.Mailbox.Count >= options.MaxMailboxPackets
                || state.Mailbox.Sum(known => (long)known.Payload.Length) + delivered.Payload.Length > options.MaxMailboxBytes)
            {
                return (SessionOutcome.TooLarge, state with { HasGap = true, Mailbox = [] });
            }

            return (SessionOutcome.Done, state with { Mailbox = [.. state.Mailbox.Append(delivered).OrderBy(known => known.Offset)] });
        });
    }

    /// <summary>The session is over: a wanted disconnect cannot be recovered from.</summary>
    public void End(long request, ulong generation, TimeSpan now, List<SessionOutput> outputs)
    {
        Enqueue(request, now, outputs, state => state is null or { IsOver: true }
            ? (SessionOutcome.Done, state)
            : Refusal(state, generation) is { } refusal
                ? (refusal, state)
                : (SessionOutcome.Done, state with { IsOver = true, AwaySince = now, Rooms = [], Data = default, Mailbox = [] }));
    }

    /// <inheritdoc/>
    public void OnStorage(in StorageResult result, TimeSpan now, List<SessionOutput> outputs)
    {
        if (_inFlight == 0 || result.Id != _inFlight)
        {
            return;
        }

        _inFlight = 0;
        if (result.Outcome != StorageOutcome.Done)
        {
            Forget();
            if (result.Outcome != StorageOutcome.Conflict)
            {
                _retryAt = now + options.RetryDelay;
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
            foreach (var operation in _writing)
            {
                Answer(operation, outputs);
            }

            _writing.Clear();
        }

        Pump(now, outputs);
    }

    /// <summary>Time has passed: what was not answered is tried again or given up, and a session past its time is removed.</summary>
    public void Advance(TimeSpan now, List<SessionOutput> outputs)
    {
        foreach (var operation in _queue.Concat(_writing))
        {
            if (now >= operation.Deadline)
            {
                outputs.Add(new SessionOutput.Reply(operation.Request, SessionOutcome.Unavailable));
            }
        }

        _queue.RemoveAll(operation => now >= operation.Deadline);
        _writing.RemoveAll(operation => now >= operation.Deadline);
        Pump(now, outputs);
    }

    /// <summary>Why who writes under a generation may not: null if it may. One that is higher than the known state's means that another one is at work.</summary>
    private static SessionOutcome? Refusal(SessionState? state, ulong generation)
    {
        return state is null or { IsOver: true } ? SessionOutcome.Unknown : state.Generation != generation ? SessionOutcome.Stale : null;
    }

    private void Enqueue(long request, TimeSpan now, List<SessionOutput> outputs, Func<SessionState?, (SessionOutcome Outcome, SessionState? State)> apply, bool evicts = false)
    {
        if (Pending >= options.MaxPending)
        {
            outputs.Add(new SessionOutput.Reply(request, SessionOutcome.Unavailable));
            return;
        }

        _queue.Add(new Operation(request, apply, now + options.RequestTimeout, _loads, evicts));
        Pump(now, outputs);
    }

    private void Pump(TimeSpan now, List<SessionOutput> outputs)
    {
        while (_inFlight == 0 && now >= _retryAt)
        {
            if (!_isLoaded)
            {
                if (_queue.Count > 0)
                {
                    _loads++;
                    Operate(StorageOperation.Load, default, outputs);
                }

                return;
            }

            var next = _state is { } state && state.IsExpired(now, options) ? null : _state;
            foreach (var operation in _queue)
            {
                (operation.Outcome, next) = operation.Apply(next);
                operation.State = next;
            }

            if (ReferenceEquals(next, _state))
            {
                // Nothing to write, if this state is still the stored one: only reading it tells.
                if (_queue.Exists(operation => operation.Arrival == _loads))
                {
                    Forget();
                    continue;
                }

                _queue.ForEach(operation => Answer(operation, outputs));
                _queue.Clear();
                return;
            }

            _writing.AddRange(_queue);
            _queue.Clear();
            _next = next;
            Operate(next is null ? StorageOperation.Clear : StorageOperation.Store, next is null ? default : next.Write(), outputs);
        }
    }

    private void OnLoaded(in StorageResult result, List<SessionOutput> outputs)
    {
        try
        {
            _state = result.ETag is null ? null : SessionState.Read(result.Bytes.Span);
            _etag = result.ETag;
            _isLoaded = true;
        }
        catch (StateFormatException)
        {
            // What cannot be read is never written over.
            _queue.ForEach(operation => outputs.Add(new SessionOutput.Reply(operation.Request, SessionOutcome.Unavailable)));
            _queue.Clear();
        }
    }

    private void Forget()
    {
        _isLoaded = false;
        _state = null;
        _queue.InsertRange(0, _writing);
        _writing.Clear();
    }

    private static void Answer(Operation operation, List<SessionOutput> outputs)
    {
        var isTaken = operation.Evicts && operation.Outcome == SessionOutcome.Done;
        outputs.Add(new SessionOutput.Reply(operation.Request, operation.Outcome, isTaken || operation.Outcome == SessionOutcome.Connected ? operation.State : null));
        if (isTaken && operation.State is { } state)
        {
            outputs.Add(new SessionOutput.Evict(state.PreviousOwner, state.Generation - 1));
        }
    }

    private void Operate(StorageOperation operation, ReadOnlyMemory<byte> bytes, List<SessionOutput> outputs)
    {
        _step = operation;
        _inFlight = ++_lastOperation;
        outputs.Add(new SessionOutput.Storage(new StorageRequest(_inFlight, operation, _key, operation == StorageOperation.Load ? null : _etag, bytes)));
    }

    private sealed class Operation(long request, Func<SessionState?, (SessionOutcome Outcome, SessionState? State)> apply, TimeSpan deadline, long arrival, bool evicts)
    {
        public long Request { get; } = request;

        public Func<SessionState?, (SessionOutcome Outcome, SessionState? State)> Apply { get; } = apply;

        public TimeSpan Deadline { get; } = deadline;

        /// <summary>The number of reads begun when it arrived: what changes nothing is answered by a later one.</summary>
        public long Arrival { get; } = arrival;

        public bool Evicts { get; } = evicts;

        public SessionOutcome Outcome { get; set; }

        public SessionState? State { get; set; }
    }
}
