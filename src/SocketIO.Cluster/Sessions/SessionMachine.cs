using System.Text;

namespace SocketIO.Cluster;

/// <summary>
/// A session that its client may come back to, at any gateway. Its owner is the gateway that made the last claim; a claim raises the generation by a
/// compare-and-swap on the stored state, the owner before is evicted, dead or not, and what it writes later is refused.
/// </summary>
/// <remarks>
/// Single-threaded. Requests are applied in turn to the state that was read; one write carries all that wait. After a conflict or an unknown outcome
/// it is read again and they are applied again, which does no harm: a claim is known by its number, a save by its revision.
/// Time is counted from an origin that all hosts share, because it is stored.
/// </remarks>
internal sealed class SessionMachine(string privateId, SessionOptions options) : IStateMachine<SessionOutput>
{
    private readonly StoredState<SessionState> _stored = new(
        StateKey.Session(privateId), options.RetryDelay, static bytes => bytes is { } found ? SessionState.Read(found.Span) : null);
    private readonly List<Operation> _queue = [];
    private readonly List<Operation> _writing = [];

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
    /// A client came back to this gateway. The claim's number is unique for the attempt. The answer has the state, which names the owner before: it has to
    /// be told. Who gets the answer when the client has gone again saves the session as away.
    /// </summary>
    public void Claim(long request, long claim, GatewayId owner, string? user, TimeSpan now, List<SessionOutput> outputs)
    {
        Enqueue(request, now, outputs, state =>
        {
            if (state is null or { IsOver: true })
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
        }, givesState: true);
    }

    /// <summary>
    /// The owner stores the session's rooms and data; <paramref name="isAway"/> when its client has lost the connection.
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
            }));
    }

    /// <summary>The session is over: a wanted disconnect cannot be recovered from.</summary>
    public void End(long request, ulong generation, TimeSpan now, List<SessionOutput> outputs)
    {
        Enqueue(request, now, outputs, state => state is null or { IsOver: true }
            ? (SessionOutcome.Done, state)
            : Refusal(state, generation) is { } refusal
                ? (refusal, state)
                : (SessionOutcome.Done, state with { IsOver = true, AwaySince = now, Rooms = [], Data = default }));
    }

    /// <summary>Removes the session if nobody can come back to it any more.</summary>
    public void Expire(long request, TimeSpan now, List<SessionOutput> outputs) => Enqueue(request, now, outputs, static state => (SessionOutcome.Done, state));

    /// <inheritdoc/>
    public void OnStorage(in StorageResult result, TimeSpan now, List<SessionOutput> outputs)
    {
        switch (_stored.Answered(result, now))
        {
            case StoredStateChange.None:
                return;
            case StoredStateChange.Unreadable:
                // What cannot be read is never written over.
                outputs.Add(new SessionOutput.Unreadable(_stored.Unreadable));
                _queue.ForEach(operation => outputs.Add(new SessionOutput.Reply(operation.Request, SessionOutcome.Unavailable)));
                _queue.Clear();
                break;
            case StoredStateChange.Written:
                _writing.ForEach(operation => Answer(operation, outputs));
                _writing.Clear();
                break;
            case StoredStateChange.InDoubt:
                Forget();
                break;
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

    private void Enqueue(long request, TimeSpan now, List<SessionOutput> outputs, Func<SessionState?, (SessionOutcome Outcome, SessionState? State)> apply, bool givesState = false)
    {
        if (Pending >= options.MaxPending)
        {
            outputs.Add(new SessionOutput.Reply(request, SessionOutcome.Unavailable));
            return;
        }

        _queue.Add(new Operation(request, apply, now + options.RequestTimeout, _stored.Reads, givesState));
        Pump(now, outputs);
    }

    private void Pump(TimeSpan now, List<SessionOutput> outputs)
    {
        while (_stored.IsReady(now))
        {
            if (!_stored.IsKnown)
            {
                if (_queue.Count > 0)
                {
                    outputs.Add(new SessionOutput.Storage(_stored.Load()));
                }

                return;
            }

            var next = _stored.Value is { } state && state.IsExpired(now, options) ? null : _stored.Value;
            foreach (var operation in _queue)
            {
                (operation.Outcome, next) = operation.Apply(next);
                operation.State = next;
            }

            if (ReferenceEquals(next, _stored.Value))
            {
                // Nothing to write, if this state is still the stored one: only reading it tells.
                if (_queue.Exists(operation => operation.Arrival == _stored.Reads))
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
            outputs.Add(new SessionOutput.Storage(next is null ? _stored.Clear(null) : _stored.Store(next, next.Write())));
        }
    }

    private void Forget()
    {
        _stored.Forget();
        _queue.InsertRange(0, _writing);
        _writing.Clear();
    }

    private static void Answer(Operation operation, List<SessionOutput> outputs) => outputs.Add(new SessionOutput.Reply(
        operation.Request, operation.Outcome, operation is { GivesState: true, Outcome: SessionOutcome.Done } ? operation.State : null));

    private sealed class Operation(long request, Func<SessionState?, (SessionOutcome Outcome, SessionState? State)> apply, TimeSpan deadline, long arrival, bool givesState)
    {
        public long Request { get; } = request;

        public Func<SessionState?, (SessionOutcome Outcome, SessionState? State)> Apply { get; } = apply;

        public TimeSpan Deadline { get; } = deadline;

        /// <summary>The number of reads begun when it arrived: what changes nothing is answered by a later one.</summary>
        public long Arrival { get; } = arrival;

        public bool GivesState { get; } = givesState;

        public SessionOutcome Outcome { get; set; }

        public SessionState? State { get; set; }
    }
}
