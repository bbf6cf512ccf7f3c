using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using SocketIO.Cluster;

namespace SocketIO.Orleans;

/// <summary>Hosts a <see cref="RosterHost"/>.</summary>
[GrainType("socketio.room")]
[RandomPlacement]
[Reentrant]
[CollectionAgeLimit(Minutes = 5)]
internal sealed class RoomGrain(StateStore store, IGrainFactory grains, IOptions<SocketIOClusterOptions> options, TimeProvider time) : StateGrain<RosterHost>(time), IRoomGrain, IRoster
{
    private readonly RosterOptions _options = options.Value.ToRosterOptions();

    /// <inheritdoc/>
    public Task AddMemberAsync(string member) => grains.GetMember(Namespace, member).JoinAsync(Name);

    /// <inheritdoc/>
    public Task RemoveMemberAsync(string member) => grains.GetMember(Namespace, member).LeaveAsync(Name);

    /// <inheritdoc/>
    public Task<RoomPage> GetMembersAsync(ulong cursor, int pageSize) => ReadAsync(host => host.ListAsync(cursor, pageSize), pageSize);

    /// <inheritdoc/>
    public Task<RoomPage> AuditAsync(ulong cursor, int pageSize) => ReadAsync(host => host.AuditAsync(cursor, pageSize), pageSize);

    /// <inheritdoc/>
    public async Task<int> ChangeAsync(string member, ulong version, bool isPresent, bool enforces) =>
        (int)await Use().ChangeAsync(new RosterChange(member, version, isPresent, enforces));

    /// <inheritdoc/>
    protected override RosterHost CreateHost(Func<TimeSpan> now) => new(new RosterMachine(Namespace, Name, _options), store, AskAsync, now);

    private async Task<RoomPage> ReadAsync(Func<RosterHost, Task<RosterOutput.Page>> read, int pageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageSize, _options.MaxPageSize);
        var page = await read(Use());
        return page.Complete
            ? new RoomPage([.. page.Members.Select(static member => member.Member)], page.Next)
            : throw new MembershipException(MembershipFailure.Unavailable, $"The members of room '{Name}' could not be read.");
    }

    private Task<bool> AskAsync(string member, ulong version) => grains.GetGrain<IMemberState>(ScopedKey.Write(Namespace, member)).IsInAsync(Name, version);
}
