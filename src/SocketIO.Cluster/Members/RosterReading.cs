namespace SocketIO.Cluster;

/// <summary>A page being gathered, shard by shard.</summary>
internal sealed class RosterReading(long request, ulong cursor, int limit, bool audit)
{
    private readonly List<RosterMember> _found = [];
    private int _shards;

    public long Request { get; } = request;

    /// <summary>The hash from which it goes on.</summary>
    public ulong Cursor { get; private set; } = cursor;

    /// <summary>Whether the members that it finds are to be asked.</summary>
    public bool Audit { get; } = audit;

    public IReadOnlyList<RosterMember> Found => _found;

    /// <summary>Where the page after this one begins; null: there is none.</summary>
    public ulong? Next { get; private set; }

    /// <summary>Takes what it can of a shard.</summary>
    /// <param name="members">The shard's members in the order of their hashes.</param>
    /// <param name="end">The last hash that belongs to the shard.</param>
    /// <param name="maxShards">How many shards a page is gathered from.</param>
    /// <returns>Whether it goes on with the shard at <see cref="Cursor"/>.</returns>
    public bool Take(RosterEntry[] members, ulong end, int maxShards)
    {
        Next = end == ulong.MaxValue ? null : end + 1;
        foreach (var member in members)
        {
            if (member.Hash < Cursor)
            {
                continue;
            }

            if (_found.Count >= limit)
            {
                Next = member.Hash;
                return false;
            }

            _found.Add(new RosterMember(member.Member, member.Version));
        }

        if (Next is not { } from || _found.Count >= limit || ++_shards >= maxShards)
        {
            return false;
        }

        Cursor = from;
        return true;
    }
}
