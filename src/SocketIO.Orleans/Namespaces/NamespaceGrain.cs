// A partition of a namespace: a thin shell around the rules that sequence and route.
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.GrainDirectory;
using Orleans.Placement;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>
/// Hosts a <see cref="PartitionHost"/>: takes an epoch when it activates, tells it who lives, and sends what it says. With routes it is never collected as
/// idle. All of its state can be had again from the gateways, so it may end at any moment.
/// </summary>
[GrainType(TypeName)]
[GrainDirectory(PartitionDirectory.Name)]
[RandomPlacement]
[Reentrant]
internal sealed partial class NamespaceGrain : Grain, INamespacePartition, IPartitionLink, IGatewayListener
{
    /// <summary>The grain type, which tells gateways from other silos.</summary>
    public const string TypeName = "socketio.namespace";

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan KeptAlive = TimeSpan.FromMinutes(5);

    private readonly EpochStore _epochs;
    private readonly GatewayMembership _membership;
    private readonly Relay _relay;
    private readonly GatewayDrain _drain;
    private readonly PartitionMetrics _metrics;
    private readonly PartitionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private TaskScheduler _turns = TaskScheduler.Default;
    private PartitionKey _key;
    private PartitionHost? _host;
    private long _start;
    private TimeSpan? _keptAliveAt;
    private volatile bool _hasEnded;

    public NamespaceGrain(
        EpochStore epochs,
        GatewayMembership membership,
        Relay relay,
        GatewayDrain drain,
        PartitionMetrics metrics,
        IOptions<SocketIOClusterOptions> options,
        TimeProvider time,
        ILogger<NamespaceGrain> logger)
    {
        _epochs = epochs;
        _membership = membership;
        _relay = relay;
        _drain = drain;
        _metrics = metrics;
        _options = options.Value.ToPartitionOptions();
        _time = time;
        _logger = logger;
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _turns = TaskScheduler.Current;
        _start = _time.GetTimestamp();
        _key = new PartitionKey(Name(out var index), (int)index);
        var epoch = await _epochs.TakeAsync(_key, cancellationToken);
        // Only now: whoever was admitted by an earlier epoch is in the membership by the time that a later one was written.
        await _membership.RefreshAsync(cancellationToken);
        _membership.Subscribe(live =>
        {
            _host = new PartitionHost(_options, epoch, live, this, () => Now);
            return this;
        });
        _drain.Add(GrainContext);
        _metrics.Add(_host!);
        Log.Started(_logger, _key.Index, _key.Namespace, epoch);
        this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = TickInterval, Interleave = true });
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _membership.Unsubscribe(this);
        _drain.Remove(GrainContext);
        if (_host is { } host)
        {
            _metrics.Remove(host);
        }

        _hasEnded = true;
        Log.Ended(_logger, _key.Index, _key.Namespace, reason.ReasonCode);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ReceiveAsync(byte[] frame)
    {
        try
        {
            foreach (var (_, message) in Frame.Read(frame))
            {
                Receive(message);
            }
        }
        catch (BatchFormatException e)
        {
            Log.Unreadable(_logger, e, _key.Index, _key.Namespace);
        }

        return Task.CompletedTask;
    }

    void IPartitionLink.Send(GatewayId gateway, ReadOnlyMemory<byte> message)
    {
        if (!_hasEnded)
        {
            _relay.ToGateway(gateway, _key, message);
        }
    }

    void IPartitionLink.ReadEpoch() => InTurn(ReadEpochAsync);

    void IPartitionLink.OnFenced() => InTurn(() =>
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    });

    void IGatewayListener.OnGatewayUp(GatewayId gateway) => _host!.GatewayUp(gateway);

    void IGatewayListener.OnGatewayDead(GatewayId gateway) => _host!.GatewayDead(gateway);

    private string Name(out long index)
    {
        index = this.GetPrimaryKeyLong(out var name);
        return name!;
    }

    private void Receive(ReadOnlyMemory<byte> message)
    {
        try
        {
            _host!.Receive(message);
        }
        catch (BatchFormatException e)
        {
            Log.Unreadable(_logger, e, _key.Index, _key.Namespace);
        }
    }

    private Task Tick(CancellationToken cancellationToken)
    {
        _host!.Tick();
        if (_host.RouteCount > 0 && (_keptAliveAt is not { } keptAliveAt || Now - keptAliveAt >= KeptAlive / 2))
        {
            _keptAliveAt = Now;
            DelayDeactivation(KeptAlive);
        }

        return Task.CompletedTask;
    }

    private async Task ReadEpochAsync()
    {
        while (!_hasEnded)
        {
            try
            {
                _host!.Confirmed(await _epochs.ReadAsync(_key));
                return;
            }
            catch (Exception e)
            {
                Log.EpochUnread(_logger, e, _key.Index, _key.Namespace);
                await Task.Delay(PauseAfterFailure, _time);
            }
        }
    }

    /// <summary>Runs something in this grain's context, and not before the caller has returned.</summary>
    private void InTurn(Func<Task> action) => _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, _turns);

    private static partial class Log
    {
        [LoggerMessage(72, LogLevel.Information, "Partition {Partition} of namespace {Namespace} starts with epoch {Epoch}")]
        public static partial void Started(ILogger logger, int partition, string @namespace, long epoch);

        [LoggerMessage(73, LogLevel.Information, "Partition {Partition} of namespace {Namespace} ends here: {Reason}")]
        public static partial void Ended(ILogger logger, int partition, string @namespace, DeactivationReasonCode reason);

        [LoggerMessage(74, LogLevel.Error, "What a gateway sent to partition {Partition} of namespace {Namespace} can't be read")]
        public static partial void Unreadable(ILogger logger, Exception exception, int partition, string @namespace);

        [LoggerMessage(75, LogLevel.Warning, "The epoch of partition {Partition} of namespace {Namespace} can't be read; it will be read again")]
        public static partial void EpochUnread(ILogger logger, Exception exception, int partition, string @namespace);
    }
}
