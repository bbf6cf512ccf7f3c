namespace SocketIO.Server;

/// <summary>
/// Options of the generations before 0.7: <see cref="Generations.Version02"/>, <see cref="Generations.Version06"/> and <see cref="Generations.Development07"/>.
/// Defaults are those of the servers of their time unless said otherwise.
/// </summary>
public sealed class Version06Options
{
    /// <summary>
    /// The transports that clients may use; others are refused. Default: all. WebSocket and Flash need <see cref="TransportTypes.WebSocket"/> among
    /// <see cref="EngineOptions.Transports"/> as well, the others <see cref="TransportTypes.Polling"/>; JSONP is answered as <see cref="EngineOptions.AllowJsonp"/> says.
    /// </summary>
    public LegacyTransportTypes Transports { get; set; } = LegacyTransportTypes.All;

    /// <summary>How long after the last answer the server sends a heartbeat. 1 ms to 1 day; default 10 s. Clients close when they hear nothing for 15 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a heartbeat may go unanswered, by clients that know any, before their transport counts as lost. 1 ms to 1 day; default 8 s.</summary>
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Whether clients that poll get heartbeats as well, as with go-socket.io. Default <see langword="false"/>.</summary>
    public bool HeartbeatsWhilePolling { get; set; }

    /// <summary>How long a poll waits before it is answered with nothing. 1 ms to 1 day; default 20 s. Clients close when they hear nothing for 25 s.</summary>
    public TimeSpan PollDuration { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a session goes on whose client does not poll, or has lost another transport that <see cref="CloseTimeouts"/> does not name: it may come back with its
    /// id, by any transport, and gets what has waited, once and in order. 0 to 1 day; default 10 s, as go-socket.io has it.
    /// </summary>
    public TimeSpan ReconnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The same by the transport's name, such as <c>websocket</c>. 0 to 1 day. Default: 0 for <c>websocket</c>, <c>flashsocket</c>, <c>htmlfile</c>,
    /// <c>xhr-multipart</c> and <c>server-events</c>, whose sessions end at once with them; take a name out, and <see cref="ReconnectTimeout"/> counts for it.
    /// </summary>
    public IDictionary<string, TimeSpan> CloseTimeouts { get; } = new Dictionary<string, TimeSpan>
    {
        [LegacyTransportNames.WebSocket] = TimeSpan.Zero,
        [LegacyTransportNames.FlashSocket] = TimeSpan.Zero,
        [LegacyTransportNames.HtmlFile] = TimeSpan.Zero,
        [LegacyTransportNames.XhrMultipart] = TimeSpan.Zero,
        [LegacyTransportNames.ServerEvents] = TimeSpan.Zero,
    };

    /// <summary>
    /// The most messages that may wait for a client, between two polls for instance. Further ones are dropped: who sends to that client alone gets a
    /// <see cref="QueueFullException"/>, a broadcast goes on without it. At least 1; default 1000 (go-socket.io has 10, which a burst between two polls exceeds).
    /// </summary>
    public int QueueLength { get; set; } = 1000;

    /// <summary>A wire format of the application's own in the place of those of these generations; <see langword="null"/>, the default: theirs.</summary>
    public LegacyFormat? Format { get; set; }
}
