using Orleans;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>A gateway's way to the session grains.</summary>
internal sealed class SessionLink(IGrainFactory grains) : ISessionLink
{
    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> CreateAsync(string privateId, long claim, GatewayId owner, string socketId, string? user) =>
        Read(await Keeper(privateId).CreateAsync(claim, owner.Value, socketId, user).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> ClaimAsync(string privateId, long claim, GatewayId owner, string? user) =>
        Read(await Keeper(privateId).ClaimAsync(claim, owner.Value, user).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> SaveAsync(string privateId, ulong generation, long revision, IReadOnlyList<string> rooms, ReadOnlyMemory<byte> data, bool isAway) =>
        Read(await Keeper(privateId).SaveAsync(generation, revision, [.. rooms], data.ToArray(), isAway).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> EndAsync(string privateId, ulong generation) =>
        Read(await Keeper(privateId).EndAsync(generation).ConfigureAwait(false));

    private static SessionOutput.Reply Read(SessionAnswer answer) =>
        new(0, (SessionOutcome)answer.Outcome, answer.State is { } state ? SessionState.Read(state) : null);

    private ISessionKeeper Keeper(string privateId) => grains.GetGrain<ISessionKeeper>(privateId);
}
