using System.Buffers;
using System.Text;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>A client that comes back is given all that it missed, once and in order, or nothing at all; whatever has died meanwhile.</summary>
public sealed class LogHistoryTests
{
    private const int Gateways = 4;

    private static readonly string[] Rooms = ["a", "b", "c", "nobody"];

    [Fact]
    public void A_partition_and_one_gateway_die_together_and_no_client_comes_back_to_a_gap()
    {
        var covered = 0;
        Fuzz.Rounds(300, random =>
        {
            var world = new World(random);
            for (var takeOver = 0; takeOver < 3; takeOver++)
            {
                world.Run(random.Next(1, 120));
                covered += world.CheckClients();
                world.Kill(random.Next(3));
                world.TakeOver();
                covered += world.CheckClients();
            }
        });

        Assert.True(covered > 300);
    }

    /// <summary>Gateways, a partition, and links that deliver late but nothing twice: what a relay may do is the simulation's; this is about what is remembered.</summary>
    private sealed class World
    {
        private readonly Random _random;
        private readonly Dictionary<GatewayId, (PublisherOutbox Outbox, GatewayInbox Inbox, Queue<(long Number, int Id, string Room)> Unaccepted)> _gateways = [];
        // What clients have seen: their rooms, and the last offset. A client stays a client when its gateway is dead.
        private readonly List<(GatewayId Gateway, string[] Rooms, List<(Offset Offset, int Id)> Seen)> _clients = [];
        // What everybody has that it was for: nobody may miss it any more.
        private readonly List<(int Id, string Room)> _accepted = [];
        private readonly List<PartitionOutput> _outputs = [];
        private readonly List<InboxOutput> _received = [];
        private readonly PartitionOptions _options = new() { SettleEvery = 4, MaxBatchItems = 3 };
        private Partition _partition;
        private TimeSpan _now;
        private int _published;
        private bool _losesDeliveries;

        public World(Random random)
        {
            _random = random;
            _partition = new Partition(_options, 1);
            for (var i = 1; i <= Gateways; i++)
            {
                var id = new GatewayId(i);
                var rooms = Rooms[..3].Where(_ => random.Next(2) == 0).ToArray();
                _gateways[id] = (new PublisherOutbox(id, new PublisherOutboxOptions()), new GatewayInbox(new GatewayInboxOptions()) { KeepsHistory = true }, new());
                _clients.Add((id, rooms, []));
            }

            Begin();
        }

        public void Run(int steps)
        {
            _losesDeliveries = true;
            for (var step = 0; step < steps; step++)
            {
                _now += TimeSpan.FromMilliseconds(1);
                var publisher = Pick();
                var room = Rooms[_random.Next(Rooms.Length)];
                _gateways[publisher].Outbox.TryAdd(Item(publisher, room), out var number);
                _gateways[publisher].Unaccepted.Enqueue((number, _published, room));
                Flush(publisher);
                if (_random.Next(3) == 0)
                {
                    Pump();
                }
            }

            _losesDeliveries = false;
        }

        /// <summary>The partition dies, with so many gateways as the rule allows (at most one), in the middle of whatever is under way.</summary>
        public void Kill(int luck)
        {
            if (luck > 0 && _gateways.Count > 2)
            {
                _gateways.Remove(Pick());
            }
        }

        public void TakeOver()
        {
            _outputs.Clear();
            _partition = new Partition(_options, _partition.Epoch + 1);
            Begin();
        }

        /// <summary>Each client comes back with an offset that it has seen.</summary>
        /// <returns>How many got what they missed.</returns>
        public int CheckClients()
        {
            var covered = 0;
            foreach (var (gateway, rooms, seen) in _clients)
            {
                if (seen.Count == 0)
                {
                    continue;
                }

                var from = _random.Next(Math.Max(0, seen.Count - 5), seen.Count);
                var parts = new List<EventPayload>();
                _partition.Answer(
                    LogQuery.Read(LogQuery.Write(gateway, 1, seen[from].Offset, new Place(_partition.Epoch, long.MaxValue), rooms)),
                    part =>
                    {
                        if (GatewayMessage.Read(part) is { Type: BatchType.Answer } answer)
                        {
                            parts.Add(answer.Payload);
                        }
                    });
                if (parts.Count == 0)
                {
                    continue;
                }

                covered++;
                var answer = parts.SelectMany(part => LogQuery.ReadPart(part.Json)).Select(item => (item.Offset, Id: int.Parse(Encoding.UTF8.GetString(new RelayItemReader(item.Item.Span).ReadBody(item.Item).Payload.Json.Span[1..^1])))).ToList();
                Assert.Equal(answer.Count, answer.Distinct().Count());
                if (_gateways.ContainsKey(gateway))
                {
                    // What its gateway has had after that offset comes first, in the same order …
                    Assert.Equal(seen.Skip(from + 1), answer.Take(seen.Count - from - 1));
                }

                // … and nothing is missing that anybody counts on.
                var known = seen.Take(from + 1).Concat(answer).Select(item => item.Id).ToHashSet();
                Assert.All(_accepted.Where(item => rooms.Contains(item.Room)), item => Assert.Contains(item.Id, known));
                foreach (var (other, otherRooms, otherSeen) in _clients)
                {
                    var start = otherSeen.IndexOf(seen[from]);
                    if (_gateways.ContainsKey(other) && start >= 0 && otherRooms.SequenceEqual(rooms))
                    {
                        Assert.Equal(otherSeen.Skip(start + 1), answer.Take(otherSeen.Count - start - 1));
                    }
                }
            }

            return covered;
        }

