// All of it is looked up when somebody asks: a connection or a message costs nothing more for being counted.
using System.Diagnostics.Metrics;

namespace SocketIO.Server;

/// <summary>What servers show of themselves, in the meter <c>SocketIO.Server</c>.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "SocketIO.Server";

    private readonly Meter _meter;
    private readonly SocketIOServer _server;
    private readonly KeyValuePair<string, object?>[] _tags;

    /// <param name="meters">Makes the meter.</param>
    /// <param name="server">The server.</param>
    /// <param name="name">The name that it was added with; empty for the application's own.</param>
    public ServerMetrics(IMeterFactory meters, SocketIOServer server, string name)
    {
        _meter = meters.Create(MeterName);
        _server = server;
        _tags = name.Length == 0 ? [] : [new("socketio.server.name", name)];
        _meter.CreateObservableUpDownCounter("socketio.server.active_connections", CountConnections, "{connection}", "Connections that are open, by transport and revision of Engine.IO.");
        _meter.CreateObservableUpDownCounter("socketio.server.sockets", () => Measure(server.Namespaces.Values.Sum(static ns => (long)ns.Sockets.Count)), "{socket}", "Sockets that are connected, of all namespaces.");
        _meter.CreateObservableUpDownCounter("socketio.server.namespaces", () => Measure(server.Namespaces.Count), "{namespace}", "Namespaces.");
        _meter.CreateObservableUpDownCounter("socketio.server.queued", () => Measure(server.Engine.Connections.Sum(static connection => (long)connection.QueuedBytes)), "By", "Bytes that wait for clients which read too slowly.");
        if (server.Options.MaxConnections is { } most)
        {
            _meter.CreateObservableGauge("socketio.server.max_connections", () => Measure(most), "{connection}", "Connections that may be open (EngineOptions.MaxConnections).");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private Measurement<long> Measure(long value) => new(value, _tags);

    private IEnumerable<Measurement<long>> CountConnections() => _server.Engine.Connections
        .GroupBy(static connection => (connection.Transport, connection.Protocol))
        .Select(group => new Measurement<long>(group.LongCount(), [.. _tags, new("socketio.transport", group.Key.Transport), new("socketio.engine.protocol", group.Key.Protocol)]));
}
