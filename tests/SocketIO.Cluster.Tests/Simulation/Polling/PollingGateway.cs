namespace SocketIO.Cluster.Tests;

/// <summary>One life of a gateway: an edge for requests that arrive here, and the owner of sessions.</summary>
internal sealed class PollingGateway
{
    private readonly PollingWorld _world;
    private readonly SimulatedClock _clock;
    private readonly Dictionary<PollingGateway, OrderedLink> _links = [];
    private readonly Dictionary<long, (PollingClient Client, PollingRequestKind Kind)> _waiting = [];
    private readonly List<PollingEdgeOutput> _outputs = [];
    private readonly List<PollingDeskOutput> _deskOutputs = [];
    private readonly PollingDesk _desk = new(maxServing: 200);
    private readonly PollingEdge _edge;
    private long _requests;

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

    /// <summary>Whether nothing that it has sent is on its way.</summary>
    public bool IsIdle => _links.Values.All(link => link.IsIdle);

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

        var number = _edge.Relay(owner.Gateway.Id, owner.Name, kind, body, null, Now, _outputs);
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

    /// <summary>A request of a session of this gateway has arrived at another.</summary>
    public void OnRequest(string session, PollingRequest request)
    {
        if (_world.Fault == PollingFault.RepeatedRequestsAreNew && request.Kind != PollingRequestKind.Abort)
        {
            request = request with { Number = Math.Max(++_requests, request.Number) };
            _requests = request.Number;
        }

        _desk.OnRequest(session, request, _deskOutputs);
        DoAtDesk();
    }

    /// <summary>A request has been served.</summary>
    public void Answer(PollingAnswer answer)
    {
        _desk.Answer(answer, _deskOutputs);
        DoAtDesk();
    }

    public void OnAnswer(PollingGateway owner, PollingAnswer answer)
    {
        switch (_world.Fault)
        {
            case PollingFault.RepeatedAnswersAreHandedOn when _waiting.Count > 0 && !_waiting.ContainsKey(answer.Number):
                HandOn(answer with { Number = _waiting.Keys.First() });
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
            _desk.OnGatewayDead(gateway, _deskOutputs);
            DoAtDesk();
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
                    HandOn(reply.Answer);
                    break;
            }
        }
    }

    private void DoAtDesk()
    {
        PollingDeskOutput[] outputs = [.. _deskOutputs];
        _deskOutputs.Clear();
        foreach (var output in outputs)
        {
            switch (output)
            {
                case PollingDeskOutput.Serve serve when Sessions.Find(known => known.Name == serve.Session) is { } session:
                    session.Serve(serve.Request);
                    break;
                case PollingDeskOutput.Serve { Request: var request }:
                    Answer(new PollingAnswer(request.Edge, request.Number, PollingAnswerKind.SessionUnknown));
                    break;
                case PollingDeskOutput.Abort abort:
                    Sessions.ForEach(session => session.OnAborted(abort.Edge, abort.Number));
                    break;
                case PollingDeskOutput.Withdraw withdraw:
                    Sessions.ForEach(session => session.OnWithdrawn(withdraw.Edge, withdraw.Number));
                    break;
                case PollingDeskOutput.Send send:
                    _world.ToEdge(this, send.Answer);
                    break;
            }
        }
    }

    private void HandOn(in PollingAnswer answer)
    {
        if (_waiting.Remove(answer.Number, out var request))
        {
            request.Client.Answered(request.Kind, answer.Kind, answer.Body.ToArray());
        }
    }
}
