// A client that leaves by polling sends its close and its last poll at the same time, on two connections: whichever comes first,
// the poll has a clean end.
using System.Collections.Concurrent;

namespace SocketIO.Server;

/// <summary>The ids of sessions that clients have just closed while no poll of theirs was here. Bounded in number and time.</summary>
internal sealed class Departures(TimerWheel timers)
{
    private const int Most = 4096;
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, CallbackTimer> _ids = new();

    public void Add(string id)
    {
        if (_ids.Count >= Most)
        {
            return;
        }

        var timer = new CallbackTimer(() => _ids.TryRemove(id, out _));
        if (_ids.TryAdd(id, timer))
        {
            timers.Schedule(timer, KeptFor);
        }
    }

    /// <summary>Whether the session's last poll may still be answered; once.</summary>
    public bool Take(string id)
    {
        if (!_ids.TryRemove(id, out var timer))
        {
            return false;
        }

        timers.Cancel(timer);
        return true;
    }
}
