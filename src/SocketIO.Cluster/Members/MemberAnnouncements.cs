// A member's changes on their way to the rosters of its rooms.
namespace SocketIO.Cluster;

/// <summary>Tells the rosters that have not confirmed, not too many at a time, and again those that do not answer.</summary>
internal sealed class MemberAnnouncements(string member, MemberOptions options)
{
    private readonly Dictionary<string, (ulong Version, TimeSpan At)> _told = new(StringComparer.Ordinal);
    private readonly HashSet<string> _enforced = new(StringComparer.Ordinal);

    /// <summary>Adds what is due.</summary>
    public void Send(MemberState state, TimeSpan now, List<MemberOutput> outputs)
    {
        foreach (var (name, room) in state.Rooms)
        {
            if (room.Confirmed)
            {
                continue;
            }

            var isTold = _told.TryGetValue(name, out var told) && told.Version == room.Version;
            if (isTold ? now - told.At < options.AnswerTimeout : _told.Count >= options.MaxAnnouncements)
            {
                continue;
            }

            _told[name] = (room.Version, now);
            outputs.Add(new MemberOutput.Announcement(name, new RosterChange(member, room.Version, room.Joined, room.Joined && _enforced.Contains(name))));
        }
    }

    /// <summary>The room's bound applies to a join that nobody can have acknowledged yet.</summary>
    public void Enforce(string room) => _enforced.Add(room);

    /// <summary>A roster has answered, or is to be told something else.</summary>
    public void End(string room) => _told.Remove(room);

    /// <summary>The room's bound applies no longer.</summary>
    /// <returns>Whether it did.</returns>
    public bool EndEnforcement(string room) => _enforced.Remove(room);

    /// <summary>What is stored is in doubt: it may have been acknowledged by another one.</summary>
    public void Forget()
    {
        _told.Clear();
        _enforced.Clear();
    }
}
