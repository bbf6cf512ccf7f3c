using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>How full the partitions of this silo are, in the meter <c>SocketIO.Orleans</c>. Thread-safe.</summary>
internal sealed class PartitionMetrics
{
    private readonly ConcurrentDictionary<PartitionHost, byte> _partitions = new();

    public PartitionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(RelayMetrics.MeterName);
        meter.CreateObservableUpDownCounter("socketio.partition.active", () => _partitions.Count, "{partition}", "Partitions that this silo has.");
        meter.CreateObservableGauge("socketio.partition.rooms", () => Most(static load => load.Rooms), "{room}", "Rooms that have a route; of the partition of this silo with the most.");
        meter.CreateObservableGauge("socketio.partition.gateways", () => Most(static load => load.Gateways), "{gateway}", "Gateways that are routed to; of the partition with the most.");
        meter.CreateObservableGauge("socketio.partition.log", () => Most(static load => load.Packets), "{packet}", "Packets that are kept for gateways that are behind; of the partition with the most.");
        meter.CreateObservableGauge("socketio.partition.size", () => Most(static load => load.Bytes), "By", "Their bytes.");
    }

    /// <summary>A partition has come to this silo.</summary>
    public void Add(PartitionHost partition) => _partitions.TryAdd(partition, 0);

    /// <summary>A partition has ended here.</summary>
    public void Remove(PartitionHost partition) => _partitions.TryRemove(partition, out _);

    private long Most(Func<PartitionLoad, long> of) => _partitions.Select(partition => of(partition.Key.Load)).DefaultIfEmpty().Max();
}