        private GatewayId Pick() => _gateways.Keys.ElementAt(_random.Next(_gateways.Count));

        private void Begin()
        {
            _partition.Start(_gateways.Keys);
            Pump();
            Settle();
        }

        /// <summary>Until nothing is under way any more.</summary>
        private void Settle()
        {
            for (var i = 0; i < 50; i++)
            {
                _now += TimeSpan.FromSeconds(3);
                foreach (var gateway in _gateways.Keys)
                {
                    Flush(gateway);
                }

                Pump();
            }
        }

        private void Flush(GatewayId gateway)
        {
            while (_gateways[gateway].Outbox.TryFlush(_now, out _, out var batch))
            {
                _partition.Publish(batch, _outputs);
            }
        }

        private void Pump()
        {
            _partition.Flush(_now, _outputs);
            for (var i = 0; i < _outputs.Count; i++)
            {
                Do(_outputs[i]);
            }

            _outputs.Clear();
        }

        private void Do(PartitionOutput output)
        {
            if (output.Kind == PartitionOutputKind.Confirm)
            {
                _partition.Confirmed(_partition.Epoch, _outputs);
                return;
            }

            if (!_gateways.TryGetValue(output.Gateway, out var gateway))
            {
                return;
            }

            switch (output.Kind)
            {
                case PartitionOutputKind.Pull:
                    var client = _clients.Single(client => client.Gateway == output.Gateway);
                    var rooms = client.Rooms.Select(room => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(room)).ToList();
                    if (gateway.Inbox.Pull(output.Epoch, output.Gateway, rooms, gateway.Outbox, out _) is { } reply)
                    {
                        _partition.Pulled(reply);
                    }

                    break;
                case PartitionOutputKind.Resend:
                    gateway.Outbox.Received(output.Epoch, output.Number);
                    break;
                case PartitionOutputKind.Deliver:
                    if (_losesDeliveries && _random.Next(4) == 0)
                    {
                        break;
                    }

                    gateway.Inbox.Receive(output.Batch, _received);
                    foreach (var received in _received)
                    {
                        Receive(output.Gateway, received);
                    }

                    _received.Clear();
                    break;
            }
        }

        private void Receive(GatewayId id, InboxOutput received)
        {
            switch (received.Kind)
            {
                case InboxOutputKind.Deliver:
                    var client = _clients.Single(client => client.Gateway == id);
                    var reader = new RelayItemReader(received.Item.Item.Span);
                    reader.TryReadRoom(out var room);
                    if (client.Rooms.Contains(Encoding.UTF8.GetString(room)))
                    {
                        client.Seen.Add((received.Item.Offset, int.Parse(Encoding.UTF8.GetString(reader.ReadBody(received.Item.Item).Payload.Json.Span[1..^1]))));
                    }

                    break;
                case InboxOutputKind.Acknowledge:
                    _partition.Acknowledge(id, received.Epoch, received.Number, received.Settled);
                    break;
                case InboxOutputKind.Refetch:
                    _partition.Refetch(id, received.Epoch);
                    break;
                case InboxOutputKind.Installed:
                    _gateways[id].Outbox.Installed(received.Epoch, received.Number);
                    break;
                case InboxOutputKind.Accepted:
                    _gateways[id].Outbox.Accepted(received.Number);
                    while (_gateways[id].Unaccepted.TryPeek(out var own) && own.Number <= received.Number)
                    {
                        _accepted.Add((own.Id, own.Room));
                        _gateways[id].Unaccepted.Dequeue();
                    }

                    break;
                case InboxOutputKind.Lost:
                    Assert.Fail("Nothing is lost here.");
                    break;
            }
        }

        private ReadOnlyMemory<byte> Item(GatewayId publisher, string room)
        {
            var payload = new EventPayload(Encoding.UTF8.GetBytes($"[{++_published}]"));
            return RelayItem.Create(RelayItemKind.Broadcast, RelayItemFlags.None, [Encoding.UTF8.GetBytes(room)], [], 0, default, publisher, payload);
        }
    }
}
