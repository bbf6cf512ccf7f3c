// A member's requests on their way: they wait, are written together, and are answered when the rosters have confirmed.
namespace SocketIO.Cluster;

/// <summary>The requests of a member, in three stages.</summary>
internal sealed class MemberRequests
{
    private readonly List<MemberRequest> _waiting = [];
    private readonly List<MemberRequest> _writing = [];
    private readonly List<MemberRequest> _stored = [];

    public int Count => _waiting.Count + _writing.Count + _stored.Count;

    /// <summary>Those that the next write takes.</summary>
    public IReadOnlyList<MemberRequest> Waiting => _waiting;

    public void Add(MemberRequest request) => _waiting.Add(request);

    /// <summary>Gives up those whose time is over.</summary>
    public void Expire(TimeSpan now, List<MemberOutput> outputs)
    {
        Expire(_waiting, now, outputs);
        Expire(_writing, now, outputs);
        Expire(_stored, now, outputs);
    }

    /// <summary>Refuses some that wait.</summary>
    public void Refuse(Predicate<MemberRequest> which, MemberOutcome outcome, List<MemberOutput> outputs)
    {
        _waiting.RemoveAll(request =>
        {
            if (!which(request))
            {
                return false;
            }

            request.Answer(outcome, outputs);
            return true;
        });
    }

    /// <summary>What waits is being written.</summary>
    public void Write()
    {
        _writing.AddRange(_waiting);
        _waiting.Clear();
    }

    /// <summary>What was being written is stored.</summary>
    public void Written()
    {
        _stored.AddRange(_writing);
        _writing.Clear();
    }

    /// <summary>What was being written may be stored or not: it has to be applied to what is found, first in line.</summary>
    public void Retry()
    {
        _waiting.InsertRange(0, _writing);
        _writing.Clear();
        _waiting.RemoveAll(request => request.Expires);
    }

    /// <summary>What waits is stored already.</summary>
    public void Skip()
    {
        _stored.AddRange(_waiting);
        _waiting.Clear();
    }

    /// <summary>Answers what is stored and confirmed.</summary>
    public void Complete(MemberState state, List<MemberOutput> outputs)
    {
        _stored.RemoveAll(request =>
        {
            if (state.Rooms.TryGetValue(request.Room, out var room) && !room.Confirmed)
            {
                return false;
            }

            request.Answer(request.Outcome, outputs);
            return true;
        });
    }

    /// <summary>The room was full: the join is undone, and those who wait for it are answered after that.</summary>
    public void TakeBack(string room, ulong version)
    {
        _waiting.Add(new MemberRequest(null, room, joins: false, TimeSpan.MaxValue) { OnlyVersion = version });
        foreach (var refused in _stored)
        {
            if (refused.Joins && refused.Room == room)
            {
                _waiting.Add(new MemberRequest(refused.Id, room, joins: false, refused.Deadline) { OnlyVersion = version, Outcome = MemberOutcome.RoomFull });
            }
        }

        _stored.RemoveAll(request => request.Joins && request.Room == room);
    }

    private static void Expire(List<MemberRequest> requests, TimeSpan now, List<MemberOutput> outputs)
    {
        requests.RemoveAll(request =>
        {
            if (now < request.Deadline)
            {
                return false;
            }

            request.Answer(MemberOutcome.Unavailable, outputs);
            return true;
        });
    }
}
