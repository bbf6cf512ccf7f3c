using Microsoft.Extensions.DependencyInjection;
using Orleans;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Tells who a socket is.</summary>
public static class SocketMemberExtensions
{
    /// <summary>
    /// The socket is one of a member's: it joins the member's durable rooms, and goes along when the member joins and leaves further ones. Call it in a
    /// middleware, after the client has proved who it is; the socket is then in its rooms before it is connected.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="member">The member's id, for example of a user.</param>
    /// <exception cref="InvalidOperationException">The server is no gateway of a cluster.</exception>
    /// <exception cref="MembershipException">The member's rooms could not be read.</exception>
    public static async Task IdentifyAsync(this Socket socket, string member)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentException.ThrowIfNullOrEmpty(member);
        var services = (socket.Namespace.Adapter as ClusterAdapter)?.Gateway.Services
            ?? throw new InvalidOperationException("Members need a cluster: call UseOrleans() on what AddSocketIO() gives.");
        // From here on changes find this socket; what was changed before is in what is read after.
        await socket.JoinAsync(MemberRoom.Of(member)).ConfigureAwait(false);
        var grain = services.GetRequiredService<IGrainFactory>().GetMember(socket.Namespace.Name, member);
        var patience = services.GetRequiredService<GrainPatience>();
        var rooms = await patience.AskAsync(grain.GetRoomsAsync).ConfigureAwait(false);
        await socket.JoinAsync(rooms).ConfigureAwait(false);
        foreach (var left in rooms.Except(await patience.AskAsync(grain.GetRoomsAsync).ConfigureAwait(false)))
        {
            // It was left between the reading and the joining.
            await socket.LeaveAsync(left).ConfigureAwait(false);
        }
    }
}
