// A gateway that is stopped: first its partitions move, while everybody can still be asked what they hold; then its clients are let go.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Moves the partitions of this silo to other gateways when the host begins to stop, before the server closes its connections. Thread-safe.</summary>
internal sealed partial class GatewayDrain : IHostedLifecycleService
{
    private readonly ConcurrentDictionary<IGrainContext, byte> _partitions = new();
    private readonly GatewayMembership _membership;
    private readonly ClusterGateway _gateway;
    private readonly TimeSpan _timeout;
    private readonly ILogger _logger;

    /// <param name="membership">Who lives.</param>
    /// <param name="gateway">This gateway.</param>
    /// <param name="options">How long the moves may take.</param>
    /// <param name="meters">Has the meter that shows how many connections are left.</param>
    /// <param name="logger">The log.</param>
    public GatewayDrain(
        GatewayMembership membership, ClusterGateway gateway, IOptions<SocketIOClusterOptions> options, IMeterFactory meters, ILogger<GatewayDrain> logger)
    {
        _membership = membership;
        _gateway = gateway;
        _timeout = options.Value.CloseTimeout;
        _logger = logger;
        meters.Create(RelayMetrics.MeterName).CreateObservableGauge(
            "socketio.drain.connections",
            () => gateway.Draining,
            "{connection}",
            "Connections that a stopping gateway has not closed yet; 0 until it stops.");
    }

    /// <summary>A partition has come to this silo.</summary>
    public void Add(IGrainContext partition) => _partitions.TryAdd(partition, 0);

    /// <summary>A partition has ended here.</summary>
    public void Remove(IGrainContext partition) => _partitions.TryRemove(partition, out _);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _gateway.BeginDrain();
        var moving = new List<Task>();
        foreach (var (partition, _) in _partitions)
        {
            if (_membership.FindOther() is { } target)
            {
                Log.Moves(_logger, partition.GrainId, target);
                partition.Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = target }, cancellationToken);
                moving.Add(partition.Deactivated);
            }
        }

        // What takes longer moves when the silo stops, or is had again from those that live.
        await Task.WhenAll(moving).WaitAsync(_timeout, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(79, LogLevel.Information, "{Partition} moves to {Silo}, as this silo stops")]
        public static partial void Moves(ILogger logger, GrainId partition, SiloAddress silo);
    }
}
