namespace SocketIO.Cluster;

/// <summary>All that a partition that takes over needs of one gateway.</summary>
/// <param name="Gateway">Who answers.</param>
/// <param name="Epoch">The epoch whose pull is answered; lower ones are refused from then on.</param>
/// <param name="Rooms">The rooms that it wants routed to it, joins and leaves under way included.</param>
/// <param name="Tail">A delivery: what it holds of the last epoch that was installed at it, from the position that is stable everywhere.</param>
/// <param name="Coverage">What that installation covered of earlier epochs.</param>
/// <param name="Forgotten">By publisher, the highest number that its full tail had to drop: such items have their place in the order, but nobody knows it.</param>
/// <param name="Retained">A publication: its own items that are not accepted yet. Its end gives the number of the next.</param>
/// <param name="History">Of a gateway that keeps one for clients that come back: a <see cref="GatewayHistory"/>.</param>
internal sealed record PullReply(
    GatewayId Gateway,
    long Epoch,
    IReadOnlyCollection<ReadOnlyMemory<byte>> Rooms,
    ReadOnlyMemory<byte> Tail,
    IReadOnlyList<Coverage> Coverage,
    IReadOnlyCollection<KeyValuePair<GatewayId, long>> Forgotten,
    ReadOnlyMemory<byte> Retained,
    ReadOnlyMemory<byte> History = default)
{
    /// <summary>Whether the gateway keeps what clients that come back may have missed.</summary>
    public bool KeepsHistory => !History.IsEmpty;

    /// <summary>That there was an answer, once nothing of it is needed any more.</summary>
    public PullReply WithoutContent() => this with { Rooms = [], Tail = default, Coverage = [], Forgotten = [], Retained = default, History = default };
}
