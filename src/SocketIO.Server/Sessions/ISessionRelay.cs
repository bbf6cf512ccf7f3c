// The seam between an engine and the other servers of its cluster: any of them may get any request of any session.
namespace SocketIO.Server;

/// <summary>The sessions of all servers of a cluster, as one of its engines sees them.</summary>
internal interface ISessionRelay
{
    /// <summary>From now on this engine serves what arrives elsewhere for its sessions. Called once, before any other member.</summary>
    void Attach(Engine engine);

    /// <summary>Makes the id of a session of the attached engine, by which every server knows whose it is.</summary>
    string CreateId();

    /// <summary>
    /// The session of an id that the attached engine does not know. It is made up here, from the id alone: nobody is asked.
    /// </summary>
    /// <returns><see langword="null"/>: the id was not made by this cluster, or its server lives no more.</returns>
    IRelayedSession? Find(string id);

    /// <summary>The WebSockets of other servers' sessions that are carried here, as they are now.</summary>
    IReadOnlyCollection<IRelayedWebSocket> WebSockets { get; }

    /// <summary>Whether other servers have not got yet what this one has told them, or a WebSocket between this and another one has not ended.</summary>
    bool IsBusy { get; }
}

/// <summary>A session that another server owns.</summary>
internal interface IRelayedSession
{
    /// <summary>
    /// Has its owner serve a request; <see cref="TransportRequest.Aborted"/> reaches the owner. The body is borrowed until this returns, not until the answer.
    /// </summary>
    Task<RelayedAnswer> HandleAsync(TransportRequest request);

    /// <summary>Tells its owner that a POST has broken off before its end.</summary>
    void BreakOff();

    /// <summary>Asks its owner for the upgrade to a WebSocket that this server is to carry.</summary>
    /// <param name="extensions">What the client offers as <c>Sec-WebSocket-Extensions</c>, as far as frames can have extensions here.</param>
    /// <param name="aborted">The client has gone.</param>
    /// <returns>A <see cref="RelayedAnswer.WebSocket"/>, or an error.</returns>
    Task<RelayedAnswer> UpgradeAsync(string extensions, CancellationToken aborted);
}

/// <summary>A WebSocket that is carried here for a session of another server.</summary>
internal interface IRelayedWebSocket
{
    /// <summary>The owner's <c>Sec-WebSocket-Extensions</c>, or none.</summary>
    string? Extension { get; }

    /// <summary>Moves the client's frames to the owner, and the owner's to the client, until both are done. The carrier's pipe is completed when this returns.</summary>
    Task RunAsync(WebSocketCarrier carrier);

    /// <summary>Ends it: the client gets what has arrived for it, and the owner is told.</summary>
    void Close();
}

/// <summary>What a session's owner says to a request that arrived elsewhere.</summary>
/// <param name="Response">The transport's answer, or</param>
/// <param name="Error">why the request is refused.</param>
/// <param name="Detail">What exactly is wrong, for the server's eyes.</param>
internal readonly record struct RelayedAnswer(TransportResponse? Response, EngineError? Error = null, string Detail = "")
{
    /// <summary>The way to the owner, where it has accepted an upgrade.</summary>
    public IRelayedWebSocket? WebSocket { get; init; }
}
