using Orleans;
using Orleans.Concurrency;

namespace SocketIO.Orleans;

/// <summary>A partition of a namespace as gateways see it. Its key: the partition's index, and the namespace's name.</summary>
[Alias("SocketIO.INamespacePartition")]
internal interface INamespacePartition : IGrainWithIntegerCompoundKey
{
    /// <summary>Takes a frame of a gateway's messages.</summary>
    [Alias("Receive")]
    [ResponseTimeout("00:00:10")]
    Task ReceiveAsync([Immutable] byte[] frame);
}
