using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>A socket that is on its way back: what is delivered for it since the log was asked what came before. Not thread-safe.</summary>
internal sealed class ReturningSocket(IEnumerable<string> rooms)
{
    // More than waits in the time that the log takes to answer; beyond, the client is better off with a fresh session.
    private const int MaxPackets = 10_000;

    private readonly HashSet<string> _rooms = [.. rooms];
    private readonly List<EventPayload> _delivered = [];

    public IReadOnlyCollection<string> Rooms => _rooms;

    /// <summary>What was delivered, in order.</summary>
    public IReadOnlyList<EventPayload> Delivered => _delivered;

    /// <summary>Whether something was delivered that is not here.</summary>
    public bool HasGap { get; private set; }

    /// <summary>The log is asked: what was delivered so far is part of the answer.</summary>
    public void Restart()
    {
        HasGap = false;
        _delivered.Clear();
    }

    /// <summary>Something was delivered to this gateway.</summary>
    public void Add(EventPayload payload, BroadcastOptions options)
    {
        if (HasGap || (options.Rooms.Count > 0 && !options.Rooms.Any(_rooms.Contains)) || options.Except.Any(_rooms.Contains))
        {
            return;
        }

        if (_delivered.Count == MaxPackets)
        {
            Lose();
            return;
        }

        _delivered.Add(payload);
    }

    /// <summary>Something was lost that may have been for it.</summary>
    public void Lose()
    {
        HasGap = true;
        _delivered.Clear();
    }
}
