// All that the cluster's rules need of the outside, seen from a gateway.
namespace SocketIO.Cluster;

/// <summary>Names a partition of a namespace.</summary>
/// <param name="Namespace">The namespace's name.</param>
/// <param name="Index">From 0.</param>
internal readonly record struct PartitionKey(string Namespace, int Index);

/// <summary>
/// A gateway's way to the partitions and to the other gateways. Sending never waits and never calls back before it returns; what is sent may be lost,
/// arrive twice or late. The link gives what arrives to the <see cref="ClusterGateway"/>, and tells it who lives.
/// </summary>
internal interface IClusterLink
{
    /// <summary>This gateway's incarnation.</summary>
    GatewayId Gateway { get; }

    /// <summary>The gateways that live as far as is known, this one included.</summary>
    IReadOnlyCollection<GatewayId> Gateways { get; }

    /// <summary>Sends to a partition, which comes to life with it.</summary>
    /// <param name="partition">Which.</param>
    /// <param name="message">A <see cref="PartitionMessage"/>, a publication or a part of a <see cref="PullReply"/>.</param>
    void SendToPartition(PartitionKey partition, ReadOnlyMemory<byte> message);

    /// <summary>Sends to another gateway.</summary>
    /// <param name="gateway">Which.</param>
    /// <param name="message">A <see cref="GatewayMessage"/>.</param>
    void SendToGateway(GatewayId gateway, ReadOnlyMemory<byte> message);
}
