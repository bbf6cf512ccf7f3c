using Orleans;

namespace SocketIO.Orleans;

/// <summary>A member as rosters see it.</summary>
[Alias("SocketIO.IMemberState")]
internal interface IMemberState : IGrainWithStringKey
{
    /// <summary>Whether it is in a room, seen from its version of that entry or a later one.</summary>
    [Alias("IsIn")]
    Task<bool> IsInAsync(string room, ulong version);
}
