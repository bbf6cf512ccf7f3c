namespace SocketIO.Cluster;

/// <summary>The cluster takes nothing more: what this gateway has published waits to be taken, up to its bound, or there are too many namespaces.</summary>
public sealed class ClusterUnavailableException : Exception
{
    internal ClusterUnavailableException()
        : this("The cluster takes nothing more for now: as much as may wait to be published waits already.")
    {
    }

    private ClusterUnavailableException(string message)
        : base(message)
    {
    }

    internal static ClusterUnavailableException TooManyNamespaces(int most) =>
        new($"The cluster has {most} namespaces, the most that MaxNamespaces allows: nothing can be published in one more.");
}
