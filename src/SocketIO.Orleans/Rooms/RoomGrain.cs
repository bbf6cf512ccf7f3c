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
internal sealed class RoomGrain(StateStore store, IGrainFactory grains, IOptions<SocketIOClusterOptions> options, TimeProvider time) : TickingGrain, IRoomGrain, IRoster
{
    private readonly RosterOptions _options = options.Value.ToRosterOptions();
    private RosterHost? _host;
    private string _namespace = "";
    private string _room = "";

    /// <inheritdoc/>
    protected override bool IsBusy => _host!.IsBusy;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_namespace, _room) = ScopedKey.Read(this.GetPrimaryKeyString());
        _host = new RosterHost(new RosterMachine(_namespace, _room, _options), store.OperateAsync, AskAsync, () => time.GetUtcNow() - DateTimeOffset.UnixEpoch);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task AddMemberAsync(string member) => grains.GetMember(_namespace, member).JoinAsync(_room);

    /// <inheritdoc/>
    public Task RemoveMemberAsync(string member) => grains.GetMember(_namespace, member).LeaveAsync(_room);

    /// <inheritdoc/>
    public Task<RoomPage> GetMembersAsync(ulong cursor, int pageSize) => ReadAsync(() => _host!.ListAsync(cursor, pageSize), pageSize);

    /// <inheritdoc/>
    public Task<RoomPage> AuditAsync(ulong cursor, int pageSize) => ReadAsync(() => _host!.AuditAsync(cursor, pageSize), pageSize);

    /// <inheritdoc/>
    public async Task<int> ChangeAsync(string member, ulong version, bool isPresent, bool enforces)
    {
        KeepTicking();
        return (int)await _host!.ChangeAsync(new RosterChange(member, version, isPresent, enforces));
    }

    /// <inheritdoc/>
    protected override void Tick() => _host!.Tick();

    private async Task<RoomPage> ReadAsync(Func<Task<RosterOutput.Page>> read, int pageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageSize, _options.MaxPageSize);
        KeepTicking();
        var page = await read();
        return page.Complete
            ? new RoomPage([.. page.Members.Select(static member => member.Member)], page.Next)
            : throw new MembershipException(MembershipFailure.Unavailable, $"The members of room '{_room}' could not be read.");
    }

    private Task<bool> AskAsync(string member, ulong version) => grains.GetGrain<IMemberState>(ScopedKey.Write(_namespace, member)).IsInAsync(_room, version);
}
