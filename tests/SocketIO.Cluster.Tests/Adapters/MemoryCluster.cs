using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// A cluster in one process: gateways of real servers, partitions, and an unreliable link between them. What each receives comes one by one, on threads of
/// its own. It ends with its last gateway.
/// </summary>
internal sealed class MemoryCluster
{
    private static int _lastGateway = Random.Shared.Next();

    private readonly Lock _gate = new();
    private readonly Dictionary<PartitionKey, (MemoryPartition Partition, long Epoch)> _partitions = [];
    private readonly ConcurrentDictionary<GatewayId, MemoryGateway> _gateways = new();
    private readonly Random _random = new(1);
    private bool _hasEnded;

    public MemoryCluster()
    {
        Sessions = new MemorySessions(Time);
        SessionIds.SetKey(new byte[SessionIds.KeyBytes]);
        _ = TickAsync();
    }

    /// <summary>Of so many messages between gateways and partitions one is lost, and one arrives twice; 0: none.</summary>
    public int LossOneIn { get; init; }

    /// <summary>Whether no partition can be reached.</summary>
    public bool IsCut { get; set; }

    public ClusterOptions Options { get; init; } = new();

    /// <summary>The clock of gateways and sessions.</summary>
    public LeapingTimeProvider Time { get; } = new();

    /// <summary>Where sessions are kept.</summary>
    public MemorySessions Sessions { get; }

    /// <summary>What makes and checks the ids of connections.</summary>
    public SessionIds SessionIds { get; } = new();

    public PartitionOptions PartitionOptions { get; init; } = new();

    /// <summary>Partitions that have lived, those that have died included.</summary>
    public int Activations { get; private set; }

    /// <summary>Starts a server that is one of this cluster's gateways until its application has stopped.</summary>
    public async Task<Node> StartNodeAsync(Action<SocketIOOptions> configure)
    {
        var gateway = new MemoryGateway(this, new GatewayId(Interlocked.Increment(ref _lastGateway)));
        _gateways[gateway.Gateway] = gateway;
        ForEachPartition(partition => partition.Host.GatewayUp(gateway.Gateway));
        var node = await Node.StartAsync(options =>
        {
            configure(options);
            gateway.Rules.Configure(options);
        });
        gateway.Node = node;
        node.App.Lifetime.ApplicationStopped.Register(() => Kill(gateway));
        return node;
    }

    /// <summary>Ends the node's gateway without a word: the others hear that it is dead, itself it hears nothing.</summary>
    public void KillGateway(Node node) => Kill(_gateways.Values.Single(gateway => gateway.Node == node));

