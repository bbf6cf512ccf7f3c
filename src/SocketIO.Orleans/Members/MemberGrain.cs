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
    MemberMetrics metrics,
    TimeProvider time,
    ILogger<MemberGrain> logger) : StateGrain<MemberHost>(time), IMemberGrain, IMemberState
{
    private readonly MemberOptions _options = options.Value.ToMemberOptions();

    /// <inheritdoc/>
    public Task JoinAsync(string room) => ChangeAsync(room, joins: true);

    /// <inheritdoc/>
    public Task LeaveAsync(string room) => ChangeAsync(room, joins: false);

    /// <inheritdoc/>
    public async Task<string[]> GetRoomsAsync()
    {
        try
        {
            return await Use().TouchAsync().WaitAsync(_options.RequestTimeout, Time);
        }
        catch (Exception e) when (e is TimeoutException or StateFormatException)
        {
            throw Unavailable($"The rooms of member '{Name}' could not be read: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsInAsync(string room, ulong version) =>
        await Use().AskAsync(room, version) ?? throw Unavailable($"Whether member '{Name}' is in room '{room}' is not known.");

    /// <inheritdoc/>
    protected override MemberHost CreateHost(Func<TimeSpan> now) => new(new MemberMachine(Namespace, Name, _options), store, AnnounceAsync, now);

    private MembershipException Unavailable(string message) => Refuse(MembershipFailure.Unavailable, message);

    private MembershipException Refuse(MembershipFailure failure, string message)
    {
        metrics.Refused(failure);
        return new MembershipException(failure, message);
    }

    private async Task ChangeAsync(string room, bool joins)
    {
        ArgumentNullException.ThrowIfNull(room);
        if (!StateKey.IsValidName(Name, MemberOptions.MaxMemberIdBytes))
        {
            throw Refuse(
                MembershipFailure.InvalidName, $"The id of a member has to be valid UTF-16, and no longer than {MemberOptions.MaxMemberIdBytes} bytes of UTF-8.");
        }

        var outcome = await (joins ? Use().JoinAsync(room) : Use().LeaveAsync(room));
        if (outcome != MemberOutcome.Done)
        {
            throw outcome switch
            {
                MemberOutcome.TooManyRooms => Refuse(
                    MembershipFailure.TooManyRooms, $"Member '{Name}' is in {_options.MaxRoomsPerMember} rooms, the most that {nameof(SocketIOClusterOptions.MaxRoomsPerMember)} allows."),
                MemberOutcome.RoomFull => Refuse(
                    MembershipFailure.RoomFull, $"Room '{room}' has as many members as {nameof(SocketIOClusterOptions.MaxMembersPerRoom)} allows."),
                MemberOutcome.InvalidName => Refuse(
                    MembershipFailure.InvalidName, $"The name of a room has to be valid UTF-16, not empty, and no longer than {_options.MaxRoomNameBytes} bytes of UTF-8 ({nameof(SocketIOClusterOptions.MaxRoomNameBytes)})."),
                _ => Unavailable($"Member '{Name}' may have changed room '{room}' or not: the storage has not answered in time, or what it has can't be read."),
            };
        }

        await MoveSocketsAsync(room, joins);
    }

    private async Task MoveSocketsAsync(string room, bool joins)
    {
        try
        {
            await emitter.ChangeRoomsAsync(
                Namespace,
                joins ? RelayItemKind.AddSockets : RelayItemKind.DeleteSockets,
                new Audience { Rooms = [MemberRoom.Of(Name)] },
                [room]);
        }
        catch (Exception e) when (e is AckTimeoutException or ClusterUnavailableException)
        {
            throw Unavailable($"The change of member '{Name}' is stored, but not all gateways have moved its sockets in time.");
        }
    }

    private async Task<RosterOutcome> AnnounceAsync(string room, RosterChange change)
    {
        try
        {
            // Not in this grain's context, where its own factory would be at hand.
            var roster = grains.GetGrain<IRoster>(ScopedKey.Write(Namespace, room));
            return (RosterOutcome)await roster.ChangeAsync(change.Member, change.Version, change.Present, change.Enforce);
        }
        catch (Exception e)
        {
            Log.RosterNotTold(logger, e, room, Namespace);
            return RosterOutcome.Unavailable;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(77, LogLevel.Warning, "A member's change could not be told to the roster of room {Room} in namespace {Namespace}; it will be told again")]
        public static partial void RosterNotTold(ILogger logger, Exception exception, string room, string @namespace);
    }
}
