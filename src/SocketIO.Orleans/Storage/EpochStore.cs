// Who may sequence: the activation that has written the highest epoch.
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>The epoch of a partition, in the grain storage. It is always read from there, never from memory.</summary>
/// <param name="storage">The storage.</param>
/// <param name="time">The clock.</param>
internal sealed class EpochStore(StateStore storage, TimeProvider time)
{
    private static readonly DateTimeOffset Origin = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Takes a new epoch, higher than all before; nobody else has it. It is the time in seconds, if that is higher than what is stored: so a storage that has lost
    /// its last writes (a replica that was behind, a back-up) does not give one again that gateways have seen.
    /// </summary>
    /// <exception cref="OrleansException">The storage has failed. It may have been taken: the next one to be taken is another.</exception>
    public async Task<long> TakeAsync(PartitionKey partition, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (last, etag) = await LoadAsync(partition).ConfigureAwait(false);
            var epoch = new StateWriter(StateKind.Epoch, 0);
            var next = Math.Max(last + 1, (long)(time.GetUtcNow() - Origin).TotalSeconds);
            epoch.WriteNumber((ulong)next);
            var written = await OperateAsync(StorageOperation.Store, partition, etag, epoch.Written).ConfigureAwait(false);
            if (written.Outcome == StorageOutcome.Done)
            {
                return next;
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
