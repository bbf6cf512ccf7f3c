using System.Diagnostics.CodeAnalysis;

namespace SocketIO.Cluster;

/// <summary>The storage operations of a roster that are in flight, and whose they are.</summary>
internal sealed class RosterOperations
{
    private readonly Dictionary<long, (RosterShard Shard, int Part)> _steps = [];
    private readonly Dictionary<long, RosterShard> _clearings = [];
    private long _lastId;

    /// <summary>An operation of the step that a shard is in.</summary>
    public void Begin(RosterShard shard, StorageOperation operation, string key, string? etag, ReadOnlyMemory<byte> bytes, List<RosterOutput> outputs, int part = 0)
    {
        var id = ++_lastId;
        _steps.Add(id, (shard, part));
        shard.Outstanding++;
        outputs.Add(new RosterOutput.Storage(new StorageRequest(id, operation, key, etag, bytes)));
    }

    /// <summary>Removes the body that a shard's head names as obsolete; nobody waits for that.</summary>
    public void ClearObsolete(RosterShard shard, List<RosterOutput> outputs)
    {
        if (shard.Head is { Obsolete: > 0 } head)
        {
            var id = ++_lastId;
            _clearings.Add(id, shard);
            outputs.Add(new RosterOutput.Storage(new StorageRequest(id, StorageOperation.Clear, shard.BodyKey(head.Obsolete), null, default)));
        }
    }

    /// <summary>Removes a body that a closed child names as obsolete; its head goes on naming it, so it is removed again when that is used again.</summary>
    public void Clear(string key, List<RosterOutput> outputs) =>
        outputs.Add(new RosterOutput.Storage(new StorageRequest(++_lastId, StorageOperation.Clear, key, null, default)));

    /// <summary>An operation has ended.</summary>
    /// <param name="result">How.</param>
    /// <param name="shard">Whose it was.</param>
    /// <param name="part">Which of the step's operations it was.</param>
    /// <returns>Whether it was one of a step.</returns>
    public bool End(in StorageResult result, [MaybeNullWhen(false)] out RosterShard shard, out int part)
    {
        part = 0;
        if (_clearings.Remove(result.Id, out shard))
        {
            shard.ObsoleteIsGone = result.Outcome == StorageOutcome.Done;
            return false;
        }

        var isStep = _steps.Remove(result.Id, out var step);
        (shard, part) = step;
        return isStep;
    }
}
