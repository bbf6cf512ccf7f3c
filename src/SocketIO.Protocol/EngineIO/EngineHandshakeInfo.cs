namespace SocketIO.Protocol;

/// <summary>What the server tells a client when a session begins.</summary>
/// <param name="SessionId">The session id (<c>sid</c>).</param>
/// <param name="Upgrades">The transports the session can be upgraded to.</param>
/// <param name="PingInterval">The time between heartbeats.</param>
/// <param name="PingTimeout">The time within which a heartbeat must be answered.</param>
/// <param name="MaxPayload">The most bytes of a payload; null where the server does not say (before revision 4).</param>
public sealed record EngineHandshakeInfo(
    string SessionId,
    IReadOnlyList<string> Upgrades,
    TimeSpan PingInterval,
    TimeSpan PingTimeout,
    long? MaxPayload);
