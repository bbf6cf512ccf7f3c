using Orleans;

namespace SocketIO.Orleans;

/// <summary>A room's roster as members see it.</summary>
[Alias("SocketIO.IRoster")]
internal interface IRoster : IGrainWithStringKey
{
    /// <summary>Takes a member's change.</summary>
    /// <returns>The number of a <see cref="SocketIO.Cluster.RosterOutcome"/>.</returns>
    [Alias("Change")]
    Task<int> ChangeAsync(string member, ulong version, bool isPresent, bool enforces);
}
