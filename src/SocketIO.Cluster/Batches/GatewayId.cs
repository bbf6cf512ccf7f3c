// Who speaks: one life of a gateway process. A process that comes back is somebody else.
using System.Globalization;

namespace SocketIO.Cluster;

/// <summary>An incarnation of a gateway process: a restart makes a new one, so nothing of the dead can be taken for the living.</summary>
/// <param name="Value">The number, unique in the cluster's life.</param>
public readonly record struct GatewayId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
