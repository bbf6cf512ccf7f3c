namespace SocketIO.Cluster;

/// <summary>The bounds of a gateway in the cluster.</summary>
internal sealed class ClusterOptions
{
    /// <summary>Partitions of a namespace. More than one trade the order among rooms, and recovery, for scale. All nodes must have the same number.</summary>
    public int Partitions { get; init; } = 1;

    /// <summary>The most namespaces that have an order; a publication to one more is refused.</summary>
    public int MaxNamespaces { get; init; } = 10_000;

    public PublisherOutboxOptions Outbox { get; init; } = new();

    public GatewayInboxOptions Inbox { get; init; } = new();

    public AckCollectorOptions Acks { get; init; } = new();

    /// <summary>How long the other nodes may take for what they are asked, unless a caller says otherwise.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a question for the log stays unanswered before it is asked again; each time twice as long.</summary>
    public TimeSpan QueryRetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often is looked for what is due again.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The most requests of polling sessions that wait here for the gateways that own them, and the most that are served here for others.</summary>
    public int MaxRelayedRequests { get; init; } = 10_000;

    /// <summary>The most bytes of relayed requests, or of their answers, that are on their way to one gateway.</summary>
    public long MaxRelayedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>The most WebSockets that this gateway carries for sessions of others, and the most that others carry for its own.</summary>
    public int MaxRelayedWebSockets { get; init; } = 100_000;

    /// <summary>The most bytes of a relayed WebSocket that lie unread at either end.</summary>
    public int MaxRelayedWebSocketBytes { get; init; } = 64 * 1024;

    /// <summary>How long a closing server waits for what it has published.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
