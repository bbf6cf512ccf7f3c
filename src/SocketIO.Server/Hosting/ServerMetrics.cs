// Nearly all of it is looked up when somebody asks: a message costs nothing more for being counted, and a connection only when it ends.
using System.Diagnostics.Metrics;

namespace SocketIO.Server;

/// <summary>What servers show of themselves, in the meter <c>SocketIO.Server</c>.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "SocketIO.Server";

    private const string Transport = "socketio.transport";

    // From a client that is refused at once to one that stays for a day.
    private static readonly InstrumentAdvice<double> Durations = new() { HistogramBucketBoundaries = [0.1, 1, 5, 30, 60, 300, 1800, 3600, 21_600, 86_400] };

    private readonly Meter _meter;
    private readonly SocketIOServer _server;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly Histogram<double> _duration;

    /// <param name="meters">Makes the meter.</param>
    /// <param name="server">The server.</param>
    /// <param name="name">The name that it was added with; empty for the application's own.</param>
    public ServerMetrics(IMeterFactory meters, SocketIOServer server, string name)
    {
        _meter = meters.Create(MeterName);
        _server = server;
        _tags = name.Length == 0 ? [] : [new("socketio.server.name", name)];
        _meter.CreateObservableUpDownCounter("socketio.server.active_connections", CountConnections, "{connection}", "Connections that are open, by transport and revision of Engine.IO.");
        _duration = _meter.CreateHistogram("socketio.server.connection.duration", "s", "How long connections were open, by transport and reason of their end.", tags: null, Durations);
        _meter.CreateObservableUpDownCounter("socketio.server.sockets", () => Measure(server.Namespaces.Values.Sum(static ns => (long)ns.Sockets.Count)), "{socket}", "Sockets that are connected, of all namespaces.");
        _meter.CreateObservableUpDownCounter("socketio.server.namespaces", () => Measure(server.Namespaces.Count), "{namespace}", "Namespaces.");
        _meter.CreateObservableUpDownCounter("socketio.server.queued", () => Measure(server.Engine.Connections.Sum(static connection => (long)connection.QueuedBytes)), "By", "Bytes that wait for clients which read too slowly.");
        _meter.CreateObservableUpDownCounter("socketio.server.events.running", () => Measure(Sum(static socket => socket.Load.Running)), "{event}", "Asynchronous handlers that have not ended.");
        _meter.CreateObservableUpDownCounter("socketio.server.events.queued", () => Measure(Sum(static socket => socket.Load.Bytes)), "By", "Bytes of events that wait for handlers to end.");
        _meter.CreateObservableCounter("socketio.server.bounds.met", CountBounds, "{occurrence}", "How often a client, or what is kept for clients, has met a bound, by the option that sets it.");
        _meter.CreateObservableCounter("socketio.server.malformed", () => Measure(server.Engine.Malformed), "{packet}", "Packets that could not be read.");
        if (server.Options.MaxConnections is { } most)
        {
            _meter.CreateObservableGauge("socketio.server.max_connections", () => Measure(most), "{connection}", "Connections that may be open (EngineOptions.MaxConnections).");
        }

        if (server.Options is { ConnectionStateRecovery: not null, Adapter: null })
        {
            _meter.CreateObservableUpDownCounter("socketio.server.recovery.packets", () => Measure(Sum(static kept => kept.Packets)), "{packet}", "Packets that are kept for clients that come back.");
            _meter.CreateObservableUpDownCounter("socketio.server.recovery.size", () => Measure(Sum(static kept => kept.Bytes)), "By", "Their bytes.");
            _meter.CreateObservableUpDownCounter("socketio.server.recovery.sessions", () => Measure(Sum(static kept => kept.Sessions)), "{session}", "Sessions whose clients may come back.");
        }

        server.Engine.Ended += OnEnded;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server.Engine.Ended -= OnEnded;
        _meter.Dispose();
    }

    private void OnEnded(EngineConnection connection, string reason)
    {
        if (_duration.Enabled)
        {
            var duration = _server.Engine.Time.GetUtcNow() - connection.Request.Issued;
            _duration.Record(duration.TotalSeconds, [.. _tags, new(Transport, connection.Transport), new("socketio.close.reason", reason)]);
        }
    }

    private long Sum(Func<Socket, long> load) => _server.Namespaces.Values.Sum(ns => ns.GetSocketSnapshot().Sum(load));

    private long Sum(Func<(int Packets, long Bytes, int Sessions), long> kept) =>
        _server.Namespaces.Values.Sum(ns => ns.Adapter is RecoveryAdapter adapter ? kept(adapter.Kept) : 0);

    private Measurement<long> Measure(long value) => new(value, _tags);

    private IEnumerable<Measurement<long>> CountConnections()
    {
        // None is a figure too: whoever scales by it has to see it.
        var counts = new Dictionary<(string Transport, int Protocol), long> { [(TransportNames.Polling, 4)] = 0, [(TransportNames.WebSocket, 4)] = 0 };
        foreach (var connection in _server.Engine.Connections)
        {
            var kind = (connection.Transport, connection.Protocol);
            counts[kind] = counts.GetValueOrDefault(kind) + 1;
        }

        return counts.Select(count => new Measurement<long>(count.Value, [.. _tags, new(Transport, count.Key.Transport), new("socketio.engine.protocol", count.Key.Protocol)]));
    }

    private IEnumerable<Measurement<long>> CountBounds() =>
        _server.Engine.Bounds.Read().Select(bound => new Measurement<long>(bound.Count, [.. _tags, new("socketio.bound", bound.Bound.ToString())]));
}
