namespace SocketIO.Cluster;

/// <summary>What <see cref="PollingEdge"/> asks of its host.</summary>
internal abstract record PollingEdgeOutput
{
    /// <summary>Send a request to the owner of a session.</summary>
    public sealed record Send(GatewayId Owner, string Session, PollingRequest Request) : PollingEdgeOutput;

    /// <summary>Answer the client's request.</summary>
    public sealed record Reply(PollingAnswer Answer) : PollingEdgeOutput;
}

/// <summary>
/// The requests of polling sessions that arrived at this gateway and belong to others. Each is registered with the owner and answered by a message of its own;
/// no call waits as long as a poll does.
/// </summary>
/// <remarks>Single-threaded. An answer that nobody waits for is ignored.</remarks>
internal sealed class PollingEdge(GatewayId self, int maxPending, TimeSpan timeout)
{
    private readonly Dictionary<long, (GatewayId Owner, string Session, TimeSpan Deadline)> _pending = [];
    private long _lastNumber;

    /// <summary>Requests that wait for an owner.</summary>
    public int Pending => _pending.Count;

    /// <summary>Relays a request; the number names it. Answered at once if the table is full.</summary>
    public long Relay(GatewayId owner, string session, PollingRequestKind kind, ReadOnlyMemory<byte> body, string? contentType, TimeSpan now, List<PollingEdgeOutput> outputs)
    {
        var number = ++_lastNumber;
        if (_pending.Count >= maxPending)
        {
            Reply(number, PollingAnswerKind.Refused, outputs);
            return number;
        }

        _pending.Add(number, (owner, session, now + timeout));
        outputs.Add(new PollingEdgeOutput.Send(owner, session, new PollingRequest(self, number, kind, body, contentType)));
        return number;
    }

    /// <summary>The client of a request has gone: its owner is told.</summary>
    public void Abort(long number, List<PollingEdgeOutput> outputs)
    {
        if (_pending.Remove(number, out var request))
        {
            outputs.Add(new PollingEdgeOutput.Send(request.Owner, request.Session, new PollingRequest(self, number, PollingRequestKind.Abort, default)));
        }
    }

    /// <summary>An owner's answer.</summary>
    public void OnAnswer(GatewayId owner, in PollingAnswer answer, List<PollingEdgeOutput> outputs)
    {
        if (answer.Edge == self && _pending.TryGetValue(answer.Number, out var request) && request.Owner == owner)
        {
            _pending.Remove(answer.Number);
            outputs.Add(new PollingEdgeOutput.Reply(answer));
        }
    }

    /// <summary>An owner is dead: its sessions are unknown.</summary>
    public void OnGatewayDead(GatewayId gateway, List<PollingEdgeOutput> outputs)
    {
        foreach (var (number, request) in _pending)
        {
            if (request.Owner == gateway)
            {
                _pending.Remove(number);
                Reply(number, PollingAnswerKind.SessionUnknown, outputs);
            }
        }
    }

    /// <summary>Time has passed: an owner that is silent for longer than any poll may wait knows nothing of the request.</summary>
    public void Advance(TimeSpan now, List<PollingEdgeOutput> outputs)
    {
        foreach (var (number, request) in _pending)
        {
            if (now >= request.Deadline)
            {
                Abort(number, outputs);
                Reply(number, PollingAnswerKind.SessionUnknown, outputs);
            }
        }
    }

    private void Reply(long number, PollingAnswerKind kind, List<PollingEdgeOutput> outputs) =>
        outputs.Add(new PollingEdgeOutput.Reply(new PollingAnswer(self, number, kind)));
}
