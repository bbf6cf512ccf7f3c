namespace SocketIO.Cluster;

/// <summary>The cluster takes nothing more for now: what this gateway has published waits to be taken, up to its bound.</summary>
public sealed class ClusterUnavailableException : Exception
{
    internal ClusterUnavailableException()
        : base("The cluster takes nothing more for now: as much as may wait to be published waits already.")
    {
    }
}
