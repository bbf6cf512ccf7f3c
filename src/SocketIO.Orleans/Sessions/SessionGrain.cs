using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Hosts a <see cref="SessionHost"/>. It has no timer: time passes while somebody waits for an answer. All of its state is stored.</summary>
/// <remarks>Placed anywhere: beside its owner it would die with it, and whoever comes back would have to wait until the owner is known to be dead.</remarks>
[GrainType("socketio.session")]
[RandomPlacement]
[Reentrant]
[CollectionAgeLimit(Minutes = 2)]
internal sealed class SessionGrain : Grain, ISessionGrain
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly SessionExpiry _expiry;
    private readonly SessionHost _host;

    public SessionGrain(StateStore store, SessionOptions options, SessionExpiry expiry, TimeProvider time)
    {
        _time = time;
        _expiry = expiry;
        _host = new SessionHost(new SessionMachine(this.GetPrimaryKeyString(), options), store, () => time.GetUtcNow() - DateTimeOffset.UnixEpoch);
    }

    /// <inheritdoc/>
    public Task<SessionReply> CreateAsync(long claim, long owner, string socketId, string? user) =>
        AnswerAsync(_host.CreateAsync(claim, new GatewayId(owner), socketId, user));

    /// <inheritdoc/>
    public Task<SessionReply> ClaimAsync(long claim, long owner, string? user) => AnswerAsync(_host.ClaimAsync(claim, new GatewayId(owner), user));

    /// <inheritdoc/>
    public async Task<SessionReply> SaveAsync(ulong generation, long revision, string[] rooms, byte[] data, bool isAway)
    {
        var answer = await AnswerAsync(_host.SaveAsync(generation, revision, rooms, data, isAway));
        if (isAway)
        {
            _expiry.Add(this.GetPrimaryKeyString());
        }

        return answer;
    }

    /// <inheritdoc/>
    public async Task<SessionReply> EndAsync(ulong generation)
    {
        var answer = await AnswerAsync(_host.EndAsync(generation));
        // Nobody asks for it any more.
        _expiry.Add(this.GetPrimaryKeyString());
        DeactivateOnIdle();
        return answer;
    }

    /// <inheritdoc/>
    public async Task ExpireAsync()
    {
        await AnswerAsync(_host.ExpireAsync());
        DeactivateOnIdle();
    }

    private async Task<SessionReply> AnswerAsync(Task<SessionOutput.Reply> answer)
    {
        while (!answer.IsCompleted)
        {
            await ((Task)answer).WaitAsync(TickInterval, _time).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            _host.Tick();
        }

        var reply = await answer;
        return new SessionReply((int)reply.Outcome, reply.State?.Write().ToArray());
    }
}
