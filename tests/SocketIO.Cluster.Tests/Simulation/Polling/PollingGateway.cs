namespace SocketIO.Cluster.Tests;

/// <summary>One life of a gateway: an edge for requests that arrive here, and the owner of sessions.</summary>
internal sealed class PollingGateway
{
    private readonly PollingWorld _world;
    private readonly SimulatedClock _clock;
    private readonly Dictionary<PollingGateway, OrderedLink> _links = [];
    private readonly Dictionary<long, (PollingClient Client, PollingRequestKind Kind)> _waiting = [];
    private readonly List<PollingEdgeOutput> _outputs = [];
    private readonly PollingEdge _edge;

    public PollingGateway(PollingWorld world, int machine, GatewayId id, SimulatedClock clock)
    {
        (_world, Machine, Id, _clock) = (world, machine, id, clock);
        var timeout = TimeSpan.FromMilliseconds(world.Fault == PollingFault.EdgeTimesOutTooEarly ? 1_000 : 5_000);
        _edge = new PollingEdge(id, PollingWorld.MaxPending, timeout);
    }

    public int Machine { get; }

    public GatewayId Id { get; }

    public bool IsRunning { get; private set; } = true;

    public TimeSpan Now => _clock.At(_world.Network.Now);

    /// <summary>The gateways of whose death it has been told.</summary>
    public HashSet<GatewayId> Dead { get; } = [];

    /// <summary>The sessions that it owns.</summary>
    public List<PollingOwner> Sessions { get; } = [];

    public int Pending => _edge.Pending;

    public void Stop()
    {
        IsRunning = false;
        var waiting = _waiting.Values.Select(request => request.Client).Distinct().ToList();
        _waiting.Clear();
        waiting.ForEach(client => client.GiveUp());
        _world.CloseWebSockets(this, null);
    }

    public OrderedLink To(PollingGateway other)
    {
        if (!_links.TryGetValue(other, out var link))
        {
            _links.Add(other, link = new OrderedLink(_world, this, other));
        }

        return link;
    }

    /// <summary>A client's request arrives over HTTP.</summary>
    public long Relay(PollingClient client, PollingRequestKind kind, byte[] body)
    {
        var owner = client.Owner;
        if (Dead.Contains(owner.Gateway.Id))
        {
            // Its incarnation is part of the session's id: known to be dead at the edge.
            client.Answered(kind, PollingAnswerKind.SessionUnknown, []);
            return 0;
        }

        var number = _edge.Relay(owner.Gateway.Id, owner.Name, kind, body, Now, _outputs);
        _waiting.Add(number, (client, kind));
        Do();
        return number;
    }

    /// <summary>The client of a request is gone.</summary>
    public void Abort(long number)
    {
        if (_waiting.Remove(number) && _world.Fault != PollingFault.AbortIsNotTold)
        {
            _edge.Abort(number, _outputs);
            Do();
        }
    }

    public void OnAnswer(PollingGateway owner, PollingAnswer answer)
    {
        switch (_world.Fault)
        {
            case PollingFault.RepeatedAnswersAreHandedOn when _waiting.Count > 0 && !_waiting.ContainsKey(answer.Number):
                HandOn(new PollingEdgeOutput.Reply(_waiting.Keys.First(), answer.Kind, answer.Body));
                return;
            case PollingFault.AnswersGoToTheLatestRequest when _waiting.Count > 0:
                answer = answer with { Number = _waiting.Keys.Max() };
                break;
        }

        _edge.OnAnswer(owner.Id, answer, _outputs);
        Do();
    }

    public void OnDead(GatewayId gateway)
    {
        Dead.Add(gateway);
        if (_world.Fault != PollingFault.OwnerDeathIsNotTold)
        {
            _edge.OnGatewayDead(gateway, _outputs);
            Do();
            _world.CloseWebSockets(this, gateway);
        }

        if (_world.Fault != PollingFault.EdgeDeathIsNotTold)
        {
            Sessions.ForEach(session => session.OnDead(gateway));
        }
    }

    public void Advance()
    {
        _edge.Advance(Now, _outputs);
        Do();
        Sessions.ForEach(session => session.Advance());
    }

    private void Do()
    {
        PollingEdgeOutput[] outputs = [.. _outputs];
        _outputs.Clear();
        foreach (var output in outputs)
        {
            switch (output)
            {
                case PollingEdgeOutput.Send send:
                    _world.ToOwner(this, send.Owner, send.Session, send.Request);
                    break;
                case PollingEdgeOutput.Reply reply:
                    HandOn(reply);
                    break;
            }
        }
    }

    private void HandOn(PollingEdgeOutput.Reply reply)
    {
        if (_waiting.Remove(reply.Number, out var request))
        {
            request.Client.Answered(request.Kind, reply.Kind, reply.Body.ToArray());
        }
    }
}
