using Orleans;

namespace SocketIO.Orleans;

/// <summary>
/// The durable members of a room: who is in it, whether connected or not. Get one by <c>grainFactory.GetRoom("/chat", "lobby")</c>. Plain sockets that have
/// joined the room are not listed here, but by <see cref="NamespaceOperator.FetchSocketsAsync"/>.
/// </summary>
[Alias("SocketIO.IRoomGrain")]
public interface IRoomGrain : IGrainWithStringKey
{
    /// <summary>A member joins the room for good: the same as its own <see cref="IMemberGrain.JoinAsync"/>.</summary>
    /// <param name="member">The member's id.</param>
    /// <exception cref="MembershipException">It has not joined, or it is not known whether it has.</exception>
    [Alias("AddMember")]
    Task AddMemberAsync(string member);

    /// <summary>A member leaves the room for good: the same as its own <see cref="IMemberGrain.LeaveAsync"/>.</summary>
    /// <param name="member">The member's id.</param>
    /// <exception cref="MembershipException">It is not known whether it has left.</exception>
    [Alias("RemoveMember")]
    Task RemoveMemberAsync(string member);

    /// <summary>
    /// A page of the members, in no particular order. Who is a member during the whole listing is in exactly one page, whatever changes meanwhile.
    /// </summary>
    /// <param name="cursor">Where to go on: a page's <see cref="RoomPage.Next"/>; 0 begins.</param>
    /// <param name="pageSize">The most members of the page, from 1 to 1000; it may have fewer, or none, and still name a next one.</param>
    /// <exception cref="MembershipException">They could not be read.</exception>
    [Alias("GetMembers")]
    Task<RoomPage> GetMembersAsync(ulong cursor = 0, int pageSize = 100);

    /// <summary>The same, and each member of the page is asked whether it is in the room; who is not disappears from the room some time later.</summary>
    /// <param name="cursor">Where to go on.</param>
    /// <param name="pageSize">The most members of the page.</param>
    /// <exception cref="MembershipException">They could not be read.</exception>
    [Alias("Audit")]
    Task<RoomPage> AuditAsync(ulong cursor = 0, int pageSize = 100);
}

/// <summary>A part of a room's members.</summary>
/// <param name="Members">Their ids.</param>
/// <param name="Next">Where the next page begins; <see langword="null"/>: this is the last one.</param>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.RoomPage")]
public sealed record RoomPage([property: Id(0)] string[] Members, [property: Id(1)] ulong? Next);
