// All that leaves this silo for partitions and gateways, its own included.
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>One outbox for each silo and each partition. Thread-safe; sending never waits, and calls nobody back.</summary>
internal sealed class Relay : IGatewayListener
{
    private readonly ConcurrentDictionary<SiloAddress, Outbox> _gateways = new();
    private readonly ConcurrentDictionary<PartitionKey, Outbox> _partitions = new();
    private readonly GatewayMembership _membership;
    private readonly GatewayServiceClient _services;
    private readonly IGrainFactory _grains;
    private readonly RelayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _maxBytes;

    public Relay(
        GatewayMembership membership,
        GatewayServiceClient services,
        IGrainFactory grains,
        RelayMetrics metrics,
        IOptions<SocketIOClusterOptions> options,
        TimeProvider time,
        ILogger<Relay> logger)
    {
        _membership = membership;
        _services = services;
        _grains = grains;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _maxBytes = options.Value.MaxQueuedBytes;
        membership.Subscribe(_ => this);
    }

    /// <summary>Sends to a partition, which comes to life with it.</summary>
    public void ToPartition(PartitionKey partition, ReadOnlyMemory<byte> message) =>
        _partitions.GetOrAdd(partition, static (key, relay) => relay.CreateOutbox(key), this).Add(new FrameEntry(null, message));

    /// <summary>Sends to a gateway. One that does not live gets nothing.</summary>
    /// <param name="gateway">Which.</param>
    /// <param name="sender">The partition that sends; <see langword="null"/>: this gateway does.</param>
    /// <param name="message">What.</param>
    public void ToGateway(GatewayId gateway, PartitionKey? sender, ReadOnlyMemory<byte> message)
    {
        if (_membership.Find(gateway) is { } silo)
        {
            _gateways.GetOrAdd(silo, static (silo, relay) => relay.CreateOutbox(silo), this).Add(new FrameEntry(sender, message));
        }
    }

    void IGatewayListener.OnGatewayUp(GatewayId gateway)
    {
    }

    void IGatewayListener.OnGatewayDead(GatewayId gateway)
    {
        foreach (var (silo, outbox) in _gateways)
        {
            if (GatewayIds.Of(silo) == gateway && _gateways.TryRemove(silo, out _))
            {
                outbox.Close();
            }
        }
    }

    private Outbox CreateOutbox(PartitionKey key)
    {
        var grain = _grains.GetGrain<INamespacePartition>(key.Index, key.Namespace, null);
        return CreateOutbox($"partition {key.Index} of {key.Namespace}", grain.ReceiveAsync);
    }

    private Outbox CreateOutbox(SiloAddress silo) => CreateOutbox($"gateway {silo}", _services[silo].DeliverAsync);

    private Outbox CreateOutbox(string destination, Func<byte[], Task> send) => new(destination, send, _maxBytes, _metrics, _time, _logger);
}