    /// <summary>Completes when gateways have heard what they were told so far.</summary>
    public Task WhenToldAsync(IEnumerable<Node> nodes) => Task.WhenAll(_gateways.Values.Where(gateway => nodes.Contains(gateway.Node)).Select(static gateway =>
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        gateway.Mailbox.Post(told.SetResult);
        return told.Task;
    }));

    /// <summary>Gives bytes to a partition, and to every gateway as from that partition and as from another gateway.</summary>
    public void Inject(PartitionKey key, byte[] bytes)
    {
        Assert.Throws<BatchFormatException>(() => GetPartition(key).Host.Receive(bytes));
        foreach (var (_, gateway) in _gateways)
        {
            gateway.Rules.OnPartitionMessage(key, bytes);
            gateway.Rules.OnGatewayMessage(bytes);
        }
    }

    /// <summary>Waits until everybody has what a node has published in the main namespace.</summary>
    public Task WhenPublishedAsync(Node node) => _gateways.Values.Single(gateway => gateway.Node == node).Rules.WhenPublishedAsync("/");

    /// <summary>Ends a partition without a word; the next message to it makes another.</summary>
    public void KillPartition(PartitionKey key)
    {
        lock (_gate)
        {
            if (_partitions.TryGetValue(key, out var entry))
            {
                entry.Partition.Stop();
            }
        }
    }

    internal IReadOnlyCollection<GatewayId> Gateways => [.. _gateways.Keys];

    internal void SendToPartition(PartitionKey key, ReadOnlyMemory<byte> message)
    {
        if (!IsCut)
        {
            var partition = GetPartition(key);
            Deliver(partition.Mailbox, () => partition.Host.Receive(message));
        }
    }

    internal void SendToGateway(GatewayId id, PartitionKey from, ReadOnlyMemory<byte> message)
    {
        if (_gateways.TryGetValue(id, out var gateway))
        {
            Deliver(gateway.Mailbox, () => gateway.Rules.OnPartitionMessage(from, message));
        }
    }

    internal void SendToGateway(GatewayId id, ReadOnlyMemory<byte> message)
    {
        if (_gateways.TryGetValue(id, out var gateway))
        {
            Action arrive = () => gateway.Rules.OnGatewayMessage(message);
            // Answers are not sent again: who asked does not wait for ever.
            if (BatchFormat.TypeOf(message.Span) == BatchType.Peer)
            {
                Deliver(gateway.Mailbox, arrive);
            }
            else
            {
                gateway.Mailbox.Post(arrive);
            }
        }
    }

    internal void ReadEpoch(PartitionKey key, MemoryPartition partition)
    {
        long epoch;
        lock (_gate)
        {
            epoch = _partitions[key].Epoch;
        }

        partition.Mailbox.Post(() => partition.Host.Confirmed(epoch));
    }

    private void Kill(MemoryGateway gateway)
    {
        if (!_gateways.TryRemove(gateway.Gateway, out _))
        {
            return;
        }

        gateway.Mailbox.Stop();
        gateway.Rules.Dispose();
        ForEachPartition(partition => partition.Host.GatewayDead(gateway.Gateway));
        foreach (var (_, other) in _gateways)
        {
            other.Mailbox.Post(() => other.Rules.OnGatewayDead(gateway.Gateway));
        }

        if (_gateways.IsEmpty)
        {
            _hasEnded = true;
            ForEachPartition(static partition => partition.Stop());
        }
    }

    private void Deliver(Mailbox mailbox, Action action)
    {
        var luck = LossOneIn == 0 ? 2 : Luck();
        if (luck != 0)
        {
            mailbox.Post(action);
        }

        if (luck == 1)
        {
            mailbox.Post(action);
        }
    }

    private int Luck()
    {
        lock (_gate)
        {
            return _random.Next(LossOneIn);
        }
    }

    private MemoryPartition GetPartition(PartitionKey key)
    {
        lock (_gate)
        {
            var found = _partitions.TryGetValue(key, out var entry);
            if (!found || entry.Partition.HasStopped)
            {
                Activations++;
                entry = (new MemoryPartition(this, key, entry.Epoch + 1, PartitionOptions, Gateways), entry.Epoch + 1);
                _partitions[key] = entry;
            }

            return entry.Partition;
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!_hasEnded && await timer.WaitForNextTickAsync())
        {
            ForEachPartition(static partition => partition.Mailbox.Post(partition.Host.Tick));
        }
    }

    private void ForEachPartition(Action<MemoryPartition> action)
    {
        MemoryPartition[] partitions;
        lock (_gate)
        {
            partitions = [.. _partitions.Values.Select(static entry => entry.Partition)];
        }

        Array.ForEach(partitions, action);
    }

    internal sealed class MemoryPartition : IPartitionLink
    {
        private readonly MemoryCluster _cluster;
        private readonly PartitionKey _key;

        public MemoryPartition(MemoryCluster cluster, PartitionKey key, long epoch, PartitionOptions options, IReadOnlyCollection<GatewayId> live)
        {
            _cluster = cluster;
            _key = key;
            var start = TimeProvider.System.GetTimestamp();
            Host = new PartitionHost(options, epoch, live, this, () => TimeProvider.System.GetElapsedTime(start));
        }

        public PartitionHost Host { get; }

        public Mailbox Mailbox { get; } = new();

        public bool HasStopped { get; private set; }

        public void Send(GatewayId gateway, ReadOnlyMemory<byte> message)
        {
            if (!HasStopped)
            {
                _cluster.SendToGateway(gateway, _key, message);
            }
        }

        public void ReadEpoch() => _cluster.ReadEpoch(_key, this);

        public void OnFenced() => Stop();

        public void Stop()
        {
            HasStopped = true;
            Mailbox.Stop();
        }
    }

    private sealed class MemoryGateway : IClusterLink
    {
        private readonly MemoryCluster _cluster;

        public MemoryGateway(MemoryCluster cluster, GatewayId id)
        {
            _cluster = cluster;
            Gateway = id;
            Rules = new ClusterGateway(this, cluster.Sessions, cluster.SessionIds, cluster.Options, cluster.Time, NullLogger.Instance);
        }

        public GatewayId Gateway { get; }

        public ClusterGateway Rules { get; }

        public Node? Node { get; set; }

        public Mailbox Mailbox { get; } = new();

        public IReadOnlyCollection<GatewayId> Gateways => _cluster.Gateways;

        public void SendToPartition(PartitionKey partition, ReadOnlyMemory<byte> message) => _cluster.SendToPartition(partition, message);

        public void SendToGateway(GatewayId gateway, ReadOnlyMemory<byte> message) => _cluster.SendToGateway(gateway, message);
    }

    /// <summary>Runs what is posted, one after another, until it is stopped.</summary>
    internal sealed class Mailbox
    {
        private readonly Channel<Action> _waiting = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });

        public Mailbox() => _ = RunAsync();

        public void Post(Action action) => _waiting.Writer.TryWrite(action);

        public void Stop() => _waiting.Writer.TryComplete();

        private async Task RunAsync()
        {
            await foreach (var action in _waiting.Reader.ReadAllAsync())
            {
                action();
            }
        }
    }
}
