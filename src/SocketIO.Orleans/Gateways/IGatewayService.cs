using Orleans;
using Orleans.Concurrency;
using Orleans.Services;

namespace SocketIO.Orleans;

/// <summary>A silo's gateway as other silos see it.</summary>
[Alias("SocketIO.IGatewayService")]
internal interface IGatewayService : IGrainService
{
    /// <summary>Takes a frame; completes when its messages were acted upon.</summary>
    [Alias("Deliver")]
    [ResponseTimeout("00:00:10")]
    Task DeliverAsync([Immutable] byte[] frame);
}
