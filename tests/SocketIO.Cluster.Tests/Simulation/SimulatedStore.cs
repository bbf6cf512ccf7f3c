using System.Globalization;

namespace SocketIO.Cluster.Tests;

/// <summary>A key-value store with ETags, and what was read and written.</summary>
internal sealed class SimulatedStore
{
    private readonly Dictionary<string, (byte[] Bytes, string ETag)> _entries = new(StringComparer.Ordinal);
    private long _lastETag;

    public long Operations { get; private set; }

    public long BytesWritten { get; private set; }

    public long BytesLoaded { get; private set; }

    public int Count => _entries.Count;

    /// <summary>A store that forgets to compare: a deliberate fault.</summary>
    public bool IgnoresETags { get; set; }

    public StorageResult Apply(in StorageRequest request)
    {
        Operations++;
        var found = _entries.TryGetValue(request.Key, out var entry);
        switch (request.Operation)
        {
            case StorageOperation.Load:
                BytesLoaded += found ? entry.Bytes.Length : 0;
                return new StorageResult(request.Id, StorageOutcome.Done, found ? entry.Bytes : default(ReadOnlyMemory<byte>), found ? entry.ETag : null);
            case StorageOperation.Store:
                if (!IgnoresETags && (found ? entry.ETag : null) != request.ETag)
                {
                    return new StorageResult(request.Id, StorageOutcome.Conflict);
                }

                BytesWritten += request.Bytes.Length;
                var etag = (++_lastETag).ToString(CultureInfo.InvariantCulture);
                _entries[request.Key] = (request.Bytes.ToArray(), etag);
                return new StorageResult(request.Id, StorageOutcome.Done, default, etag);
            default:
                if (request.ETag is not null && found && entry.ETag != request.ETag)
                {
                    return new StorageResult(request.Id, StorageOutcome.Conflict);
                }

                _entries.Remove(request.Key);
                return new StorageResult(request.Id, StorageOutcome.Done);
        }
    }

    public byte[]? Read(string key) => _entries.TryGetValue(key, out var entry) ? entry.Bytes : null;

    /// <summary>Other bytes under the same ETag.</summary>
    public void Replace(string key, byte[] bytes) => _entries[key] = (bytes, _entries[key].ETag);

    public void Write(string key, byte[] bytes) => _entries[key] = (bytes, (++_lastETag).ToString(CultureInfo.InvariantCulture));

    /// <summary>Who is in a roster, read from the shards as they are stored at this moment, in the middle of whatever goes on.</summary>
    public List<string> Roster(string namespaceName, string room)
    {
        List<string> members = [];
        Walk(StateKey.Roster(namespaceName, room), 0, members);
        return members;
    }

    private void Walk(string key, ulong origin, List<string> members)
    {
        if (Read(key) is not { } bytes)
        {
            return;
        }

        var head = RosterHead.Read(bytes);
        if (head.Origin != origin)
        {
            throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"Shard {key} is of another split than its branch.");
        }

        var shard = new RosterShard(key, 0, 0);
        if (head.IsBranch)
        {
            for (var child = 0; child < RosterHead.Children; child++)
            {
                Walk(shard.ChildKey(child), head.Generation, members);
            }

            return;
        }

        RosterEntry[] body = head.BodyVersion == 0 ? [] : RosterBody.Read(Read(shard.BodyKey(head.BodyVersion)) ?? throw new BrokenPromiseException(Promise.DurableBeforeAcknowledged, $"The body of {key} is missing."));
        members.AddRange(RosterBody.Merge(body, head.Journal).Select(entry => entry.Member));
    }
}
