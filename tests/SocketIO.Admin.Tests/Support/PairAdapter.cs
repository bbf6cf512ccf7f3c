using System.Collections.Concurrent;
using SocketIO.Server;

namespace SocketIO.Admin.Tests;

/// <summary>Several servers of one process as one: the least that a cluster's adapter does.</summary>
internal sealed class PairAdapter(Namespace ns, PairAdapter.Hub hub) : InProcessAdapter(ns)
{
    public override ValueTask InitializeAsync()
    {
        hub.Adapters.TryAdd(this, 0);
        return default;
    }

    public override ValueTask CloseAsync()
    {
        hub.Adapters.TryRemove(this, out _);
        return default;
    }

    public override async ValueTask BroadcastAsync(EventPayload payload, BroadcastOptions options)
    {
        await base.BroadcastAsync(payload, options);
        foreach (var other in Others(options))
        {
            await other.BroadcastAsync(payload, options with { Local = true });
        }
    }

    public override async ValueTask AddSocketsAsync(BroadcastOptions options, IReadOnlyCollection<string> rooms)
    {
        await base.AddSocketsAsync(options, rooms);
        foreach (var other in Others(options))
        {
            await other.AddSocketsAsync(options with { Local = true }, rooms);
        }
    }

    public override ValueTask ServerSideEmitAsync(EventPayload payload)
    {
        foreach (var other in Others(BroadcastOptions.All))
        {
            other.Namespace.OnServerSideEvent(payload, null);
        }

        return default;
    }

    public override ValueTask<IReadOnlyList<EventPayload>> ServerSideEmitWithAckAsync(EventPayload payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answers = new List<EventPayload>();
        foreach (var other in Others(BroadcastOptions.All))
        {
            if (!hub.IsSilent)
            {
                other.Namespace.OnServerSideEvent(payload, answers.Add);
            }
        }

        return hub.IsSilent ? throw new AckTimeoutException(answers) : new(answers);
    }

    private IEnumerable<PairAdapter> Others(BroadcastOptions options) =>
        options.Local ? [] : hub.Adapters.Keys.Where(other => other != this && other.Namespace.Name == Namespace.Name);

    /// <summary>What the servers share.</summary>
    internal sealed class Hub
    {
        public ConcurrentDictionary<PairAdapter, byte> Adapters { get; } = new();

        /// <summary>Whether nobody answers.</summary>
        public bool IsSilent { get; set; }
    }
}
