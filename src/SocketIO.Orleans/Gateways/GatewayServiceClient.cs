using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace SocketIO.Orleans;

/// <summary>Reaches the gateway of any silo, without a look-up in the directory.</summary>
/// <param name="services">The silo's services.</param>
internal sealed class GatewayServiceClient(IServiceProvider services) : GrainServiceClient<IGatewayService>(services)
{
    /// <summary>The gateway of a silo.</summary>
    public IGatewayService this[SiloAddress silo] => GetGrainService(silo);
}
