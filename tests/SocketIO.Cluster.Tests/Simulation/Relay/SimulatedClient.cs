using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>A client that moves between gateways. It comes back with all that it missed, once and in order, or is told that its session is a fresh one.</summary>
internal sealed class SimulatedClient(RelayWorld world, int partition, string[] rooms)
{
    private SimulatedGateway? _gateway;
    private ReturningSocket? _returning;
    private Offset? _last;
    private long _attempt;

    public int Partition => partition;

    public IReadOnlyList<string> Rooms => rooms;

    /// <summary>How many sessions it has had.</summary>
    public int Sessions { get; private set; }

    /// <summary>What it has seen in this session.</summary>
    public List<int> Seen { get; } = [];

    public bool IsConnected { get; private set; }

    /// <summary>Whether it is at no gateway.</summary>
    public bool IsAway => _gateway is null;

    private Share Share => _gateway!.Shares[partition];

    public bool Wants(IReadOnlyCollection<string> receivers) => receivers.Count == 0 || receivers.Any(rooms.Contains);

    public void Arrive(SimulatedGateway gateway)
    {
        _gateway = gateway;
        Share.Clients.Add(this);
        Tick();
    }

    public void Leave()
    {
        Share.Clients.Remove(this);
        (_gateway, _returning, IsConnected) = (null, null, false);
        _attempt++;
    }

    /// <summary>Does again what has led to nothing.</summary>
    public void Tick()
    {
        if (_gateway is null || IsConnected)
        {
            return;
        }

        foreach (var room in rooms)
        {
            _gateway.Join(partition, room);
        }

        Advance();
        if (_returning is not null)
        {
            Ask();
        }
    }

    /// <summary>Goes on if its rooms are routed.</summary>
    public void Advance()
    {
        if (_gateway is null || IsConnected || _returning is not null || !rooms.All(Share.Joined.ContainsKey))
        {
            return;
        }

        if (_last is null)
        {
            Begin();
            return;
        }

        _returning = new ReturningSocket(rooms);
        Ask();
    }

    public void Deliver(in SequencedItem item, IReadOnlyList<string> receivers)
    {
        var payload = PayloadOf(item);
        if (IsConnected && Wants(receivers))
        {
            See(payload);
        }

        _returning?.Add(payload, new BroadcastOptions { Rooms = receivers });
    }

    /// <summary>Its gateway has lost something.</summary>
    /// <returns>Whether it has to come back.</returns>
    public bool Lose()
    {
        _returning?.Lose();
        return IsConnected;
    }

    private void Begin()
    {
        (_returning, _last, IsConnected) = (null, null, true);
        Sessions++;
        Seen.Clear();
    }

    private static EventPayload PayloadOf(SequencedItem item) => new RelayItemReader(item.Item.Span).ReadBody(item.Item).Payload.Append(item.Offset.ToString());

    private void See(EventPayload payload)
    {
        using var json = JsonDocument.Parse(payload.Json);
        Seen.Add(json.RootElement[0].GetInt32());
        Assert.True(Offset.TryParse(json.RootElement[1].GetString(), out var offset));
        _last = offset;
    }

    private void Ask()
    {
        var attempt = ++_attempt;
        var place = Share.Inbox.Place;
        _returning!.Restart();
        var asked = world.Fault == RelayFault.MissedIsAllOfTheLog ? place with { Position = long.MaxValue } : place;
        var query = LogQuery.Read(LogQuery.Write(_gateway!.Id, attempt, _last!.Value, asked, rooms));
        world.ToPartition(_gateway, partition, activation =>
        {
            var hasAnswer = false;
            var parts = new List<EventPayload>();
            activation.Machine.Answer(query, message =>
            {
                hasAnswer = true;
                if (GatewayMessage.Read(message) is { Type: BatchType.Answer } part)
                {
                    parts.Add(part.Payload);
                }
            });
            if (hasAnswer)
            {
                world.ToGateway(activation, query.Gateway, _ => OnAnswer(attempt, place.Epoch, parts));
            }
        });
    }

    private void OnAnswer(long attempt, long epoch, List<EventPayload> parts)
    {
        if (attempt != _attempt || _returning is null || !_gateway!.IsRunning)
        {
            return;
        }

        if (parts.Count == 0 || _returning.HasGap)
        {
            Begin();
            return;
        }

        var missed = parts.SelectMany(static part => LogQuery.ReadPart(part.Json)).ToList();
        if (Share.Inbox.TryHold(epoch, missed))
        {
            missed.ForEach(item => See(PayloadOf(item)));
            foreach (var payload in _returning.Delivered)
            {
                See(payload);
            }

            (_returning, IsConnected) = (null, true);
        }
    }
}
