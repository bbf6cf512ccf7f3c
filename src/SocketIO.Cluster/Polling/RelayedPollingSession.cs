namespace SocketIO.Cluster;

/// <summary>What <see cref="RelayedPollingSession"/> asks of its host, the session's owner.</summary>
internal abstract record PollingSessionOutput
{
    /// <summary>Send an answer to the gateway where the request arrived.</summary>
    public sealed record Answer(PollingAnswer Value) : PollingSessionOutput;

    /// <summary>A poll waits: what is queued can be sent.</summary>
    public sealed record Writable : PollingSessionOutput;

    /// <summary>The body of a POST; to be followed by <see cref="RelayedPollingSession.PostTaken"/>.</summary>
    public sealed record Received(ReadOnlyMemory<byte> Body) : PollingSessionOutput;

    /// <summary>The session ends with this reason and description.</summary>
    public sealed record Closed(string Reason, string Description) : PollingSessionOutput;
}

/// <summary>
/// The owner's side of a polling session whose requests arrive at any gateway: at most one poll and one POST at a time, wherever they arrived,
/// and at most one upgrade, which makes the gateway that carries it part of the session for life.
/// </summary>
/// <remarks>
/// Single-threaded. The link keeps the order of one gateway's messages and may repeat them: a number that is not new is ignored.
/// It brings nothing from a gateway after that one's death was told: a gateway that comes back is another <see cref="GatewayId"/>.
/// </remarks>
internal sealed class RelayedPollingSession(int maxEdges)
{
    private readonly Dictionary<GatewayId, long> _lastNumbers = [];
    private (GatewayId Edge, long Number)? _poll;
    private (GatewayId Edge, long Number)? _post;
    private (GatewayId Edge, long Number)? _probe;
    private GatewayId? _upgraded;
    private bool _isClosed;

    /// <summary>Whether a poll waits for packets.</summary>
    public bool CanWrite => _poll is not null;

    /// <summary>The gateway that carries the session's WebSocket, once it has been upgraded.</summary>
    public GatewayId? UpgradedAt => _upgraded;

    /// <summary>A request, or the end of one, has arrived through a gateway.</summary>
    public void OnRequest(in PollingRequest request, List<PollingSessionOutput> outputs)
    {
        if (request.Kind == PollingRequestKind.Abort)
        {
            OnAbort((request.Edge, request.Number), outputs);
            return;
        }

        var origin = (request.Edge, request.Number);
        if (!_lastNumbers.ContainsKey(request.Edge) && _lastNumbers.Count >= maxEdges)
        {
            Answer(origin, PollingAnswerKind.Refused, outputs);
            return;
        }

        if (!IsNew(request))
        {
            return;
        }

        if (_isClosed)
        {
            Answer(origin, PollingAnswerKind.SessionUnknown, outputs);
            return;
        }

        switch (request.Kind)
        {
            case PollingRequestKind.Poll when _upgraded is not null:
                // It crossed the upgrade on its way.
                Answer(origin, PollingAnswerKind.Noop, outputs);
                break;
            case PollingRequestKind.Poll when _poll is null:
                _poll = origin;
                outputs.Add(new PollingSessionOutput.Writable());
                break;
            case PollingRequestKind.Post when _post is null && _upgraded is null:
                _post = origin;
                outputs.Add(new PollingSessionOutput.Received(request.Body));
                break;
            case PollingRequestKind.Upgrade when _probe is null && _upgraded is null:
                _probe = origin;
                Answer(origin, PollingAnswerKind.Ok, outputs);
                break;
            case PollingRequestKind.Poll:
                Answer(origin, PollingAnswerKind.BadRequest, outputs);
                Close("transport error", "overlap from client", outputs);
                break;
            case PollingRequestKind.Post when _upgraded is null:
                Answer(origin, PollingAnswerKind.BadRequest, outputs);
                Close("transport error", "data request overlap from client", outputs);
                break;
            default:
                Answer(origin, PollingAnswerKind.BadRequest, outputs);
                break;
        }
    }

