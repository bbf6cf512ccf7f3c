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

    /// <summary>The durable members of a room.</summary>
    /// <param name="grains">The client's, the silo's or the grain's factory.</param>
    /// <param name="namespace">The namespace's name.</param>
    /// <param name="room">The room's name.</param>
    public static IRoomGrain GetRoom(this IGrainFactory grains, string @namespace, string room)
    {
        ArgumentNullException.ThrowIfNull(grains);
        return grains.GetGrain<IRoomGrain>(ScopedKey.Write(@namespace, room));
    }

    /// <summary>A member, an identified user, of a namespace.</summary>
    /// <param name="grains">The client's, the silo's or the grain's factory.</param>
    /// <param name="namespace">The namespace's name.</param>
    /// <param name="member">The member's id, as the application gives it to <c>socket.IdentifyAsync</c>.</param>
    public static IMemberGrain GetMember(this IGrainFactory grains, string @namespace, string member)
    {
        ArgumentNullException.ThrowIfNull(grains);
        return grains.GetGrain<IMemberGrain>(ScopedKey.Write(@namespace, member));
    }
}
