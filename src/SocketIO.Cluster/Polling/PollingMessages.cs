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

    /// <summary>A WebSocket that probes: a transport of this session that is carried by the gateway where it arrived.</summary>
    Upgrade,
}

/// <summary>What a relayed request is answered with.</summary>
internal enum PollingAnswerKind : byte
{
    /// <summary>Packets for a poll.</summary>
    Packets,

    /// <summary>A POST was taken, or an upgrade may begin.</summary>
    Ok,

    /// <summary>Nothing to send: the client goes on elsewhere.</summary>
    Noop,

    /// <summary>400 "Bad request": it overlaps another one, or the session has another transport by now.</summary>
    BadRequest,

    /// <summary>400 "Session ID unknown": the session is over, or its owner is dead or silent.</summary>
    SessionUnknown,

    /// <summary>The gateway holds its most relayed requests, or the session's owner serves it through its most gateways.</summary>
    Refused,
}

/// <summary>A request on its way to an owner. Numbers rise at each gateway.</summary>
internal readonly record struct PollingRequest(GatewayId Edge, long Number, PollingRequestKind Kind, ReadOnlyMemory<byte> Body);

/// <summary>The answer on its way back to the gateway where the request arrived.</summary>
internal readonly record struct PollingAnswer(GatewayId Edge, long Number, PollingAnswerKind Kind, ReadOnlyMemory<byte> Body);
