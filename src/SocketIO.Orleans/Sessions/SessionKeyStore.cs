// The key that all gateways of the cluster make and check session ids with: whoever comes first makes it.
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Loads the key from the storage named <c>SocketIO</c> before clients come; makes it, once in the cluster's life, where there is none.</summary>
/// <param name="services">Have the storage; where they do not, the silo's own check says so.</param>
/// <param name="ids">Gets the key.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionKeyStore(IServiceProvider services, SessionIds ids, TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>
{
    private const int Attempts = 10;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        // A storage in memory is grains, which no silo places before it is active. The web server opens its ports when the silo has started.
        lifecycle.Subscribe(nameof(SessionKeyStore), ServiceLifecycleStage.Active + 1, LoadAsync);

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await ReadOrMakeAsync().ConfigureAwait(false) is { } key)
            {
                ids.SetKey(key);
                return;
            }

            await Task.Delay(PauseAfterFailure, time, cancellationToken).ConfigureAwait(false);
        }

        throw new InvalidOperationException(
            $"The cluster's key for session ids could not be read from the grain storage \"{StateStore.Name}\", nor written to it, in {Attempts} attempts: the log says why.");
    }

    // Null: it is not known yet what is there.
    private async Task<byte[]?> ReadOrMakeAsync()
    {
        var storage = services.GetRequiredService<StateStore>();
        var stored = await storage.OperateAsync(new StorageRequest(0, StorageOperation.Load, StateKey.SessionKey, null, default)).ConfigureAwait(false);
        if (stored.Outcome != StorageOutcome.Done)
        {
            return null;
        }

        if (!stored.Bytes.IsEmpty)
        {
            return stored.Bytes.ToArray();
        }

        var key = RandomNumberGenerator.GetBytes(SessionIds.KeyBytes);
        var written = await storage.OperateAsync(new StorageRequest(0, StorageOperation.Store, StateKey.SessionKey, null, key)).ConfigureAwait(false);
        return written.Outcome == StorageOutcome.Done ? key : null;
    }
}
