using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Options of a Socket.IO server that is a gateway of an Orleans cluster. All gateways of a cluster should have the same.</summary>
public sealed class SocketIOClusterOptions
{
    /// <summary>
    /// The partitions of each namespace, from 1 to 1024. One, the default, keeps one order of all that a namespace is sent; more trade the order among rooms,
    /// and connection state recovery, for scale. All gateways must have the same number.
    /// </summary>
    public int Partitions { get; set; } = 1;

    /// <summary>How long the other gateways may take for what they are asked, unless a caller says otherwise. Default 5 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a closing server waits until its partitions have moved; and until all others have what it has published, and its sessions are stored. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After how long what was not answered is sent again to another silo. Default 2 s.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a client that comes back may wait for what a silo kept that has died: for its session, with connection state recovery, after which it gets a
    /// fresh one; and for its member's rooms. Should be longer than the membership takes to declare a silo dead. Default 20 s.
    /// </summary>
    public TimeSpan ReturnTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The most packets of a gateway that a partition has not accepted yet. More are refused with <see cref="ClusterUnavailableException"/>. Default 100,000.
    /// </summary>
    public int MaxPublishedPackets { get; set; } = 100_000;

    /// <summary>The most bytes of these. Default 64 MiB.</summary>
    public long MaxPublishedBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// The most packets that a partition keeps in memory. A gateway that lags behind the oldest has its clients reconnect. Default 100,000.
    /// </summary>
    public int MaxLogPackets { get; set; } = 100_000;

    /// <summary>The most bytes of these. Default 64 MiB.</summary>
    public long MaxLogBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>The most gateways of a cluster. Default 256.</summary>
    public int MaxGateways { get; set; } = 256;

    /// <summary>
    /// The most namespaces of the cluster, those included that only another gateway has and those that were only ever published to. One more is refused:
    /// clients that ask for it get <c>Invalid namespace</c>, who publishes to it gets <see cref="ClusterUnavailableException"/>. A gateway that starts again
    /// counts anew. Default 10,000.
    /// </summary>
    public int MaxNamespaces { get; set; } = 10_000;

    /// <summary>The most rooms that a partition routes one by one; a gateway with further rooms gets all packets, and filters them. Default 4,000,000.</summary>
    public int MaxRoutedRooms { get; set; } = 4_000_000;

    /// <summary>
    /// The most bytes that wait on this silo to be sent to one other silo, or to one partition. More are dropped, and sent again by whoever sent them.
    /// Default 256 MiB, enough for all that a partition asks of a gateway when it moves.
    /// </summary>
    public long MaxQueuedBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>The most requests of this gateway that wait for answers of others. Default 10,000.</summary>
    public int MaxPendingRequests { get; set; } = 10_000;

    /// <summary>The most answers of one request. Default 100,000.</summary>
    public int MaxAnswers { get; set; } = 100_000;

    /// <summary>The most bytes of the answers of one request. Default 64 MiB.</summary>
    public long MaxAnswerBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// The most requests of polling sessions that wait on this gateway for those that own the sessions, and the most that it serves for others. Further ones are
    /// answered with 503. Default 10,000.
    /// </summary>
    public int MaxRelayedRequests { get; set; } = 10_000;

    /// <summary>The most bytes of these, of their answers and of relayed WebSockets that are on their way to one other gateway. Default 64 MiB.</summary>
    public long MaxRelayedBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// The most WebSockets that this gateway carries for sessions of others, and the most that others carry for its own: upgrades that did not arrive where
    /// their sessions are. Further ones are refused, and their clients stay with polling. Default 100,000.
    /// </summary>
    public int MaxRelayedWebSockets { get; set; } = 100_000;

    /// <summary>
    /// The most bytes of one of these that lie at either gateway until its client, or its session, reads them; 1 KiB or more. Who sends on has to wait.
    /// Default 64 KiB.
    /// </summary>
    public int MaxRelayedWebSocketBytes { get; set; } = 64 * 1024;

    /// <summary>The most durable rooms of a member. Default 1000.</summary>
    public int MaxRoomsPerMember { get; set; } = 1000;

    /// <summary>The most durable members of a room; approximate for large rooms. Default 10,000,000.</summary>
    public long MaxMembersPerRoom { get; set; } = 10_000_000;

    /// <summary>The longest name of a durable room, in bytes of UTF-8. Default 512.</summary>
    public int MaxRoomNameBytes { get; set; } = 512;

    /// <summary>How long a member is remembered that nobody has asked for and that had no socket. Default 90 days.</summary>
    public TimeSpan MemberLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Namespaces that grains of other services serve, by name. Default: none.</summary>
    public IDictionary<string, NamespaceHandlerOptions> Handlers { get; } = new Dictionary<string, NamespaceHandlerOptions>();

    /// <summary>
    /// The name of the silo's stream provider through which other services hear of clients and send to rooms: <see cref="SocketIOStreams"/>. Default: none.
    /// </summary>
    public string? StreamProvider { get; set; }

    /// <summary>The namespaces whose clients' events are published to streams. Default: none.</summary>
    public IList<string> StreamedNamespaces { get; } = new List<string>();

    /// <summary>
    /// The bytes of a client's events that may wait for the stream; while more do, nothing is read from the client. Default 65,536.
    /// </summary>
    public int MaxStreamedBytes { get; set; } = 64 * 1024;

    internal MemberOptions ToMemberOptions() => new() { MaxRoomsPerMember = MaxRoomsPerMember, MaxRoomNameBytes = MaxRoomNameBytes, Lifetime = MemberLifetime };

    internal RosterOptions ToRosterOptions() => new() { MaxMembersPerRoom = MaxMembersPerRoom };

    internal ClusterOptions ToClusterOptions() => new()
    {
        MaxRelayedRequests = MaxRelayedRequests,
        MaxRelayedBytes = MaxRelayedBytes,
        MaxRelayedWebSockets = MaxRelayedWebSockets,
        MaxRelayedWebSocketBytes = MaxRelayedWebSocketBytes,
        Partitions = Partitions,
        MaxNamespaces = MaxNamespaces,
        RequestTimeout = RequestTimeout,
        CloseTimeout = CloseTimeout,
        Outbox = new PublisherOutboxOptions { MaxPackets = MaxPublishedPackets, MaxBytes = MaxPublishedBytes, RetryAfter = RetryAfter },
        Inbox = new GatewayInboxOptions { MaxTailPackets = MaxLogPackets, MaxTailBytes = MaxLogBytes },
        Acks = new AckCollectorOptions { MaxPending = MaxPendingRequests, MaxAnswers = MaxAnswers, MaxAnswerBytes = MaxAnswerBytes },
    };

    internal PartitionOptions ToPartitionOptions() => new()
    {
        MaxGateways = MaxGateways,
        MaxRooms = MaxRoutedRooms,
        MaxLogPackets = MaxLogPackets,
        MaxLogBytes = MaxLogBytes,
        RetryAfter = RetryAfter,
    };
}
