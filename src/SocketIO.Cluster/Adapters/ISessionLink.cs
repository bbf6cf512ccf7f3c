namespace SocketIO.Cluster;

/// <summary>
/// A gateway's way to the sessions that clients may come back to. Each call reaches a <see cref="SessionHost"/>; one that fails may have taken effect.
/// </summary>
internal interface ISessionLink
{
    /// <inheritdoc cref="SessionMachine.Create"/>
    Task<SessionOutput.Reply> CreateAsync(string privateId, long claim, GatewayId owner, string socketId, string? user);

    /// <inheritdoc cref="SessionMachine.Claim"/>
    Task<SessionOutput.Reply> ClaimAsync(string privateId, long claim, GatewayId owner, string? user);

    /// <inheritdoc cref="SessionMachine.Save"/>
    Task<SessionOutput.Reply> SaveAsync(string privateId, ulong generation, long revision, IReadOnlyList<string> rooms, ReadOnlyMemory<byte> data, bool isAway);

    /// <inheritdoc cref="SessionMachine.End"/>
    Task<SessionOutput.Reply> EndAsync(string privateId, ulong generation);
}
