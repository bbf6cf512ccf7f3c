using System.Diagnostics.Metrics;

namespace SocketIO.Orleans;

/// <summary>What waits on this gateway for handlers and streams, in the meter <c>SocketIO.Orleans</c>.</summary>
internal sealed class ClientMetrics
{
    private readonly UpDownCounter<long> _queued;
    private readonly UpDownCounter<long> _paused;
    private readonly Counter<long> _failed;

    public ClientMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RelayMetrics.MeterName);
        _queued = meter.CreateUpDownCounter<long>("socketio.handler.queued", "By", "Bytes of clients' events that wait for handler grains and streams.");
        _paused = meter.CreateUpDownCounter<long>("socketio.handler.paused", "{client}", "Clients that nothing is read from meanwhile.");
        _failed = meter.CreateCounter<long>("socketio.handler.failed", "{call}", "Calls of handler grains and items for streams that have failed.");
    }

    /// <summary>More bytes wait, or fewer.</summary>
    public void Queued(long bytes) => _queued.Add(bytes);

    /// <summary>More clients have to wait, or fewer.</summary>
    public void Paused(int clients) => _paused.Add(clients);

    /// <summary>A delivery has failed.</summary>
    public void Failed() => _failed.Add(1);
}
