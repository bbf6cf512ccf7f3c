using System.Globalization;
using static SocketIO.Cluster.Tests.BrokenPromiseException;

namespace SocketIO.Cluster.Tests;

/// <summary>What is known of one session from outside, and what follows from it for each answer.</summary>
internal sealed class SessionTruth(SimulatedStore store, SessionOptions options, string privateId)
{
    private readonly Dictionary<ulong, long> _claims = [];
    private readonly Dictionary<ulong, TimeSpan> _firstAway = [];
    private (ulong Generation, long Revision) _saved;
    private (ulong Generation, long Revision, ulong StateGeneration) _stored;
    private ulong _generation;
    private TimeSpan? _awayAcknowledged;
    private TimeSpan _lastAttempt;
    private bool _mayBeOver;
    private bool _isOver;

    public string PrivateId { get; } = privateId;

    /// <summary>How far two clocks may be apart.</summary>
    public static TimeSpan Skew(TimeSpan time) => TimeSpan.FromMilliseconds(400) + (time / 20);

    /// <summary>The data that an owner saves: who it is and its how many-th save.</summary>
    public static byte[] Data(ulong generation, long revision) => [.. BitConverter.GetBytes(generation), .. BitConverter.GetBytes(revision)];

    /// <summary>The rooms that it saves with them.</summary>
    public static string[] Rooms(ReadOnlySpan<byte> data) => data.IsEmpty ? [] : [Convert.ToHexString(data)];

    /// <summary>An owner is about to say that the client is away.</summary>
    public void AwaySent(ulong generation, TimeSpan time) => _firstAway.TryAdd(generation, time);

    public void EndSent() => _mayBeOver = true;

    /// <summary>After each write: what is stored only ever moves on.</summary>
    public void CheckStored()
    {
        if (Stored() is not { } state)
        {
            return;
        }

        Require(state.Generation >= _stored.StateGeneration, Promise.RecoveryAnywhere, "the stored generation has fallen.");
        var (generation, revision) = state.IsOver ? (_stored.Generation, _stored.Revision) : Tag(state);
        Require(
            (generation, revision).CompareTo((_stored.Generation, _stored.Revision)) >= 0,
            Promise.RecoveryAnywhere,
            string.Create(CultureInfo.InvariantCulture, $"save {generation}.{revision} was stored over {_stored.Generation}.{_stored.Revision}."));
        _stored = (generation, revision, state.Generation);
    }

    public void SaveAnswered(SessionOutcome outcome, ulong generation, long revision, bool isAway, TimeSpan time)
    {
        if (outcome != SessionOutcome.Done)
        {
            return;
        }

        if (Stored() is { IsOver: false } state)
        {
            Require(Tag(state).CompareTo((generation, revision)) >= 0, Promise.RecoveryAnywhere, "a save was acknowledged, and is not stored at that moment.");
        }

        _saved = _saved.CompareTo((generation, revision)) < 0 ? (generation, revision) : _saved;
        if (isAway && generation == _generation)
        {
            _awayAcknowledged ??= time;
        }
    }

    public void EndAnswered(SessionOutcome outcome) => _isOver |= outcome == SessionOutcome.Done;

    /// <summary>An owner begins: by the session's creation or by a claim.</summary>
    public void Owned(ulong generation, long claim)
    {
        _claims.TryAdd(generation, claim);
        Require(_claims[generation] == claim, Promise.RecoveryAnywhere, string.Create(CultureInfo.InvariantCulture, $"two gateways own generation {generation}."));
        if (generation > _generation)
        {
            _generation = generation;
            _awayAcknowledged = null;
        }
    }

    /// <summary>What a claim is to find, from what is known when it is sent.</summary>
    public Action<SessionOutput.Reply, TimeSpan> Expect(TimeSpan sent)
    {
        var (saved, wasOver, hadOtherAttempts) = (_saved, _isOver, _awayAcknowledged is not { } || _lastAttempt > _awayAcknowledged - TimeSpan.FromSeconds(3));
        var (away, generation) = (_awayAcknowledged, _generation);
        _lastAttempt = sent;
        return (reply, time) =>
        {
            Require(reply.Outcome != SessionOutcome.OtherPrincipal, Promise.RecoveryAnywhere, "its own principal is refused.");
            if (reply.Outcome == SessionOutcome.Unknown)
            {
                // Within the window, by the clock that is furthest ahead.
                var firstAway = _firstAway.Where(entry => entry.Key >= generation).Select(entry => entry.Value).DefaultIfEmpty(TimeSpan.MaxValue).Min();
                Require(
                    _mayBeOver || time - firstAway > options.MaxDisconnectionDuration - Skew(time),
                    Promise.RecoveryAnywhere,
                    "a client came back within the window, and its session is unknown.");
            }

            if (reply.Outcome != SessionOutcome.Done)
            {
                return;
            }

            var state = reply.State!;
            Require(!wasOver, Promise.RecoveryAnywhere, "a session was recovered that had ended by somebody's will.");
            Require(
                hadOtherAttempts || sent - away <= options.MaxDisconnectionDuration + Skew(time),
                Promise.RecoveryAnywhere,
                "a session was recovered after its time.");
            Require(Tag(state).CompareTo(saved) >= 0, Promise.RecoveryAnywhere, "a client came back to rooms and data that are older than what was saved.");
            Require(state.Rooms.SequenceEqual(Rooms(state.Data.Span)), Promise.RecoveryAnywhere, "rooms and data are not of one save.");
        };
    }

    public SessionState? Stored() => store.Read(StateKey.Session(PrivateId)) is { } bytes ? SessionState.Read(bytes) : null;

    private static (ulong Generation, long Revision) Tag(SessionState state) =>
        state.Data.Length == 0 ? default : (BitConverter.ToUInt64(state.Data.Span), BitConverter.ToInt64(state.Data.Span[8..]));
}
