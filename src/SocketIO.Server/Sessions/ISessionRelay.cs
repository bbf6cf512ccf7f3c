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
}

/// <summary>What a session's owner says to a request that arrived elsewhere.</summary>
/// <param name="Response">The transport's answer, or</param>
/// <param name="Error">why the request is refused.</param>
/// <param name="Detail">What exactly is wrong, for the server's eyes.</param>
internal readonly record struct RelayedAnswer(TransportResponse? Response, EngineError? Error = null, string Detail = "");
