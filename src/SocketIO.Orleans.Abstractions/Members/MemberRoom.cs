namespace SocketIO.Orleans;

/// <summary>The room that all sockets of a member are in: what is sent to it reaches the member on all its devices.</summary>
public static class MemberRoom
{
    private const string Prefix = "member/";

    /// <summary>The room's name.</summary>
    /// <param name="member">The member's id.</param>
    public static string Of(string member)
    {
        ArgumentNullException.ThrowIfNull(member);
        return Prefix + member;
    }
}
