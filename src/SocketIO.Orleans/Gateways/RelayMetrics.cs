using System.Diagnostics.Metrics;

namespace SocketIO.Orleans;

/// <summary>What the relay between silos shows of itself, in the meter <c>SocketIO.Orleans</c>.</summary>
internal sealed class RelayMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "SocketIO.Orleans";

    private readonly Counter<long> _frames;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _dropped;
    private readonly UpDownCounter<long> _queued;

    public RelayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _frames = meter.CreateCounter<long>("socketio.relay.frames", "{frame}", "Calls between silos and to partitions.");
        _bytes = meter.CreateCounter<long>("socketio.relay.sent", "By", "Bytes that they have carried.");
        _dropped = meter.CreateCounter<long>("socketio.relay.dropped", "{message}", "Messages that were dropped, to be sent again by their senders.");
        _queued = meter.CreateUpDownCounter<long>("socketio.relay.queued", "By", "Bytes that wait to be sent.");
    }

    /// <summary>A frame was taken by its destination.</summary>
    public void Sent(int bytes)
    {
        _frames.Add(1);
        _bytes.Add(bytes);
    }

    /// <summary>Messages were dropped.</summary>
    public void Dropped(int messages) => _dropped.Add(messages);

    /// <summary>More bytes wait, or fewer.</summary>
    public void Queued(long bytes) => _queued.Add(bytes);
}
