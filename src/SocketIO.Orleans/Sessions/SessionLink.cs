using Orleans;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>A gateway's way to the sessions: their grains.</summary>
/// <param name="grains">The silo's grains.</param>
/// <param name="patience">Waits for those that can't be reached yet.</param>
internal sealed class SessionLink(IGrainFactory grains, GrainPatience patience) : ISessionLink
{
    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> CreateAsync(string privateId, long claim, GatewayId owner, string socketId, string? user) =>
        Read(await Session(privateId).CreateAsync(claim, owner.Value, socketId, user).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> ClaimAsync(string privateId, long claim, GatewayId owner, string? user) =>
        // A claim is known by its number, however often it arrives.
        Read(await patience.AskAsync(() => Session(privateId).ClaimAsync(claim, owner.Value, user)).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> SaveAsync(
        string privateId,
        ulong generation,
        long revision,
        IReadOnlyList<string> rooms,
        ReadOnlyMemory<byte> data,
        bool isAway) =>
        Read(await Session(privateId).SaveAsync(generation, revision, [.. rooms], data.ToArray(), isAway).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> EndAsync(string privateId, ulong generation) =>
        Read(await Session(privateId).EndAsync(generation).ConfigureAwait(false));

    private static SessionOutput.Reply Read(SessionReply reply) =>
        new(0, (SessionOutcome)reply.Outcome, reply.State is null ? null : SessionState.Read(reply.State));

    private ISessionGrain Session(string privateId) => grains.GetGrain<ISessionGrain>(privateId);
}
