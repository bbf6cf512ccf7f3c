// A client that leaves by polling sends its close and its last poll at the same time, on two connections: whichever comes first,
// the poll has a clean end.
using System.Collections.Concurrent;

namespace SocketIO.Server;

/// <summary>What the last polls of sessions are told that clients have just closed while no poll of theirs was here. Bounded in number and time.</summary>
internal sealed class Departures(TimerWheel timers)
{
    private const int Most = 4096;
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (TransportResponse Farewell, CallbackTimer Timer)> _ids = new();

    public void Add(string id, TransportResponse farewell)
    {
        if (_ids.Count >= Most)
        {
            return;
        }

        var timer = new CallbackTimer(() => _ids.TryRemove(id, out _));
        if (_ids.TryAdd(id, (farewell, timer)))
        {
            timers.Schedule(timer, KeptFor);
        }
    }

    /// <summary>What the session's last poll is told, once; <see langword="null"/>: the id is not known.</summary>
    public TransportResponse? Take(string id)
    {
        if (!_ids.TryRemove(id, out var departure))
        {
            return null;
        }

        timers.Cancel(departure.Timer);
        return departure.Farewell;
    }
}
