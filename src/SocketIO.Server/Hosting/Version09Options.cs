namespace SocketIO.Server;

/// <summary>Options of <see cref="Generations.Version09"/>, clients 0.7 to 0.9. Defaults are those of the last servers of their time unless said otherwise.</summary>
public sealed class Version09Options
{
    /// <summary>
    /// The transports that clients may use, told to them at the handshake; others are refused. Default: all that they know. WebSocket and Flash need
    /// <see cref="TransportTypes.WebSocket"/> among <see cref="EngineOptions.Transports"/> as well, the others <see cref="TransportTypes.Polling"/>; JSONP is answered as
    /// <see cref="EngineOptions.AllowJsonp"/> says.
    /// </summary>
    public LegacyTransportTypes Transports { get; set; } =
        LegacyTransportTypes.WebSocket | LegacyTransportTypes.FlashSocket | LegacyTransportTypes.HtmlFile | LegacyTransportTypes.XhrPolling | LegacyTransportTypes.JsonpPolling;

    /// <summary>How long after the last answer the server sends a heartbeat; clients that poll get none. 1 ms to 1 day; default 25 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// How long a heartbeat may go unanswered before the session ends; told to clients in seconds, of whom those from 0.9.1 on go themselves when they hear nothing
    /// for so long. 1 ms to 1 day, more than <see cref="HeartbeatInterval"/> and <see cref="PollDuration"/>; default 60 s.
    /// </summary>
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a poll waits before it is answered with nothing. 1 ms to 1 day; default 20 s.</summary>
    public TimeSpan PollDuration { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a session goes on whose client does not poll, or has lost another transport that <see cref="CloseTimeouts"/> does not name; told to clients in seconds.
    /// What is sent meanwhile waits for the next poll. 1 ms to 1 day; default 60 s.
    /// </summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The same by the transport's name, such as <c>websocket</c>. 0 to 1 day. Default: 0 for <c>websocket</c>, <c>flashsocket</c> and <c>htmlfile</c>, whose
    /// sessions end at once with them, as clients make a new one when they have lost them; take a name out, and <see cref="CloseTimeout"/> counts for it.
    /// </summary>
    public IDictionary<string, TimeSpan> CloseTimeouts { get; } = new Dictionary<string, TimeSpan>
    {
        [LegacyTransportNames.WebSocket] = TimeSpan.Zero,
        [LegacyTransportNames.FlashSocket] = TimeSpan.Zero,
        [LegacyTransportNames.HtmlFile] = TimeSpan.Zero,
    };

    /// <summary>
    /// The most messages that may wait for a client, between two polls for instance. Further ones are dropped: who sends to that client alone gets a
    /// <see cref="QueueFullException"/>, a broadcast goes on without it. At least 1; default <see langword="null"/>: only <see cref="EngineOptions.MaxOutboundBytes"/>
    /// bounds them. (PocketIO has 32.)
    /// </summary>
    public int? QueueLength { get; set; }

    /// <summary>How long a handshake is good for that no transport has been opened with. 1 ms to 1 day; default 30 s.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most handshakes that may be waiting for their transports; further ones are answered with 503. At least 1; default 10,000.</summary>
    public int MaxPendingHandshakes { get; set; } = 10_000;
}
