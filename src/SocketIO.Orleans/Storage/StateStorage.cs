// The storage of the cluster's state machines: a record a key, in the grain storage of the silo.
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Carries out the operations that the state machines ask for.</summary>
/// <param name="storage">The storage named <c>SocketIO</c>.</param>
internal sealed class StateStorage([FromKeyedServices(EpochStore.StorageName)] IGrainStorage storage)
{
    private const string StateName = "state";
    private const string TypeName = "socketio.state";

    /// <summary>Carries out an operation; what is thrown is an unknown outcome.</summary>
    public async Task<StorageResult> OperateAsync(StorageRequest request)
    {
        var record = GrainId.Create(TypeName, request.Key);
        var state = new GrainState<StoredState>(new StoredState()) { ETag = request.ETag!, RecordExists = request.ETag is not null };
        try
        {
            switch (request.Operation)
            {
                case StorageOperation.Load:
                    await storage.ReadStateAsync(StateName, record, state).ConfigureAwait(false);
                    return state.RecordExists
                        ? new StorageResult(request.Id, StorageOutcome.Done, state.State?.Bytes ?? [], state.ETag)
                        : new StorageResult(request.Id, StorageOutcome.Done);
                case StorageOperation.Store:
                    state.State.Bytes = request.Bytes.ToArray();
                    await storage.WriteStateAsync(StateName, record, state).ConfigureAwait(false);
                    return new StorageResult(request.Id, StorageOutcome.Done, default, state.ETag);
                default:
                    if (request.ETag is null)
                    {
                        await storage.ReadStateAsync(StateName, record, state).ConfigureAwait(false);
                    }

                    if (state.RecordExists)
                    {
                        await storage.ClearStateAsync(StateName, record, state).ConfigureAwait(false);
                    }

                    return new StorageResult(request.Id, StorageOutcome.Done);
            }
        }
        catch (InconsistentStateException)
        {
            return new StorageResult(request.Id, StorageOutcome.Conflict);
        }
    }
}

/// <summary>A record, in the binary form of the state machine that owns it.</summary>
[GenerateSerializer]
[Alias("SocketIO.StoredState")]
internal sealed class StoredState
{
    /// <summary>The bytes.</summary>
    [Id(0)]
    public byte[] Bytes { get; set; } = [];
}
