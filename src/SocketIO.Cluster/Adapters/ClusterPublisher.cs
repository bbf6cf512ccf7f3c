// What a namespace publishes to the cluster, whether this gateway has it or not.
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>Publishes to a namespace's partitions, and gathers what is answered.</summary>
/// <param name="gateway">This gateway.</param>
/// <param name="channels">The namespace's partitions.</param>
internal sealed class ClusterPublisher(ClusterGateway gateway, PartitionChannel[] channels)
{
    /// <summary>How sockets are to get what is sent.</summary>
    public static RelayItemFlags FlagsOf(BroadcastOptions options) =>
        (options.Volatile ? RelayItemFlags.Volatile : RelayItemFlags.None) | (options.Compress ? RelayItemFlags.None : RelayItemFlags.NoCompress);

    /// <summary>Publishes an item.</summary>
    /// <returns>Completes when it has its place in the order.</returns>
    /// <exception cref="ClusterUnavailableException">The outbox is full; nothing was taken.</exception>
    public Task PublishAsync(RelayItemKind kind, RelayItemFlags flags, BroadcastOptions options, EventPayload payload)
    {
        var sequenced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return TryPublish(kind, flags, options, payload, sequenced: sequenced) ? sequenced.Task : throw new ClusterUnavailableException();
    }

    /// <summary>The same with nobody to hear of each answer.</summary>
    public Task<List<EventPayload>> AskAsync(RelayItemKind kind, RelayItemFlags flags, BroadcastOptions options, EventPayload? payload, TimeSpan? timeout = null)
    {
        var wait = timeout ?? gateway.Options.RequestTimeout;
        return AskAsync(kind, flags, options, payload, wait, wait, null, CancellationToken.None);
    }

    /// <summary>Publishes what has to be answered, and waits for all answers of all gateways that it is for.</summary>
    /// <param name="kind">What is asked.</param>
    /// <param name="flags">How.</param>
    /// <param name="options">Which sockets.</param>
    /// <param name="payload">What goes with it.</param>
    /// <param name="clientTimeout">How long clients may take.</param>
    /// <param name="timeout">How long to wait here.</param>
    /// <param name="answered">Gets each answer as it comes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AckTimeoutException">Not all have come in time; it has those that did.</exception>
    public async Task<List<EventPayload>> AskAsync(
        RelayItemKind kind,
        RelayItemFlags flags,
        BroadcastOptions options,
        EventPayload? payload,
        TimeSpan clientTimeout,
        TimeSpan timeout,
        Action<EventPayload>? answered,
        CancellationToken cancellationToken)
    {
        var answers = new List<EventPayload>();
        var number = gateway.Requests.Start(timeout, Add, out var end);
        try
        {
            if (!TryPublish(kind, flags | RelayItemFlags.ExpectsAnswer, options, payload, number, clientTimeout))
            {
                throw new ClusterUnavailableException();
            }

            var result = await end.WaitAsync(cancellationToken).ConfigureAwait(false);
            return result.Outcome switch
            {
                AckOutcome.Complete => answers,
                AckOutcome.TimedOut => throw new AckTimeoutException(answers, $"timeout reached: missing {result.Missing} responses"),
                AckOutcome.TooLarge => throw new InvalidOperationException("The answers are more than this node may hold."),
                _ => throw new ClusterUnavailableException(),
            };
        }
        finally
        {
            gateway.Requests.Cancel(number);
        }

        void Add(EventPayload answer)
        {
            answers.Add(answer);
            answered?.Invoke(answer);
        }
    }

    /// <summary>Publishes an item.</summary>
    /// <returns><see langword="false"/>: the outbox is full; nothing was taken.</returns>
    public bool TryPublish(
        RelayItemKind kind,
        RelayItemFlags flags,
        BroadcastOptions options,
        EventPayload? payload,
        long request = 0,
        TimeSpan timeout = default,
        TaskCompletionSource? sequenced = null)
    {
        var rooms = options.Rooms.Count == 0 ? [] : new ReadOnlyMemory<byte>[options.Rooms.Count];
        for (var i = 0; i < rooms.Length; i++)
        {
            rooms[i] = RouteBook.Encode(options.Rooms[i]);
        }

        var except = options.Except.Count == 0 ? [] : new ReadOnlyMemory<byte>[options.Except.Count];
        for (var i = 0; i < except.Length; i++)
        {
            except[i] = RouteBook.Encode(options.Except[i]);
        }

        return ChannelOf(rooms).TryPublish(RelayItem.Create(kind, flags, rooms, except, request, timeout, gateway.Id, payload), sequenced);
    }

    /// <summary>The same for all that is sent to the same room first: that is the order that a room sees.</summary>
    private PartitionChannel ChannelOf(ReadOnlyMemory<byte>[] rooms)
    {
        if (channels.Length == 1 || rooms.Length == 0)
        {
            return channels[0];
        }

        // FNV-1a: all nodes have to agree.
        var hash = 2166136261;
        foreach (var value in rooms[0].Span)
        {
            hash = (hash ^ value) * 16777619;
        }

        return channels[hash % (uint)channels.Length];
    }
}
