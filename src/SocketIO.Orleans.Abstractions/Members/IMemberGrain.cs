using Orleans;

namespace SocketIO.Orleans;

/// <summary>
/// A member, an identified user, of a namespace, with the rooms that outlive any of its sockets. Get one by <c>grainFactory.GetMember("/chat", "user:42")</c>.
/// </summary>
[Alias("SocketIO.IMemberGrain")]
public interface IMemberGrain : IGrainWithStringKey
{
    /// <summary>
    /// The member joins a room for good, and its sockets with it. When it completes, that is stored with the member and in the room's roster: it survives the
    /// end of all silos.
    /// </summary>
    /// <param name="room">The room.</param>
    /// <exception cref="MembershipException">It has not joined, or it is not known whether it has.</exception>
    [Alias("Join")]
    Task JoinAsync(string room);

    /// <summary>The member leaves a room for good, and its sockets with it.</summary>
    /// <param name="room">The room.</param>
    /// <exception cref="MembershipException">It is not known whether it has left.</exception>
    [Alias("Leave")]
    Task LeaveAsync(string room);

    /// <summary>The rooms that the member is in. A member that nobody asks for so, and that no socket is identified as, is forgotten after its lifetime.</summary>
    /// <exception cref="MembershipException">They could not be read.</exception>
    [Alias("GetRooms")]
    Task<string[]> GetRoomsAsync();
}
