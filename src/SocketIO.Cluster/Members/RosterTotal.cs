namespace SocketIO.Cluster;

/// <summary>
/// The number of members of a room as far as this machine knows: exact while the roster is one shard, and stored with the uppermost branch
/// now and then after.
/// </summary>
internal sealed class RosterTotal(int interval)
{
    private long? _value;

    public long Value => _value ?? 0;

    /// <summary>The uppermost head was read.</summary>
    public void Start(RosterHead root) => _value ??= root.IsBranch ? root.Total : root.Believed;

    public void Add(long members) => _value = Value + members;

    /// <summary>The roster is one shard again.</summary>
    public void Restart(long members) => _value = members;

    /// <summary>Whether the stored number lags behind.</summary>
    public bool IsAheadOf(RosterHead root) => root.IsBranch && _value is { } value && Math.Abs(value - root.Total) >= interval;
}
