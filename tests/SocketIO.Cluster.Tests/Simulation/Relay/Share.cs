using System.Text;

namespace SocketIO.Cluster.Tests;

/// <summary>What a gateway has to do with one partition, and what its sockets have seen of it.</summary>
internal sealed class Share(int partition, GatewayId id, PublisherOutboxOptions outboxOptions, GatewayInboxOptions inboxOptions)
{
    public int Partition { get; } = partition;

    public PublisherOutbox Outbox { get; } = new(id, outboxOptions);

    public GatewayInbox Inbox { get; set; } = new(inboxOptions);

    /// <summary>The rooms that sockets want to be in, with the number of the join.</summary>
    public Dictionary<string, long> Wanted { get; } = [];

    /// <summary>The rooms whose join is complete, with a stamp that changes at each return.</summary>
    public Dictionary<string, long> Joined { get; } = [];

    /// <summary>What sockets of this gateway have seen, in order.</summary>
    public List<(GatewayId Publisher, long Number)> Seen { get; } = [];

    /// <summary>The offsets that clients were told.</summary>
    public Dictionary<(GatewayId Publisher, long Number), Offset> Offsets { get; } = [];

    /// <summary>What was for this gateway, if only to be kept.</summary>
    public HashSet<(GatewayId Publisher, long Number)> Kept { get; } = [];

    /// <summary>Clients that are here, or on their way back.</summary>
    public List<SimulatedClient> Clients { get; } = [];

    public int Losses { get; set; }

    public long Stamp { get; set; }

    public long Installed { get; set; }

    /// <summary>Completes joins whose echo was lost with other things.</summary>
    public void Complete(long accepted)
    {
        foreach (var (room, number) in Wanted)
        {
            if (number <= accepted && !Joined.ContainsKey(room))
            {
                Joined[room] = ++Stamp;
            }
        }
    }

    public void Deliver(SimulatedGateway gateway, SequencedItem item)
    {
        Kept.Add((item.Publisher, item.Number));
        var reader = new RelayItemReader(item.Item.Span);
        if (reader.Kind == RelayItemKind.Join)
        {
            while (item.Publisher == gateway.Id && reader.TryReadRoom(out var room))
            {
                var name = Encoding.UTF8.GetString(room);
                if (Wanted.TryGetValue(name, out var number) && number == item.Number && !Joined.ContainsKey(name))
                {
                    Joined[name] = ++Stamp;
                }
            }
        }
        else if (reader.Kind == RelayItemKind.Broadcast)
        {
            var rooms = new List<string>();
            while (reader.TryReadRoom(out var room))
            {
                rooms.Add(Encoding.UTF8.GetString(room));
            }

            foreach (var client in Clients)
            {
                client.Deliver(item, rooms);
            }

            if (rooms.Count == 0 || rooms.Exists(name => Joined.ContainsKey(name) || name == RelayWorld.SocketOf(gateway.Id)))
            {
                Seen.Add((item.Publisher, item.Number));
                Offsets[(item.Publisher, item.Number)] = item.Offset;
            }
        }
    }
}
