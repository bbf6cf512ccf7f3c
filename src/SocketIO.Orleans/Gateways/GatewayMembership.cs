// Which gateways live. Orleans decides that; here silos become gateways.
using System.Collections.Frozen;
using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>
/// The gateways of the cluster as its membership tells them: the silos that host the grains of this project, from when they are active until they are dead or
/// have left. A silo of which it is not known yet what it hosts is taken for one. Thread-safe.
/// </summary>
internal sealed class GatewayMembership : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly GrainType PartitionType = GrainType.Create(NamespaceGrain.TypeName);

    private readonly Lock _gate = new();
    private readonly List<IGatewayListener> _listeners = [];
    private readonly HashSet<SiloAddress> _others = [];
    private readonly SiloAddress _local;
    private readonly IClusterMembershipService _membership;
    private readonly IClusterManifestProvider _manifests;
    private volatile FrozenDictionary<GatewayId, SiloAddress> _live;

    public GatewayMembership(ILocalSiloDetails local, IClusterMembershipService membership, IClusterManifestProvider manifests)
    {
        _local = local.SiloAddress;
        _membership = membership;
        _manifests = manifests;
        Local = GatewayIds.Of(_local);
        _live = new Dictionary<GatewayId, SiloAddress> { [Local] = _local }.ToFrozenDictionary();
    }

    /// <summary>The gateway of this silo.</summary>
    public GatewayId Local { get; }

    /// <summary>The gateways that live as far as is known, this one included.</summary>
    public IReadOnlyCollection<GatewayId> Live => _live.Keys;

    /// <summary>Where a gateway is.</summary>
    /// <returns><see langword="null"/>: it does not live, or is not known yet.</returns>
    public SiloAddress? Find(GatewayId gateway) => _live.GetValueOrDefault(gateway);

    /// <summary>Some other gateway that goes on, for what has to leave this one; <see langword="null"/>: there is none.</summary>
    public SiloAddress? FindOther()
    {
        var members = _membership.CurrentSnapshot.Members;
        var others = _live.Values.Where(silo => !silo.Equals(_local) && members.TryGetValue(silo, out var member) && member.Status == SiloStatus.Active).ToArray();
        return others.Length == 0 ? null : others[Random.Shared.Next(others.Length)];
    }

    /// <summary>Begins to tell a listener what changes.</summary>
    /// <param name="create">Makes it, knowing those that live; all later changes are told.</param>
    public void Subscribe(Func<IReadOnlyCollection<GatewayId>, IGatewayListener> create)
    {
        lock (_gate)
        {
            _listeners.Add(create(_live.Keys));
        }
    }

    /// <summary>A listener wants to hear no more.</summary>
    public void Unsubscribe(IGatewayListener listener)
    {
        lock (_gate)
        {
            _listeners.Remove(listener);
        }
    }

    /// <summary>Reads the membership anew: what was in its table before the call is known after it.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        // The first may join a reading that had begun before.
        await _membership.Refresh(default, cancellationToken).ConfigureAwait(false);
        await _membership.Refresh(default, cancellationToken).ConfigureAwait(false);
        Update();
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
    {
        var end = new CancellationTokenSource();
        lifecycle.Subscribe(nameof(GatewayMembership), ServiceLifecycleStage.RuntimeGrainServices, Start, Stop);

        Task Start(CancellationToken cancellationToken)
        {
            _ = WatchAsync(_membership.MembershipUpdates, end.Token);
            _ = WatchAsync(_manifests.Updates, end.Token);
            return Task.CompletedTask;
        }

        Task Stop(CancellationToken cancellationToken)
        {
            end.Cancel();
            return Task.CompletedTask;
        }
    }

    private async Task WatchAsync<T>(IAsyncEnumerable<T> updates, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var _ in updates.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                Update();
            }
        }
        catch (OperationCanceledException)
        {
            // The silo ends.
        }
    }

    private void Update()
    {
        lock (_gate)
        {
            var before = _live;
            var live = new Dictionary<GatewayId, SiloAddress> { [Local] = _local };
            var members = _membership.CurrentSnapshot.Members;
            var manifests = _manifests.Current.Silos;
            foreach (var (silo, member) in members)
            {
                // Manifests are known of active silos only, so what was no gateway has to be remembered.
                if (manifests.TryGetValue(silo, out var manifest) && !manifest.Grains.ContainsKey(PartitionType))
                {
                    _others.Add(silo);
                }

                if (member.Status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping && !_others.Contains(silo))
                {
                    live[GatewayIds.Of(silo)] = silo;
                }
            }

            _others.RemoveWhere(silo => !members.ContainsKey(silo));
            _live = live.ToFrozenDictionary();
            foreach (var gateway in before.Keys)
            {
                if (!live.ContainsKey(gateway))
                {
                    _listeners.ForEach(listener => listener.OnGatewayDead(gateway));
                }
            }

            foreach (var gateway in live.Keys)
            {
                if (!before.ContainsKey(gateway))
                {
                    _listeners.ForEach(listener => listener.OnGatewayUp(gateway));
                }
            }
        }
    }
}
