// A session that can be recovered: a thin shell around the rules of claims and generations.
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Hosts a <see cref="SessionHost"/> over the silo's storage.</summary>
[GrainType("socketio.session")]
[PreferLocalPlacement]
[Reentrant]
internal sealed class SessionGrain(StateStorage storage, SessionOptions options, TimeProvider time) : Grain, ISessionKeeper
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private SessionHost? _host;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _host = new SessionHost(new SessionMachine(this.GetPrimaryKeyString(), options), storage.OperateAsync, () => time.GetUtcNow() - DateTimeOffset.UnixEpoch);
        this.RegisterGrainTimer(
            _ =>
            {
                _host.Tick();
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions { DueTime = TickInterval, Period = TickInterval, Interleave = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<SessionAnswer> CreateAsync(long claim, long owner, string socketId, string? user) =>
        Answer(await _host!.CreateAsync(claim, new GatewayId(owner), socketId, user));

    /// <inheritdoc/>
    public async Task<SessionAnswer> ClaimAsync(long claim, long owner, string? user) => Answer(await _host!.ClaimAsync(claim, new GatewayId(owner), user));

    /// <inheritdoc/>
    public async Task<SessionAnswer> SaveAsync(ulong generation, long revision, string[] rooms, byte[] data, bool isAway) =>
        Answer(await _host!.SaveAsync(generation, revision, rooms, data, isAway));

    /// <inheritdoc/>
    public async Task<SessionAnswer> EndAsync(ulong generation)
    {
        var answer = Answer(await _host!.EndAsync(generation));
        // Nobody asks for it any more.
        DeactivateOnIdle();
        return answer;
    }

    private static SessionAnswer Answer(SessionOutput.Reply reply) => new((int)reply.Outcome, reply.State?.Write().ToArray());
}
