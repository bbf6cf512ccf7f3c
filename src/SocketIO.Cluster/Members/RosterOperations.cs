using System.Diagnostics.CodeAnalysis;

namespace SocketIO.Cluster;

/// <summary>The storage operations of a roster that are in flight, and whose they are.</summary>
internal sealed class RosterOperations
{
    private readonly Dictionary<long, RosterShard> _steps = [];
    private readonly Dictionary<long, RosterShard> _clearings = [];
    private long _lastId;

    /// <summary>An operation of the step that a shard is in.</summary>
    public void Begin(RosterShard shard, StorageOperation operation, string key, string? etag, ReadOnlyMemory<byte> bytes, List<RosterOutput> outputs)
    {
        var id = ++_lastId;
        _steps.Add(id, shard);
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

    /// <summary>An operation has ended.</summary>
    /// <returns>Whether it was one of a step.</returns>
    public bool End(in StorageResult result, [MaybeNullWhen(false)] out RosterShard shard)
    {
        if (_clearings.Remove(result.Id, out shard))
        {
            shard.ObsoleteIsGone = result.Outcome == StorageOutcome.Done;
            return false;
        }

        return _steps.Remove(result.Id, out shard);
    }
}
