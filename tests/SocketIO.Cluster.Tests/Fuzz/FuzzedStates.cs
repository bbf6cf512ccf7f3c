namespace SocketIO.Cluster.Tests;

/// <summary>Valid states to be mutated.</summary>
internal static class FuzzedStates
{
    public static byte[] Member { get; } = new MemberState
    {
        Version = 300,
        Seen = TimeSpan.FromDays(3),
        Rooms = { ["lobby"] = new MemberRoom(1, Joined: true, Confirmed: false), ["hall"] = new MemberRoom(299, Joined: false, Confirmed: true) },
    }.Write().ToArray();

    /// <summary>A leaf without and one with a body, and a branch.</summary>
    public static byte[][] Heads { get; } =
    [
        new RosterHead { Version = 3, Journal = [RosterEntry.Of("user:1", 1, true), RosterEntry.Of("zoë", 2, false)] }.Write().ToArray(),
        new RosterHead { Version = 9, BodyVersion = 4, BodyCount = 1, Obsolete = 2 }.Write().ToArray(),
        new RosterHead { Version = 3, Generation = 2, Total = 7 }.Write().ToArray(),
    ];

    public static byte[] Body { get; } = RosterBody.Write([RosterEntry.Of("user:1", 1, true), RosterEntry.Of("user:2", 500, true)]).ToArray();

    public static byte[] Session { get; } = new SessionState
    {
        Generation = 1,
        Owner = new GatewayId(1),
        PreviousOwner = new GatewayId(-1),
        Claim = 4,
        SocketId = "id",
        User = "zoë",
        Rooms = ["lobby", ""],
        Data = new byte[] { 1 },
        AwaySince = TimeSpan.FromSeconds(5),
        Seen = TimeSpan.FromSeconds(9),
    }.Write().ToArray();
}
