// Gives each item the next position and its receivers.
using System.Numerics;

namespace SocketIO.Cluster;

/// <summary>Appends to the log of one epoch and keeps it within its bounds.</summary>
internal sealed class Sequencer(PartitionOptions options, long epoch, PartitionLog log, PartitionRouter router, PartitionGateways gateways, Settlement settlement)
{
    /// <summary>Sequences the next item of a publisher.</summary>
    public void Sequence(PartitionGateway publisher, ReadOnlyMemory<byte> item)
    {
        var routes = log.Append(new LogEntry(item, publisher.Id, publisher.Expected++, Next));
        router.Route(item.Span, publisher, routes);
        Appended(routes);
    }

    /// <summary>Takes an item over from the epoch before; where nobody has seen it, this one gives it its offset.</summary>
    public void Restore(in LogEntry entry)
    {
        var routes = log.Append(entry.Offset == default ? entry with { Offset = Next } : entry);
        // To all: the next take-over then finds the whole order at whomever this one has reached.
        router.RouteToAll(routes);
        Appended(routes);
    }

    private Offset Next => new(epoch, log.Head + 1);

    private void Appended(Span<ulong> routes)
    {
        for (var word = 0; word < routes.Length; word++)
        {
            for (var rest = routes[word]; rest != 0; rest &= rest - 1)
            {
                gateways[(word << 6) + BitOperations.TrailingZeroCount(rest)].Cursor.LastRouted = log.Head;
            }
        }

        while (log.Count > options.MaxLogPackets || (log.Bytes > options.MaxLogBytes && log.Count > 1))
        {
            settlement.Drop();
        }
    }
}
