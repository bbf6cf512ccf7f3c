namespace SocketIO.Cluster;

/// <summary>A request of a polling session, as the gateway where it arrived relays it to the session's owner.</summary>
internal enum PollingRequestKind : byte
{
    /// <summary>A GET that waits for packets.</summary>
    Poll,

    /// <summary>A POST that brings packets.</summary>
    Post,

    /// <summary>The client of an earlier request has gone.</summary>
    Abort,

    /// <summary>A POST that has broken off before its end.</summary>
    BrokenPost,

    /// <summary>A WebSocket that probes: a transport of this session that is carried by the gateway where it arrived.</summary>
    Upgrade,
}

/// <summary>What a relayed request is answered with.</summary>
internal enum PollingAnswerKind : byte
{
    /// <summary>200: packets for a poll; a POST was taken, or an upgrade may begin.</summary>
    Response,

    /// <summary>400 without a body, from the transport: the request overlaps another one, or is malformed.</summary>
    BadRequest,

    /// <summary>400 "Bad request": the session has another transport by now.</summary>
    TransportMismatch,

    /// <summary>400 "Session ID unknown": the session is over, or its owner is dead or silent.</summary>
    SessionUnknown,

    /// <summary>503: one of the two gateways holds the most that it may of relayed requests.</summary>
    Refused,
}

/// <summary>A request on its way to an owner. Numbers rise at each gateway.</summary>
/// <param name="Edge">Where it arrived.</param>
/// <param name="Number">Its number there; of an <see cref="PollingRequestKind.Abort"/>, that of the request that has lost its client.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Body">The body of a POST.</param>
/// <param name="ContentType">Its type.</param>
internal readonly record struct PollingRequest(GatewayId Edge, long Number, PollingRequestKind Kind, ReadOnlyMemory<byte> Body, string? ContentType = null);

/// <summary>The answer on its way back to the gateway where the request arrived.</summary>
/// <param name="Edge">Where that is.</param>
/// <param name="Number">The request's number.</param>
/// <param name="Kind">The answer.</param>
/// <param name="Body">The response's body.</param>
/// <param name="ContentType">Its type.</param>
/// <param name="MayCompress">Whether it may be compressed.</param>
internal readonly record struct PollingAnswer(
    GatewayId Edge,
    long Number,
    PollingAnswerKind Kind,
    ReadOnlyMemory<byte> Body = default,
    string? ContentType = null,
    bool MayCompress = false);
