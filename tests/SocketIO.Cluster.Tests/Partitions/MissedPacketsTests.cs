using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>What a client that comes back is given from the log, where gateways are behind each other and die.</summary>
public sealed class MissedPacketsTests
{
    private static readonly GatewayId First = new(1);
    private static readonly GatewayId Second = new(2);
    private static readonly GatewayId Third = new(3);

    private readonly Dictionary<GatewayId, Gateway> _gateways = [];
    private readonly List<PartitionOutput> _outputs = [];
    private readonly HashSet<GatewayId> _cutOff = [];
    private readonly PartitionOptions _options = new();
    private GatewayInboxOptions _inboxOptions = new();
    private Partition _partition = new(new PartitionOptions(), 1);
    private TimeSpan _now;

    [Fact]
    public void What_is_still_to_be_delivered_is_not_part_of_the_answer()
    {
        Begin((First, "a"), (Second, "a"));
        Publish(First, "a", "seen");
        var seen = OffsetOf("seen");
        _cutOff.Add(Second);
        Publish(First, "a", "under way");
        Assert.Equal("", Ask(Second, seen, "a"));
        Reach(Second);
        Assert.Equal("under way", Ask(Second, seen, "a"));
    }

    [Fact]
    public void A_client_that_has_seen_more_than_its_new_gateway_waits_until_that_has_caught_up()
    {
        Begin((First, "a"), (Second, "a"));
        _cutOff.Add(Second);
        Publish(First, "a", "seen at the first");
        var seen = OffsetOf("seen at the first");
        Assert.Equal("wait", Ask(Second, seen, "a"));
        Reach(Second);
        Assert.Equal("", Ask(Second, seen, "a"));
    }

    [Fact]
    public void There_is_no_answer_for_a_gateway_that_stands_in_another_order()
    {
        Begin((First, "a"), (Second, "a"), (Third, "a"));
        Publish(First, "a", "seen");
        var seen = OffsetOf("seen");
        var before = _gateways[Second].Inbox.Place;
        TakeOver(dead: First);
        Assert.Equal("wait", Ask(before, seen, "a"));
        Assert.Equal("", Ask(Second, seen, "a"));
    }

    [Fact]
    public void What_a_client_was_given_keeps_its_place_though_nobody_else_who_lives_has_received_it()
    {
        Begin((First, "a"), (Second, "b"), (Third, "a"));
        Publish(First, "a", "seen");
        var seen = OffsetOf("seen");
        _cutOff.UnionWith([First, Third]);
        Publish(Third, "a", "missed");
        Join(Second, "a");
        Assert.Equal("missed", Ask(Second, seen, "a"));
        TakeOver(dead: First);
        Assert.DoesNotContain("missed", _gateways[Second].Received);
        Assert.Contains("missed", _gateways[Third].Received);
        Publish(Third, "a", "later");
        Assert.Equal("missed, later", Ask(Third, seen, "a"));
    }

    [Fact]
    public void While_another_partition_takes_over_nothing_is_given_that_it_could_not_know_of()
    {
        Begin((First, "a"), (Second, "a"));
        var place = _gateways[Second].Inbox.Place;
        Assert.NotNull(_gateways[Second].Inbox.Pull(place.Epoch + 1, Second, [], _gateways[Second].Outbox, out _));
        Assert.False(_gateways[Second].Inbox.TryHold(place.Epoch, []));
    }

    [Fact]
    public void A_client_that_may_have_seen_what_nobody_who_lives_has_received_gets_a_fresh_session()
    {
        Begin((First, "a"), (First, "c"), (Second, "a"), (Third, "c"));
        _cutOff.Add(Second);
        Publish(Second, "a", "seen at the first alone");
        Publish(Third, "c", "seen by all");
        var seen = OffsetOf("seen by all");
        // The second has kept the former for a take-over, which finds its place no more.
        TakeOver(dead: First);
        Assert.Equal("fresh", Ask(Third, seen, "a", "c"));
        Assert.Equal("", Ask(Third, seen, "c"));
    }

    [Fact]
    public void Nothing_that_the_bounds_made_gateways_forget_is_passed_over()
    {
        _inboxOptions = new GatewayInboxOptions { MaxTailPackets = 2 };
        Begin((First, "a"), (Second, "a"), (Third, "a"));
        Publish(First, "a", "seen");
        var seen = OffsetOf("seen");
        // What is not settled stays in the tails, as far as they reach.
        _cutOff.Add(Second);
        for (var i = 0; i < 5; i++)
        {
            Publish(First, "a", $"not sent to the second {i}");
        }

        TakeOver(dead: First);
        Assert.Equal("fresh", Ask(Second, seen, "a"));
    }

    private void Begin(params (GatewayId Gateway, string Room)[] rooms)
    {
        foreach (var (id, room) in rooms)
        {
            if (!_gateways.TryGetValue(id, out var gateway))
            {
                _gateways[id] = gateway = new Gateway(id, _inboxOptions);
            }

            gateway.Rooms.Add(room);
        }

        TakeOver(dead: default);
    }

    private void TakeOver(GatewayId dead)
    {
        _gateways.Remove(dead);
        _cutOff.Clear();
        _outputs.Clear();
        _partition = new Partition(_options, _partition.Epoch + 1);
        _partition.Start(_gateways.Keys);
        Pump();
    }

