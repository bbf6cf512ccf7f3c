using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>Members: who is in a room for good, whether connected or not.</summary>
public sealed class MemberTests : IAsyncLifetime
{
    private OrleansCluster _cluster = new() { NoticesDeathSoon = true };
    private List<Node> _nodes = [];

    private IGrainFactory Grains => _nodes[^1].App.Services.GetRequiredService<IGrainFactory>();

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _cluster.WhenEndedAsync();
    }

    [Fact]
    public async Task Promise4_a_join_that_was_acknowledged_survives_the_end_of_all_silos()
    {
        for (var i = 0; i < 20; i++)
        {
            await Grains.GetRoom("/", "lobby").AddMemberAsync($"user:{i}");
        }

        await Grains.GetRoom("/", "lobby").RemoveMemberAsync("user:7");
        await RestartAsync();
        Assert.Equal(Enumerable.Range(0, 20).Where(static i => i != 7).Select(static i => $"user:{i}").Order(), await ListAsync("lobby"));
        Assert.Equal(["lobby"], await Grains.GetMember("/", "user:3").GetRoomsAsync());
        Assert.Empty(await Grains.GetMember("/", "user:7").GetRoomsAsync());
    }

    [Fact]
    public async Task Who_is_identified_is_in_the_members_rooms_before_the_connection_is_answered()
    {
        await Grains.GetMember("/", "grace").JoinAsync("room1");
        await Grains.GetMember("/", "grace").JoinAsync("room2");
        Identify();
        var client = await _nodes[0].ConnectAsync("/", auth: new { user = "grace" });
        Assert.Equal(new[] { client.Id, MemberRoom.Of("grace"), "room1", "room2" }.Order(), _nodes[0][client].Rooms.Order());
        _nodes[1].Io.To("room2").Emit("news");
        await client.NextAsync("news");
    }

    [Fact]
    public async Task A_members_sockets_go_along_at_all_gateways()
    {
        Identify();
        var first = await _nodes[0].ConnectAsync("/", auth: new { user = "grace" });
        var second = await _nodes[1].ConnectAsync("/", auth: new { user = "grace" });
        var other = await _nodes[1].ConnectAsync("/", auth: new { user = "alan" });
        await Grains.GetRoom("/", "room").AddMemberAsync("grace");
        await Grains.SocketIO().To("room").EmitAsync("in");
        await first.NextAsync("in");
        await second.NextAsync("in");
        await Grains.GetMember("/", "grace").LeaveAsync("room");
        await Grains.SocketIO().To("room").EmitAsync("out");
        await Grains.SocketIO().EmitAsync("end");
        foreach (var client in new[] { first, second, other })
        {
            await client.NextAsync("end");
        }
    }

    [Fact]
    public async Task A_room_lists_its_members_page_by_page_and_those_that_are_offline_too()
    {
        var members = Enumerable.Range(0, 300).Select(static i => $"user:{i}").ToArray();
        await Task.WhenAll(members.Select(member => Grains.GetRoom("/chat", "big").AddMemberAsync(member)));
        Assert.Equal(members.Order(), await ListAsync("big", "/chat", pageSize: 70));
        Assert.Empty(await ListAsync("big", "/other"));
        var audited = await Grains.GetRoom("/chat", "big").AuditAsync(pageSize: 50);
        Assert.All(audited.Members, member => Assert.Contains(member, members));
    }

    [Fact]
    public async Task Bounds_of_members_and_rooms_are_kept_and_say_which()
    {
        _nodes.AddRange(await new OrleansCluster().StartAsync(1, static _ => { }, static options =>
        {
            options.MaxRoomsPerMember = 2;
            options.MaxMembersPerRoom = 2;
            options.MaxRoomNameBytes = 64;
        }));
        var grace = Grains.GetMember("/", "grace");
        await grace.JoinAsync("room1");
        await grace.JoinAsync("room2");
        await AssertFailsAsync(MembershipFailure.TooManyRooms, "MaxRoomsPerMember", () => grace.JoinAsync("room3"));
        await Grains.GetMember("/", "alan").JoinAsync("room1");
        await AssertFailsAsync(MembershipFailure.RoomFull, "MaxMembersPerRoom", () => Grains.GetRoom("/", "room1").AddMemberAsync("edsger"));
        await AssertFailsAsync(MembershipFailure.InvalidName, "MaxRoomNameBytes", () => Grains.GetMember("/", "alan").JoinAsync(new string('x', 100)));
        await AssertFailsAsync(MembershipFailure.InvalidName, "member", () => Grains.GetMember("/", new string('x', 1000)).JoinAsync("room"));
        Assert.Equal(["alan", "grace"], await ListAsync("room1"));
    }

    [Fact]
    public async Task A_join_whose_silo_has_died_between_member_and_room_is_completed_when_the_member_is_asked_for()
    {
        await BreakOffAsync(() => Grains.GetRoom("/", "lobby").AddMemberAsync("grace"), static room => room is { Joined: true });

        Assert.Equal(["lobby"], await Grains.GetMember("/", "grace").GetRoomsAsync());
        await UntilAsync(async () => (await ListAsync("lobby")) is ["grace"]);
    }

    [Fact]
    public async Task A_leave_whose_silo_has_died_between_member_and_room_is_completed_by_an_audit()
    {
        await Grains.GetRoom("/", "lobby").AddMemberAsync("grace");
        await Grains.GetRoom("/", "lobby").AddMemberAsync("alan");
        await BreakOffAsync(() => Grains.GetRoom("/", "lobby").RemoveMemberAsync("grace"), static room => room is { Joined: false });

        await Grains.GetRoom("/", "lobby").AuditAsync();
        await UntilAsync(async () => (await ListAsync("lobby")) is ["alan"]);
    }

    [Fact]
    public async Task While_the_storage_is_out_no_join_is_acknowledged_and_after_it_they_are()
    {
        await Grains.GetMember("/", "grace").JoinAsync("before");
        _cluster.Storage.Outage = new IOException("The storage is out.");
        var joining = Grains.GetMember("/", "grace").JoinAsync("during");
        await Assert.ThrowsAsync<TimeoutException>(() => joining.WaitAsync(TimeSpan.FromSeconds(1)));
        _cluster.Storage.Outage = null;
        await Patience.Within(joining);
        Assert.Equal(["before", "during"], (await Grains.GetMember("/", "grace").GetRoomsAsync()).Order());
        Assert.Equal(["grace"], await ListAsync("during"));
    }

    [Fact]
    public async Task Who_comes_back_after_a_silos_death_is_identified_though_nobody_knows_of_it_yet()
    {
        var id = 0;
        SiloAddress? host;
        do
        {
            var member = Grains.GetMember("/", $"user:{++id}");
            await member.JoinAsync("lobby");
            host = await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(member);
        }
        while (!_nodes[0].App.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.Equals(host));
        Identify();
        _cluster.Kill(_nodes[0]);
        var client = await _nodes[1].ConnectAsync("/", auth: new { user = $"user:{id}" });
        Assert.Contains("lobby", _nodes[1][client].Rooms);
        _nodes.RemoveAt(0);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var end = DateTime.UtcNow.AddSeconds(20); !await condition();)
        {
            Assert.True(DateTime.UtcNow < end, "What was waited for has not happened.");
            await Task.Delay(20);
        }
    }

    private static async Task AssertFailsAsync(MembershipFailure failure, string hint, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<MembershipException>(action);
        Assert.Equal(failure, error.Failure);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    private async Task StartAsync() =>
        _nodes = [.. await _cluster.StartAsync(2, static _ => { })];

    private async Task RestartAsync()
    {
        foreach (var node in _nodes)
        {
            _cluster.Kill(node);
        }

        await _cluster.WhenEndedAsync();
        _cluster = new OrleansCluster { Storage = _cluster.Storage };
        await StartAsync();
    }

    /// <summary>Lets all silos die as soon as a change of grace and the lobby is stored with the member, and before it is with the room.</summary>
    private async Task BreakOffAsync(Func<Task> change, Predicate<Cluster.MemberRoom> isStored)
    {
        _cluster.Storage.IsReadOnly = static key => key.StartsWith("roster", StringComparison.Ordinal);
        var broken = change();
        await Patience.Until(() => _cluster.Storage.Load(StateKey.Member("/", "grace")) is { } state
            && MemberState.Read(state).Rooms.TryGetValue("lobby", out var room) && !room.Confirmed && isStored(room));
        await RestartAsync();
        _cluster.Storage.IsReadOnly = null;
        _ = broken.ContinueWith(static task => task.Exception, TaskScheduler.Default);
    }

    private void Identify()
    {
        foreach (var node in _nodes)
        {
            node.Io.Use(async (socket, next) =>
            {
                await socket.IdentifyAsync(socket.Handshake.Auth.GetProperty("user").GetString()!);
                await next();
            });
        }
    }

    private async Task<IReadOnlyList<string>> ListAsync(string room, string ns = "/", int pageSize = 100)
    {
        var members = new List<string>();
        for (ulong? cursor = 0; cursor is { } at;)
        {
            var page = await Grains.GetRoom(ns, room).GetMembersAsync(at, pageSize);
            Assert.True(page.Members.Length <= pageSize);
            members.AddRange(page.Members);
            cursor = page.Next;
        }

        return [.. members.Order()];
    }
}
