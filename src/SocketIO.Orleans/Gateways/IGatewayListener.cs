using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Hears of gateways, in the order in which they come and go; it must not wait.</summary>
internal interface IGatewayListener
{
    /// <summary>A gateway has come.</summary>
    void OnGatewayUp(GatewayId gateway);

    /// <summary>A gateway is dead, or has left in good order. It never comes back under this id.</summary>
    void OnGatewayDead(GatewayId gateway);
}
