using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>A gateway's way to the others: the relay.</summary>
/// <param name="membership">Who lives.</param>
/// <param name="relay">Carries what is sent.</param>
internal sealed class GatewayLink(GatewayMembership membership, Relay relay) : IClusterLink
{
    /// <inheritdoc/>
    public GatewayId Gateway => membership.Local;

    /// <inheritdoc/>
    public IReadOnlyCollection<GatewayId> Gateways => membership.Live;

    /// <inheritdoc/>
    public void SendToPartition(PartitionKey partition, ReadOnlyMemory<byte> message) => relay.ToPartition(partition, message);

    /// <inheritdoc/>
    public void SendToGateway(GatewayId gateway, ReadOnlyMemory<byte> message) => relay.ToGateway(gateway, null, message);
}
