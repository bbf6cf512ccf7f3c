using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>A socket that is on its way back: what is delivered for it meanwhile, until the log has told what came before.</summary>
internal sealed class ReturningSocket(IEnumerable<string> rooms)
{
    // More than waits in the time that the log takes to answer; beyond, the client is better off with a fresh session.
    private const int MaxPackets = 10_000;

    private readonly HashSet<string> _rooms = [.. rooms];
    private readonly List<(Offset Offset, EventPayload Payload)> _delivered = [];

    public IReadOnlyCollection<string> Rooms => _rooms;

    /// <summary>Something was delivered to this gateway.</summary>
    public void Add(Offset offset, EventPayload payload, BroadcastOptions options)
    {
        if (_delivered.Count <= MaxPackets && (options.Rooms.Count == 0 || options.Rooms.Any(_rooms.Contains)) && !options.Except.Any(_rooms.Contains))
        {
            _delivered.Add((offset, payload));
        }
    }

    /// <summary>Adds what came since to what the log held; nothing twice.</summary>
    /// <returns><see langword="false"/>: it was too much to keep.</returns>
    public bool TryComplete(List<(Offset Offset, EventPayload Payload)> missed)
    {
        if (_delivered.Count > MaxPackets)
        {
            return false;
        }

        var known = missed.Select(static item => item.Offset).ToHashSet();
        missed.AddRange(_delivered.Where(item => !known.Contains(item.Offset)));
        return true;
    }
}
