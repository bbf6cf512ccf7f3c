namespace SocketIO.Cluster;

/// <summary>What a state machine asks of the storage.</summary>
internal enum StorageOperation
{
    /// <summary>Read a key. A key that isn't there is <see cref="StorageOutcome.Done"/> without bytes and ETag.</summary>
    Load,

    /// <summary>Write a key if its ETag is still the given one; without an ETag, if it is not there.</summary>
    Store,

    /// <summary>Remove a key if its ETag is still the given one; without an ETag, in any case.</summary>
    Clear,
}

/// <summary>
/// One operation on one key. The host answers each request exactly once, with the same id, unless it dies;
/// an operation that threw or timed out is answered with <see cref="StorageOutcome.Unknown"/>.
/// </summary>
internal readonly record struct StorageRequest(long Id, StorageOperation Operation, string Key, string? ETag, ReadOnlyMemory<byte> Bytes);

/// <summary>How an operation ended.</summary>
internal enum StorageOutcome
{
    /// <summary>It happened. For a load, <see cref="StorageResult.ETag"/> is null if the key isn't there.</summary>
    Done,

    /// <summary>It did not happen: the ETag was another.</summary>
    Conflict,

    /// <summary>It may have happened, or happen yet.</summary>
    Unknown,
}

/// <summary>Where states are stored.</summary>
internal interface IStateStorage
{
    /// <summary>Carries out an operation; what it throws is an unknown outcome.</summary>
    Task<StorageResult> OperateAsync(StorageRequest request);

    /// <summary>What is stored can't be read by this build. It is not written over.</summary>
    void OnUnreadable(UnreadableState state);
}

/// <summary>Something that is stored and can't be read.</summary>
internal readonly record struct UnreadableState(string Key, StateFormatException Error);

/// <summary>The answer to a <see cref="StorageRequest"/>: after a load the bytes and their ETag, after a store the new ETag.</summary>
internal readonly record struct StorageResult(long Id, StorageOutcome Outcome, ReadOnlyMemory<byte> Bytes = default, string? ETag = null);
