// The gateways that a partition knows, by id and by the bit that stands for each in a set.
using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace SocketIO.Cluster;

/// <summary>All gateways that a partition knows. A slot is given again once its gateway is dead.</summary>
/// <param name="capacity">The most of them.</param>
internal sealed class PartitionGateways(int capacity)
{
    private readonly Dictionary<GatewayId, PartitionGateway> _byId = [];
    private readonly PartitionGateway?[] _slots = new PartitionGateway?[capacity];

    public IReadOnlyCollection<GatewayId> Ids => _byId.Keys;

    public PartitionGateway this[int slot] => _slots[slot]!;

    public void Add(GatewayId id)
    {
        var slot = Array.IndexOf(_slots, null);
        if (slot >= 0 && !_byId.ContainsKey(id))
        {
            _slots[slot] = _byId[id] = new PartitionGateway(id, slot);
        }
    }

    public bool Remove(GatewayId id, [MaybeNullWhen(false)] out PartitionGateway gateway)
    {
        if (!_byId.Remove(id, out gateway))
        {
            return false;
        }

        _slots[gateway.Slot] = null;
        return true;
    }

    public bool TryGet(GatewayId id, [MaybeNullWhen(false)] out PartitionGateway gateway) => _byId.TryGetValue(id, out gateway);

    /// <summary>The gateways of a set.</summary>
    public GatewayId[] In(ReadOnlySpan<ulong> set)
    {
        var found = new List<GatewayId>();
        for (var word = 0; word < set.Length; word++)
        {
            for (var rest = set[word]; rest != 0; rest &= rest - 1)
            {
                found.Add(this[(word << 6) + BitOperations.TrailingZeroCount(rest)].Id);
            }
        }

        return [.. found];
    }

    public Dictionary<GatewayId, PartitionGateway>.ValueCollection.Enumerator GetEnumerator() => _byId.Values.GetEnumerator();
}
