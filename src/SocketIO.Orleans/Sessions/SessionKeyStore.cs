// The key that all gateways of the cluster make and check session ids with: whoever comes first makes it.
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Loads the key from the storage named <c>SocketIO</c> before the silo is active; makes it, once in the cluster's life, where there is none.</summary>
/// <param name="storage">The storage.</param>
/// <param name="ids">Gets the key.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class SessionKeyStore(StateStorage storage, SessionIds ids, TimeProvider time, ILogger<SessionKeyStore> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private const int Attempts = 5;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle) =>
        // Storages begin with the application's services.
        lifecycle.Subscribe(nameof(SessionKeyStore), ServiceLifecycleStage.ApplicationServices + 1, LoadAsync);

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                ids.SetKey(await ReadOrMakeAsync().ConfigureAwait(false));
                return;
            }
            catch (Exception e) when (attempt < Attempts && !cancellationToken.IsCancellationRequested)
            {
                // A write of unknown outcome, too: what is there is read again.
                Log.NotLoaded(logger, e);
                await Task.Delay(PauseAfterFailure, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<byte[]> ReadOrMakeAsync()
    {
        while (true)
        {
            var stored = await storage.OperateAsync(new StorageRequest(0, StorageOperation.Load, StateKey.SessionKey, null, default)).ConfigureAwait(false);
            if (stored.ETag is not null)
            {
                return stored.Bytes.ToArray();
            }

            var key = RandomNumberGenerator.GetBytes(SessionIds.KeyBytes);
            var written = await storage.OperateAsync(new StorageRequest(0, StorageOperation.Store, StateKey.SessionKey, null, key)).ConfigureAwait(false);
            if (written.Outcome == StorageOutcome.Done)
            {
                return key;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(76, LogLevel.Warning, "The cluster's key for session ids could not be loaded from the storage yet")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
