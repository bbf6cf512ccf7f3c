using SocketIO.Orleans;

namespace Orleans;

/// <summary>Reaches the sockets of a cluster from any Orleans client, silo or grain.</summary>
public static class SocketIOGrainFactoryExtensions
{
    /// <summary>The sockets of a namespace.</summary>
    /// <param name="grains">The client's, the silo's or the grain's factory.</param>
    /// <param name="namespace">The namespace's name; a leading slash may be left out, as in Socket.IO.</param>
    public static NamespaceOperator SocketIO(this IGrainFactory grains, string @namespace = "/")
    {
        ArgumentNullException.ThrowIfNull(grains);
        ArgumentNullException.ThrowIfNull(@namespace);
        return new NamespaceOperator(grains, @namespace.StartsWith('/') ? @namespace : "/" + @namespace);
    }
}
