// Where the partitions are. By default Orleans keeps that in the memory of the silos, and ends a healthy grain when the silo dies that has remembered it.
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.GrainDirectory;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>
/// The directory of the partition grains, in the grain storage named <c>SocketIO</c>: a partition goes on whatever other silo dies or stops. It is asked when a
/// silo begins to speak to a partition, or has lost it.
/// </summary>
/// <param name="services">Have the storage; where they do not, the silo's own check says so.</param>
internal sealed class PartitionDirectory(IServiceProvider services) : IGrainDirectory
{
    /// <summary>The directory's name.</summary>
    public const string Name = "SocketIO";

    /// <inheritdoc/>
    public Task<GrainAddress?> Register(GrainAddress address) => Register(address, null);

    /// <inheritdoc/>
    public async Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress)
    {
        while (true)
        {
            var (registered, etag) = await LoadAsync(address.GrainId).ConfigureAwait(false);
            if (registered is not null && registered.ActivationId != address.ActivationId && registered.ActivationId != previousAddress?.ActivationId)
            {
                return registered;
            }

            if (await TryAsync(StorageOperation.Store, address.GrainId, etag, JsonSerializer.SerializeToUtf8Bytes(address)).ConfigureAwait(false))
            {
                return address;
            }
        }
    }

    /// <inheritdoc/>
    public async Task Unregister(GrainAddress address)
    {
        bool isDone;
        do
        {
            var (registered, etag) = await LoadAsync(address.GrainId).ConfigureAwait(false);
            isDone = registered?.ActivationId != address.ActivationId
                || await TryAsync(StorageOperation.Clear, address.GrainId, etag, default).ConfigureAwait(false);
        }
        while (!isDone);
    }

    /// <inheritdoc/>
    public async Task<GrainAddress?> Lookup(GrainId grainId) => (await LoadAsync(grainId).ConfigureAwait(false)).Address;

    /// <inheritdoc/>
    // Whoever finds one that is dead unregisters it.
    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;

    private async Task<(GrainAddress? Address, string? ETag)> LoadAsync(GrainId partition)
    {
        var stored = await OperateAsync(StorageOperation.Load, partition, null, default).ConfigureAwait(false);
        return stored.Bytes.IsEmpty ? (null, stored.ETag) : (JsonSerializer.Deserialize<GrainAddress>(stored.Bytes.Span), stored.ETag);
    }

    /// <returns><see langword="false"/>: somebody else has written meanwhile.</returns>
    private async Task<bool> TryAsync(StorageOperation operation, GrainId partition, string? etag, ReadOnlyMemory<byte> bytes) =>
        (await OperateAsync(operation, partition, etag, bytes).ConfigureAwait(false)).Outcome == StorageOutcome.Done;

    private async Task<StorageResult> OperateAsync(StorageOperation operation, GrainId partition, string? etag, ReadOnlyMemory<byte> bytes)
    {
        var result = await services.GetRequiredService<StateStore>()
            .OperateAsync(new StorageRequest(0, operation, StateKey.Directory(partition.ToString()), etag, bytes)).ConfigureAwait(false);
        return result.Outcome != StorageOutcome.Unknown ? result : throw new OrleansException($"The storage has failed with the address of {partition}: the log says why.");
    }
}
