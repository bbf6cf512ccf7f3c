// A state under one key: read, written by compare-and-swap, and read again whenever what is stored is in doubt.
namespace SocketIO.Cluster;

/// <summary>What an answer of the storage says of a <see cref="StoredState{TState}"/>.</summary>
internal enum StoredStateChange
{
    /// <summary>Nothing: nobody waits for this answer.</summary>
    None,

    /// <summary>It is known.</summary>
    Loaded,

    /// <summary>It is there, and this build can't read it: it must never be written over.</summary>
    Unreadable,

    /// <summary>The write is stored, and is the value.</summary>
    Written,

    /// <summary>Another one has written, or the outcome is unknown: it has to be read again.</summary>
    InDoubt,
}

/// <summary>A state as far as it is known to be stored, with one operation in flight.</summary>
/// <typeparam name="TState">Its form in memory.</typeparam>
/// <param name="key">Where it is stored.</param>
/// <param name="retryDelay">The pause after an operation of unknown outcome.</param>
/// <param name="read">Makes the value of stored bytes, or of <see langword="null"/> where nothing is stored.</param>
internal sealed class StoredState<TState>(string key, TimeSpan retryDelay, Func<ReadOnlyMemory<byte>?, TState?> read)
    where TState : class
{
    private string? _etag;
    private StorageOperation _step;
    private long _inFlight;
    private long _lastOperation;
    private TimeSpan _retryAt = TimeSpan.MinValue;

    /// <summary>Whether <see cref="Value"/> is what was stored when it was last heard of.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>The value; what <c>read</c> makes of nothing if nothing is stored, and <see langword="null"/> while it is not known.</summary>
    public TState? Value { get; private set; }

    /// <summary>What the write in flight makes of it.</summary>
    public TState? Next { get; private set; }

    /// <summary>After <see cref="StoredStateChange.Unreadable"/>: what, and why.</summary>
    public UnreadableState Unreadable { get; private set; }

    /// <summary>Whether something is stored under the key, once it is known.</summary>
    public bool IsStored => _etag is not null;

    public bool IsBusy => _inFlight != 0;

    /// <summary>Reads begun: what has to be answered from storage is answered by a read that began after it arrived.</summary>
    public long Reads { get; private set; }

    /// <summary>Whether an operation can begin.</summary>
    public bool IsReady(TimeSpan now) => !IsBusy && now >= _retryAt;

    public StorageRequest Load()
    {
        Reads++;
        _etag = null;
        return Operate(StorageOperation.Load, default);
    }

    public StorageRequest Store(TState next, ReadOnlyMemory<byte> bytes)
    {
        Next = next;
        return Operate(StorageOperation.Store, bytes);
    }

    /// <summary>Removes what is stored.</summary>
    /// <param name="next">The value without it.</param>
    public StorageRequest Clear(TState? next)
    {
        Next = next;
        return Operate(StorageOperation.Clear, default);
    }

    /// <summary>The storage answered.</summary>
    public StoredStateChange Answered(in StorageResult result, TimeSpan now)
    {
        if (!IsBusy || result.Id != _inFlight)
        {
            return StoredStateChange.None;
        }

        _inFlight = 0;
        var next = Next;
        Next = null;
        if (result.Outcome != StorageOutcome.Done)
        {
            _retryAt = result.Outcome == StorageOutcome.Conflict ? _retryAt : now + retryDelay;
            return StoredStateChange.InDoubt;
        }

        if (_step == StorageOperation.Load)
        {
            return Loaded(result);
        }

        _etag = _step == StorageOperation.Clear ? null : result.ETag;
        Value = next;
        return StoredStateChange.Written;
    }

    /// <summary>What is stored is in doubt.</summary>
    public void Forget()
    {
        IsKnown = false;
        Value = null;
    }

    private StoredStateChange Loaded(in StorageResult result)
    {
        try
        {
            Value = read(result.ETag is null ? (ReadOnlyMemory<byte>?)null : result.Bytes);
        }
        catch (StateFormatException e)
        {
            Unreadable = new UnreadableState(key, e);
            return StoredStateChange.Unreadable;
        }

        _etag = result.ETag;
        IsKnown = true;
        return StoredStateChange.Loaded;
    }

    private StorageRequest Operate(StorageOperation operation, ReadOnlyMemory<byte> bytes)
    {
        _step = operation;
        _inFlight = ++_lastOperation;
        return new StorageRequest(_inFlight, operation, key, _etag, bytes);
    }
}
