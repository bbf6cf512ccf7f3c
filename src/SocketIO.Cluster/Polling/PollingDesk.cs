namespace SocketIO.Cluster;

/// <summary>What <see cref="PollingDesk"/> asks of its host, the owner of sessions.</summary>
internal abstract record PollingDeskOutput
{
    /// <summary>Serve a request as one of this gateway's own; to be followed by <see cref="PollingDesk.Answer"/>.</summary>
    public sealed record Serve(string Session, PollingRequest Request) : PollingDeskOutput;

    /// <summary>The client of a request that is being served has gone.</summary>
    public sealed record Abort(GatewayId Edge, long Number) : PollingDeskOutput;

    /// <summary>The gateway of a request that is being served is dead: what waits for the client waits on.</summary>
    public sealed record Withdraw(GatewayId Edge, long Number) : PollingDeskOutput;

    /// <summary>Send an answer to the gateway where the request arrived.</summary>
    public sealed record Send(PollingAnswer Answer) : PollingDeskOutput;
}

/// <summary>
/// The requests of this gateway's sessions that arrived at others: each is served once, whatever the way repeats, and answered once, unless its client or its
/// gateway has gone meanwhile. What a session makes of them, two polls at a time for one, is the business of its transport.
/// </summary>
/// <remarks>
/// Single-threaded. The way keeps the order of one gateway's messages and may repeat them: a number that is not new is ignored.
/// It brings nothing from a gateway after that one's death was told: a gateway that comes back is another <see cref="GatewayId"/>.
/// </remarks>
internal sealed class PollingDesk(int maxServing)
{
    private readonly Dictionary<GatewayId, Edge> _edges = [];

    /// <summary>Requests that are being served.</summary>
    public int Serving { get; private set; }

    /// <summary>A request, or the end of one, has arrived through a gateway.</summary>
    public void OnRequest(string session, in PollingRequest request, List<PollingDeskOutput> outputs)
    {
        if (!_edges.TryGetValue(request.Edge, out var edge))
        {
            _edges.Add(request.Edge, edge = new Edge());
        }

        if (request.Kind == PollingRequestKind.Abort)
        {
            if (Remove(edge, request.Number))
            {
                outputs.Add(new PollingDeskOutput.Abort(request.Edge, request.Number));
            }

            return;
        }

        if (request.Number <= edge.LastNumber)
        {
            return;
        }

        edge.LastNumber = request.Number;
        if (Serving >= maxServing)
        {
            outputs.Add(new PollingDeskOutput.Send(new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.Refused)));
            return;
        }

        edge.Serving.Add(request.Number);
        Serving++;
        outputs.Add(new PollingDeskOutput.Serve(session, request));
    }

    /// <summary>A request has been served. Nobody wants the answer any more if its client or its gateway has gone.</summary>
    public void Answer(in PollingAnswer answer, List<PollingDeskOutput> outputs)
    {
        if (_edges.TryGetValue(answer.Edge, out var edge) && Remove(edge, answer.Number))
        {
            outputs.Add(new PollingDeskOutput.Send(answer));
        }
    }

    /// <summary>A gateway is dead, and with it the way back to the clients whose requests it had.</summary>
    public void OnGatewayDead(GatewayId gateway, List<PollingDeskOutput> outputs)
    {
        if (_edges.Remove(gateway, out var edge))
        {
            Serving -= edge.Serving.Count;
            foreach (var number in edge.Serving)
            {
                outputs.Add(new PollingDeskOutput.Withdraw(gateway, number));
            }
        }
    }

    private bool Remove(Edge edge, long number)
    {
        if (!edge.Serving.Remove(number))
        {
            return false;
        }

        Serving--;
        return true;
    }

    private sealed class Edge
    {
        public HashSet<long> Serving { get; } = [];

        public long LastNumber { get; set; }
    }
}
