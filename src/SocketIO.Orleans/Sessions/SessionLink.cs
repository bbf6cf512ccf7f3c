using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>A gateway's way to the sessions: their grains.</summary>
/// <param name="grains">The silo's grains.</param>
/// <param name="options">How long to try.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionLink(IGrainFactory grains, IOptions<SocketIOClusterOptions> options, TimeProvider time) : ISessionLink
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> CreateAsync(string privateId, long claim, GatewayId owner, string socketId, string? user) =>
        Read(await Session(privateId).CreateAsync(claim, owner.Value, socketId, user).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<SessionOutput.Reply> ClaimAsync(string privateId, long claim, GatewayId owner, string? user)
    {
        for (var start = time.GetTimestamp(); ;)
        {
            try
            {
                return Read(await Session(privateId).ClaimAsync(claim, owner.Value, user).ConfigureAwait(false));
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && time.GetElapsedTime(start) < options.Value.ReturnTimeout)
            {
                // Its grain was on a silo that has died with the connection, and the others do not know yet. A claim is known by its number.
                await Task.Delay(PauseAfterFailure, time).ConfigureAwait(false);
            }
        }
    }

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
