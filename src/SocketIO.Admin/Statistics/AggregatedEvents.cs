using SocketIO.Server;

namespace SocketIO.Admin;

/// <summary>So many of a kind within a second.</summary>
/// <param name="Timestamp">The second, in milliseconds since 1970.</param>
/// <param name="Type">The kind, in the dashboard's words.</param>
/// <param name="SubType">What kind of that kind, or <see langword="null"/>.</param>
/// <param name="Count">How many, or how many bytes.</param>
internal readonly record struct AggregatedEvent(long Timestamp, string Type, string? SubType, long Count);

/// <summary>Counts what happens on the connections of a server by seconds, while somebody looks. Thread-safe.</summary>
/// <param name="engine">The server's engine.</param>
/// <param name="time">The clock.</param>
internal sealed class AggregatedEvents(Engine engine, TimeProvider time)
{
    // Far above what is counted between two reports: so many kinds there are not.
    private const int MaxCounts = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(long Second, string Type, string? SubType), long> _counts = [];
    private Action<string, string?>? _closed;

    /// <summary>Hears of connections from now on.</summary>
    public void Attach()
    {
        // One delegate for all connections.
        _closed = (reason, _) => Count("rawDisconnection", reason, 1);
        engine.Connection += OnConnection;
    }

    /// <summary>Begins to count.</summary>
    public void Start() => engine.Traffic = new EngineTraffic();

    /// <summary>Counts no longer.</summary>
    public void Stop()
    {
        engine.Traffic = null;
        Take();
    }

    /// <summary>Takes in what connections have sent and received until now.</summary>
    public void Sample()
    {
        if (engine.Traffic is { } traffic)
        {
            var (packetsIn, bytesIn, packetsOut, bytesOut) = traffic.Take();
            Count("packetsIn", null, packetsIn);
            Count("bytesIn", null, bytesIn);
            Count("packetsOut", null, packetsOut);
            Count("bytesOut", null, bytesOut);
        }
    }

    /// <summary>What was counted; it counts from zero again.</summary>
    public AggregatedEvent[] Take()
    {
        lock (_gate)
        {
            var events = _counts.Select(static count => new AggregatedEvent(count.Key.Second * 1000, count.Key.Type, count.Key.SubType, count.Value)).ToArray();
            _counts.Clear();
            return events;
        }
    }

    private void OnConnection(EngineConnection connection)
    {
        connection.Closed += _closed;
        Count("rawConnection", null, 1);
    }

    private void Count(string type, string? subType, long count)
    {
        if (count == 0 || engine.Traffic is null)
        {
            return;
        }

        var key = (time.GetUtcNow().ToUnixTimeSeconds(), type, subType);
        lock (_gate)
        {
            if (_counts.TryGetValue(key, out var counted) || _counts.Count < MaxCounts)
            {
                _counts[key] = counted + count;
            }
        }
    }
}
