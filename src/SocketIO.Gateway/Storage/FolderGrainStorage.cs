using Orleans.Runtime;
using Orleans.Storage;

namespace SocketIO.Gateway;

/// <summary>A grain storage in a folder, for a silo that is alone.</summary>
/// <param name="store">The folder.</param>
/// <param name="serializer">Writes and reads states.</param>
public sealed class FolderGrainStorage(FolderStore store, IGrainStorageSerializer serializer) : IGrainStorage
{
    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        if (await Task.Run(() => store.Read(Key(stateName, grainId))) is { } record)
        {
            (grainState.State, grainState.ETag, grainState.RecordExists) = (serializer.Deserialize<T>(new BinaryData(record.Data)), record.Tag, true);
        }
        else
        {
            (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
        }
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        var data = serializer.Serialize(grainState.State);
        grainState.ETag = await Task.Run(() => store.Write(Key(stateName, grainId), grainState.ETag, data)) ?? throw Conflict(stateName, grainId, grainState.ETag);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ArgumentNullException.ThrowIfNull(grainState);
        if (!await Task.Run(() => store.Remove(Key(stateName, grainId), grainState.ETag)))
        {
            throw Conflict(stateName, grainId, grainState.ETag);
        }

        (grainState.State, grainState.ETag, grainState.RecordExists) = (Activator.CreateInstance<T>(), null, false);
    }

    // No two pairs share a key.
    private static string Key(string stateName, GrainId grainId) => $"{stateName.Length}:{stateName}{grainId}";

    private static InconsistentStateException Conflict(string stateName, GrainId grainId, string? known) =>
        new($"The state \"{stateName}\" of {grainId} has changed since it was read.", storedEtag: "another", currentEtag: known ?? "none");
}
