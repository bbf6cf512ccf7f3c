using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>Hosts a <see cref="MemberHost"/>: a thin shell that carries its messages to rosters and storage, and takes the member's sockets along.</summary>
[GrainType("socketio.member")]
[RandomPlacement]
[Reentrant]
[CollectionAgeLimit(Minutes = 5)]
internal sealed partial class MemberGrain(
    StateStore store,
    OutsideEmitter emitter,
    IGrainFactory grains,
    IOptions<SocketIOClusterOptions> options,
    TimeProvider time,
    ILogger<MemberGrain> logger) : TickingGrain, IMemberGrain, IMemberState
{
    private readonly MemberOptions _options = options.Value.ToMemberOptions();
    private MemberHost? _host;
    private string _namespace = "";
    private string _member = "";

    /// <inheritdoc/>
    protected override bool IsBusy => _host!.IsBusy;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_namespace, _member) = ScopedKey.Read(this.GetPrimaryKeyString());
        _host = new MemberHost(new MemberMachine(_namespace, _member, _options), store.OperateAsync, AnnounceAsync, () => time.GetUtcNow() - DateTimeOffset.UnixEpoch);
        KeepTicking();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task JoinAsync(string room) => ChangeAsync(room, joins: true);

    /// <inheritdoc/>
    public Task LeaveAsync(string room) => ChangeAsync(room, joins: false);

    /// <inheritdoc/>
    public async Task<string[]> GetRoomsAsync()
    {
        KeepTicking();
        try
        {
            return await _host!.TouchAsync().WaitAsync(_options.RequestTimeout, time);
        }
        catch (TimeoutException)
        {
            throw Unavailable($"The rooms of member '{_member}' could not be read in time.");
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsInAsync(string room, ulong version)
    {
        KeepTicking();
        return await _host!.AskAsync(room, version) ?? throw Unavailable($"Whether member '{_member}' is in room '{room}' is not known.");
    }

    /// <inheritdoc/>
    protected override void Tick() => _host!.Tick();

    private static MembershipException Unavailable(string message) => new(MembershipFailure.Unavailable, message);

    private async Task ChangeAsync(string room, bool joins)
    {
        ArgumentNullException.ThrowIfNull(room);
        if (!StateKey.IsValidName(_member, MemberOptions.MaxMemberIdBytes))
        {
            throw new MembershipException(
                MembershipFailure.InvalidName, $"The id of a member has to be valid UTF-16, and no longer than {MemberOptions.MaxMemberIdBytes} bytes of UTF-8.");
        }

        KeepTicking();
        var outcome = await (joins ? _host!.JoinAsync(room) : _host!.LeaveAsync(room));
        if (outcome != MemberOutcome.Done)
        {
            throw outcome switch
            {
                MemberOutcome.TooManyRooms => new MembershipException(
                    MembershipFailure.TooManyRooms, $"Member '{_member}' is in {_options.MaxRoomsPerMember} rooms, the most that {nameof(SocketIOClusterOptions.MaxRoomsPerMember)} allows."),
                MemberOutcome.RoomFull => new MembershipException(
                    MembershipFailure.RoomFull, $"Room '{room}' has as many members as {nameof(SocketIOClusterOptions.MaxMembersPerRoom)} allows."),
                MemberOutcome.InvalidName => new MembershipException(
                    MembershipFailure.InvalidName, $"The name of a room has to be valid UTF-16, not empty, and no longer than {_options.MaxRoomNameBytes} bytes of UTF-8 ({nameof(SocketIOClusterOptions.MaxRoomNameBytes)})."),
                _ => Unavailable($"Member '{_member}' may have changed room '{room}' or not: the storage has not answered in time."),
            };
        }

        await MoveSocketsAsync(room, joins);
    }

    private async Task MoveSocketsAsync(string room, bool joins)
    {
        try
        {
            await emitter.ChangeRoomsAsync(
                _namespace,
                joins ? RelayItemKind.AddSockets : RelayItemKind.DeleteSockets,
                new Audience { Rooms = [MemberRoom.Of(_member)] },
                [room]);
        }
        catch (Exception e) when (e is AckTimeoutException or ClusterUnavailableException)
        {
            throw Unavailable($"The change of member '{_member}' is stored, but not all gateways have moved its sockets in time.");
        }
    }

    private async Task<RosterOutcome> AnnounceAsync(string room, RosterChange change)
    {
        try
        {
            // Not in this grain's context, where its own factory would be at hand.
            var roster = grains.GetGrain<IRoster>(ScopedKey.Write(_namespace, room));
            return (RosterOutcome)await roster.ChangeAsync(change.Member, change.Version, change.Present, change.Enforce);
        }
        catch (Exception e)
        {
            Log.RosterNotTold(logger, e, room, _namespace);
            return RosterOutcome.Unavailable;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(77, LogLevel.Warning, "A member's change could not be told to the roster of room {Room} in namespace {Namespace}; it will be told again")]
        public static partial void RosterNotTold(ILogger logger, Exception exception, string room, string @namespace);
    }
}
