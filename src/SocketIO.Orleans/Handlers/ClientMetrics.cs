using System.Diagnostics.Metrics;

namespace SocketIO.Orleans;

/// <summary>What waits on this gateway for handlers and streams, in the meter <c>SocketIO.Orleans</c>. Looked up, so that it is there before anything happens.</summary>
internal sealed class ClientMetrics
{
    private long _queued;
    private long _paused;
    private long _failed;

    public ClientMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RelayMetrics.MeterName);
        meter.CreateObservableUpDownCounter("socketio.handler.queued", () => Interlocked.Read(ref _queued), "By", "Bytes of clients' events that wait for handler grains and streams.");
        meter.CreateObservableUpDownCounter("socketio.handler.paused", () => Interlocked.Read(ref _paused), "{client}", "Clients that nothing is read from meanwhile.");
        meter.CreateObservableCounter("socketio.handler.failed", () => Interlocked.Read(ref _failed), "{call}", "Calls of handler grains and items for streams that have failed.");
    }

    /// <summary>More bytes wait, or fewer.</summary>
    public void Queued(long bytes) => Interlocked.Add(ref _queued, bytes);

    /// <summary>More clients have to wait, or fewer.</summary>
    public void Paused(int clients) => Interlocked.Add(ref _paused, clients);

    /// <summary>A delivery has failed.</summary>
    public void Failed() => Interlocked.Increment(ref _failed);
}
