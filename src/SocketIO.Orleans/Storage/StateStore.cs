// The bytes that the cluster's rules store, in whatever grain storage the silo has.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Carries out storage operations of the rules.</summary>
/// <param name="storage">The grain storage named <see cref="Name"/>.</param>
/// <param name="logger">The log.</param>
internal sealed partial class StateStore([FromKeyedServices(StateStore.Name)] IGrainStorage storage, ILogger<StateStore> logger) : IStateStorage
{
    /// <summary>The name of the grain storage that this project uses.</summary>
    public const string Name = "SocketIO";

    private const string StateName = "state";

    private static readonly GrainType KeySpace = GrainType.Create("socketio.state");

    /// <inheritdoc/>
    public async Task<StorageResult> OperateAsync(StorageRequest request)
    {
        var id = GrainId.Create(KeySpace, request.Key);
        var state = new GrainState<StoredBytes>(new StoredBytes()) { ETag = request.ETag };
        try
        {
            if (request.Operation == StorageOperation.Load || request.ETag is null)
            {
                // What is not there may have an ETag in the storage all the same, if it was there once.
                await storage.ReadStateAsync(StateName, id, state).ConfigureAwait(false);
            }

            switch (request.Operation)
            {
                case StorageOperation.Load:
                    return state.RecordExists
                        ? new StorageResult(request.Id, StorageOutcome.Done, state.State.Bytes, state.ETag)
                        : new StorageResult(request.Id, StorageOutcome.Done);
                case StorageOperation.Store when request.ETag is null && state.RecordExists:
                    return new StorageResult(request.Id, StorageOutcome.Conflict);
                case StorageOperation.Store:
                    state.State = new StoredBytes { Bytes = request.Bytes.ToArray() };
                    await storage.WriteStateAsync(StateName, id, state).ConfigureAwait(false);
                    return new StorageResult(request.Id, StorageOutcome.Done, ETag: state.ETag);
                default:
                    if (request.ETag is not null || state.RecordExists)
                    {
                        await storage.ClearStateAsync(StateName, id, state).ConfigureAwait(false);
                    }

                    return new StorageResult(request.Id, StorageOutcome.Done);
            }
        }
        catch (InconsistentStateException)
        {
            return new StorageResult(request.Id, StorageOutcome.Conflict);
        }
        catch (Exception e)
        {
            Log.Failed(logger, e, request.Operation, request.Key);
            return new StorageResult(request.Id, StorageOutcome.Unknown);
        }
    }

    /// <inheritdoc/>
    public void OnUnreadable(UnreadableState state) => Log.Unreadable(logger, state.Error, state.Key);

    private static partial class Log
    {
        [LoggerMessage(78, LogLevel.Warning, "The storage has failed at {Operation} of {Key}; it will be tried again")]
        public static partial void Failed(ILogger logger, Exception exception, StorageOperation operation, string key);

        [LoggerMessage(90, LogLevel.Error, "What is stored under {Key} can't be read, and is left as it is")]
        public static partial void Unreadable(ILogger logger, Exception exception, string key);
    }
}

/// <summary>What is stored under a key.</summary>
[GenerateSerializer]
[Alias("SocketIO.StoredBytes")]
internal sealed class StoredBytes
{
    /// <summary>The bytes, as the rules wrote them.</summary>
    [Id(0)]
    public byte[] Bytes { get; set; } = [];
}
