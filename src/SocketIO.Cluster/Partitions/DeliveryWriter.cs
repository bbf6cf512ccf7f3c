// The next delivery of a gateway: what the log holds for it behind its cursor, in one batch.
using System.Buffers;

namespace SocketIO.Cluster;

/// <summary>Writes deliveries. The batch itself is all that it allocates.</summary>
internal sealed class DeliveryWriter(PartitionOptions options, long epoch, PartitionLog log, PartitionGateways gateways, Settlement settlement)
{
    private readonly ArrayBufferWriter<byte> _head = new();
    private readonly ArrayBufferWriter<byte> _items = new();

    /// <summary>Writes the next delivery, which counts as sent.</summary>
    /// <param name="gateway">To whom.</param>
    /// <param name="coverage">What the take-over covers of earlier epochs.</param>
    /// <param name="now">The time.</param>
    public byte[] Write(PartitionGateway gateway, IReadOnlyList<Coverage> coverage, TimeSpan now)
    {
        var cursor = gateway.Cursor;
        var after = cursor.After;
        var count = WriteItems(gateway, after, out var through);
        var flags = (cursor.IsInstalled ? DeliveryFlags.None : DeliveryFlags.Install) | (cursor.IsLost ? DeliveryFlags.Lost : DeliveryFlags.None);
        // An installation that can't begin where it should counts as cut.
        var forced = cursor.IsInstalled || log.Floor <= after ? settlement.Forced : Math.Max(settlement.Forced, log.Floor);
        var head = new DeliveryHead(flags, epoch, after, through, settlement.Stable, settlement.Settled, gateway.Accepted, forced, gateway.Expected);
        _head.ResetWrittenCount();
        DeliveryBatch.WriteHead(_head, head, cursor.IsInstalled ? [] : coverage, count);
        cursor.Sent(through, settlement.Settled, gateway.Accepted, now);
        var batch = new byte[_head.WrittenCount + _items.WrittenCount];
        _head.WrittenSpan.CopyTo(batch);
        _items.WrittenSpan.CopyTo(batch.AsSpan(_head.WrittenCount));
        return batch;
    }

    private int WriteItems(PartitionGateway gateway, long after, out long through)
    {
        var cursor = gateway.Cursor;
        var count = 0;
        _items.ResetWrittenCount();
        through = cursor.IsInstalled ? log.Head : cursor.InstallThrough;
        if (cursor.LastRouted <= after)
        {
            return 0;
        }

        for (var position = Math.Max(after, log.Floor) + 1; position <= through; position++)
        {
            // An installation is one batch of everything, whatever its size: a part of it would be no order to start from.
            if (cursor.IsInstalled)
            {
                if (!log.IsFor(position, gateway.Slot))
                {
                    continue;
                }

                if (count > 0 && (count == options.MaxBatchItems || _items.WrittenCount + log[position].Item.Length > options.MaxBatchBytes))
                {
                    through = position - 1;
                    break;
                }
            }

            ref readonly var entry = ref log[position];
            var audience = entry.Publisher == gateway.Id && (new RelayItemReader(entry.Item.Span).Flags & RelayItemFlags.ExpectsAnswer) != 0
                ? gateways.In(log.RoutesOf(position))
                : [];
            DeliveryBatch.WriteItem(_items, position, entry.Offset, entry.Publisher, entry.Number, entry.Item.Span, audience);
            count++;
        }

        return count;
    }
}