    /// <summary>Answers the waiting poll with packets; false if none waits.</summary>
    public bool TrySend(ReadOnlyMemory<byte> packets, List<PollingSessionOutput> outputs) => TryAnswerPoll(PollingAnswerKind.Packets, packets, outputs);

    /// <summary>Lets a waiting poll go, so that a client which upgrades or leaves can go on; false if none waits.</summary>
    public bool Release(List<PollingSessionOutput> outputs) => TryAnswerPoll(PollingAnswerKind.Noop, default, outputs);

    /// <summary>The body of the POST has been handed to the session.</summary>
    public void PostTaken(List<PollingSessionOutput> outputs)
    {
        if (_post is { } post)
        {
            _post = null;
            Answer(post, PollingAnswerKind.Ok, outputs);
        }
    }

    /// <summary>The probing WebSocket has taken over: polling is over. False if there is none.</summary>
    public bool CompleteUpgrade(List<PollingSessionOutput> outputs)
    {
        if (_isClosed || _probe is not { } probe)
        {
            return false;
        }

        _probe = null;
        _upgraded = probe.Edge;
        Release(outputs);
        return true;
    }

    /// <summary>The probing WebSocket took too long or sent something else: the session stays with polling.</summary>
    public void AbandonUpgrade() => _probe = null;

    /// <summary>A gateway is dead, and with it what it carried of this session.</summary>
    public void OnGatewayDead(GatewayId gateway, List<PollingSessionOutput> outputs)
    {
        _lastNumbers.Remove(gateway);
        if (_probe?.Edge == gateway)
        {
            _probe = null;
        }

        if (_post?.Edge == gateway)
        {
            _post = null;
        }

        if (_poll?.Edge == gateway)
        {
            // What the poll would have brought is still queued: the client polls again, elsewhere.
            _poll = null;
        }

        if (_upgraded == gateway)
        {
            Close("transport close", "the gateway that carried the connection is gone", outputs);
        }
    }

    /// <summary>The session ends by the owner's will: who waits is told, and later requests are unknown.</summary>
    public void End(List<PollingSessionOutput> outputs)
    {
        _isClosed = true;
        Release(outputs);
        PostTaken(outputs);
        _probe = null;
    }

    private void OnAbort((GatewayId Edge, long Number) origin, List<PollingSessionOutput> outputs)
    {
        if (_probe == origin)
        {
            _probe = null;
        }
        else if (_post == origin)
        {
            _post = null;
        }
        else if (_poll == origin)
        {
            _poll = null;
            Close("transport error", "poll connection closed prematurely", outputs);
        }
    }

    /// <summary>A gateway's numbers rise.</summary>
    private bool IsNew(in PollingRequest request)
    {
        if (request.Number <= _lastNumbers.GetValueOrDefault(request.Edge))
        {
            return false;
        }

        _lastNumbers[request.Edge] = request.Number;
        return true;
    }

    private bool TryAnswerPoll(PollingAnswerKind kind, ReadOnlyMemory<byte> packets, List<PollingSessionOutput> outputs)
    {
        if (_poll is not { } poll)
        {
            return false;
        }

        _poll = null;
        Answer(poll, kind, outputs, packets);
        return true;
    }

    private void Close(string reason, string description, List<PollingSessionOutput> outputs)
    {
        if (!_isClosed)
        {
            End(outputs);
            outputs.Add(new PollingSessionOutput.Closed(reason, description));
        }
    }

    private static void Answer((GatewayId Edge, long Number) origin, PollingAnswerKind kind, List<PollingSessionOutput> outputs, ReadOnlyMemory<byte> body = default)
    {
        outputs.Add(new PollingSessionOutput.Answer(new PollingAnswer(origin.Edge, origin.Number, kind, body)));
    }
}