    private void Publish(GatewayId publisher, string room, string text) =>
        Publish(publisher, RelayItemKind.Broadcast, room, new EventPayload(Encoding.UTF8.GetBytes($"[\"{text}\"]")));

    private void Join(GatewayId gateway, string room)
    {
        _gateways[gateway].Rooms.Add(room);
        Publish(gateway, RelayItemKind.Join, room, null);
    }

    private void Publish(GatewayId publisher, RelayItemKind kind, string room, EventPayload? payload)
    {
        var item = RelayItem.Create(kind, RelayItemFlags.None, [Encoding.UTF8.GetBytes(room)], [], 0, default, publisher, payload);
        Assert.True(_gateways[publisher].Outbox.TryAdd(item, out _));
        Pump();
    }

    private void Reach(GatewayId gateway)
    {
        _cutOff.Remove(gateway);
        _now += _options.RetryAfter;
        Pump();
    }

    private Offset OffsetOf(string text) => _gateways.Values.SelectMany(static gateway => gateway.Offsets).First(received => received.Text == text).Offset;

    /// <summary>A client comes to a gateway.</summary>
    private string Ask(GatewayId gateway, Offset after, params string[] rooms)
    {
        var inbox = _gateways[gateway].Inbox;
        var answer = Ask(inbox.Place, after, out var missed, rooms);
        Assert.True(inbox.TryHold(_partition.Epoch, missed));
        return answer;
    }

    private string Ask(Place place, Offset after, params string[] rooms) => Ask(place, after, out _, rooms);

    private string Ask(Place place, Offset after, out List<SequencedItem> missed, string[] rooms)
    {
        var answers = new List<GatewayMessage>();
        _partition.Answer(LogQuery.Read(LogQuery.Write(First, 1, after, place, rooms)), message => answers.Add(GatewayMessage.Read(message)));
        missed = [.. answers.Where(static answer => answer.Type == BatchType.Answer).SelectMany(static answer => LogQuery.ReadPart(answer.Payload.Json))];
        return answers.Count switch
        {
            0 => "wait",
            1 => "fresh",
            _ => string.Join(", ", missed.Select(static item => Gateway.TextOf(item.Item))),
        };
    }

    /// <summary>Until nothing moves any more.</summary>
    private void Pump()
    {
        bool moves;
        do
        {
            foreach (var (_, gateway) in _gateways)
            {
                while (gateway.Outbox.TryFlush(_now, out _, out var batch))
                {
                    _partition.Publish(batch, _outputs);
                }
            }

            _partition.Flush(_now, _outputs);
            moves = _outputs.Count > 0;
            for (var i = 0; i < _outputs.Count; i++)
            {
                Do(_outputs[i]);
            }

            _outputs.Clear();
        }
        while (moves);
    }

    private void Do(PartitionOutput output)
    {
        if (output.Kind == PartitionOutputKind.Confirm)
        {
            _partition.Confirmed(_partition.Epoch, _outputs);
        }
        else if (_gateways.TryGetValue(output.Gateway, out var gateway))
        {
            switch (output.Kind)
            {
                case PartitionOutputKind.Pull:
                    _partition.Pulled(gateway.Pull(output.Epoch)!);
                    break;
                case PartitionOutputKind.Resend:
                    gateway.Outbox.Received(output.Epoch, output.Number);
                    break;
                case PartitionOutputKind.Deliver when !_cutOff.Contains(output.Gateway):
                    gateway.Receive(output.Batch!, _partition);
                    break;
            }
        }
    }

    private sealed class Gateway(GatewayId id, GatewayInboxOptions options)
    {
        private readonly List<InboxOutput> _outputs = [];

        public HashSet<string> Rooms { get; } = [];

        public PublisherOutbox Outbox { get; } = new(id, new PublisherOutboxOptions());

        public GatewayInbox Inbox { get; } = new(options) { KeepsHistory = true };

        public List<(Offset Offset, string Text)> Offsets { get; } = [];

        public IEnumerable<string> Received => Offsets.Select(static received => received.Text);

        public static string TextOf(ReadOnlyMemory<byte> item) => Encoding.UTF8.GetString(new RelayItemReader(item.Span).ReadBody(item).Payload.Json.Span[2..^2]);

        public PullReply? Pull(long epoch) => Inbox.Pull(epoch, id, [.. Rooms.Select(static room => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(room))], Outbox, out _);

        public void Receive(byte[] batch, Partition partition)
        {
            Inbox.Receive(batch, _outputs);
            foreach (var output in _outputs)
            {
                switch (output.Kind)
                {
                    case InboxOutputKind.Deliver when new RelayItemReader(output.Item.Item.Span).Kind == RelayItemKind.Broadcast:
                        Offsets.Add((output.Item.Offset, TextOf(output.Item.Item)));
                        break;
                    case InboxOutputKind.Acknowledge:
                        partition.Acknowledge(id, output.Epoch, output.Number, output.Settled);
                        break;
                    case InboxOutputKind.Refetch:
                        partition.Refetch(id, output.Epoch);
                        break;
                    case InboxOutputKind.Installed:
                        Outbox.Installed(output.Epoch, output.Number);
                        break;
                    case InboxOutputKind.Accepted:
                        Outbox.Accepted(output.Number);
                        break;
                }
            }

            _outputs.Clear();
        }
    }
}
