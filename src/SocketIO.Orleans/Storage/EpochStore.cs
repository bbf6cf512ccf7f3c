// Who may sequence: the activation that has written the highest epoch.
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>The epoch of a partition, in the grain storage. It is always read from there, never from memory.</summary>
/// <param name="storage">The storage.</param>
internal sealed class EpochStore(StateStore storage)
{
    /// <summary>Takes a new epoch, higher than all before; nobody else has it.</summary>
    /// <exception cref="OrleansException">The storage has failed. It may have been taken: the next one to be taken is another.</exception>
    public async Task<long> TakeAsync(PartitionKey partition, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (last, etag) = await LoadAsync(partition).ConfigureAwait(false);
            var epoch = new StateWriter(StateKind.Epoch, 0);
            epoch.WriteNumber((ulong)(last + 1));
            var written = await OperateAsync(StorageOperation.Store, partition, etag, epoch.Written).ConfigureAwait(false);
            if (written.Outcome == StorageOutcome.Done)
            {
                return last + 1;
            }

            // Another activation has written.
        }
    }

    /// <summary>Reads the epoch that is stored now.</summary>
    /// <exception cref="OrleansException">The storage has failed.</exception>
    public async Task<long> ReadAsync(PartitionKey partition) => (await LoadAsync(partition).ConfigureAwait(false)).Epoch;

    private async Task<(long Epoch, string? ETag)> LoadAsync(PartitionKey partition)
    {
        var stored = await OperateAsync(StorageOperation.Load, partition, null, default).ConfigureAwait(false);
        return (stored.ETag is null ? 0 : Read(stored.Bytes.Span), stored.ETag);
    }

    private async Task<StorageResult> OperateAsync(StorageOperation operation, PartitionKey partition, string? etag, ReadOnlyMemory<byte> bytes)
    {
        var result = await storage.OperateAsync(new StorageRequest(0, operation, StateKey.Epoch(partition), etag, bytes)).ConfigureAwait(false);
        return result.Outcome != StorageOutcome.Unknown
            ? result
            : throw new OrleansException($"The storage has failed with the epoch of partition {partition.Index} of namespace {partition.Namespace}: the log says why.");
    }

    private static long Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new StateReader(bytes, StateKind.Epoch);
        var epoch = (long)reader.ReadNumber();
        reader.End();
        return epoch;
    }
}
