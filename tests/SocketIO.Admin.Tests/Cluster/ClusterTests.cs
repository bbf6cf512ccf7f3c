using System.Text.RegularExpressions;
using SocketIO.Server;

namespace SocketIO.Admin.Tests;

/// <summary>A dashboard at one server of two.</summary>
public sealed partial class ClusterTests
{
    private readonly PairAdapter.Hub _hub = new();

    [Fact]
    public async Task A_dashboard_sees_the_sockets_of_all_servers_and_what_happens_to_them()
    {
        await using var one = await StartAsync("one");
        await using var two = await StartAsync("two");
        var (here, there) = (await one.ConnectAsync(), await two.ConnectAsync());
        two[there].Data["bytes"] = new byte[] { 1, 2 };

        var dashboard = await one.ConnectAsync("/admin");
        var list = await dashboard.UntilAsync("all_sockets");

        var sockets = list.Args[0].EnumerateArray().ToDictionary(static socket => socket.GetProperty("id").GetString()!);
        Assert.Equal(new[] { here.Id, there.Id, dashboard.Id }.Order(), sockets.Keys.Order());
        Assert.Equal([1, 2], list.Attachments[sockets[there.Id].GetProperty("data").GetProperty("bytes").GetProperty("num").GetInt32()]);
        await there.EmitAsync("hello");
        Assert.Equal(there.Id, (await dashboard.UntilAsync("event_received")).Text(1));
        await dashboard.EmitAsync("join", "/", "room1", there.Id);
        Assert.Equal(there.Id, (await dashboard.UntilAsync("room_joined", static joined => joined.Text(1) == "room1")).Text(2));
    }

    [Fact]
    public async Task Servers_look_as_long_as_a_dashboard_is_at_another()
    {
        var time = new ManualTimeProvider();
        await using var one = await StartAsync("one", time: time);
        await using var two = await StartAsync("two", time: time);
        var client = await two.ConnectAsync();
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Empty(two[client].ListenersAny);

        var dashboard = await one.ConnectDashboardAsync();
        Assert.Single(two[client].ListenersAny);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Single(two[client].ListenersAny);
        Assert.Equal(new HashSet<string> { "one", "two" }, new HashSet<string> { await NextServerAsync("one"), await NextServerAsync("two") });
        await dashboard.LeaveAsync();
        await Patience.Until(() => one.Io.Of("/admin").Sockets.Count == 0);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Empty(two[client].ListenersAny);

        async Task<string> NextServerAsync(string server) =>
            (await dashboard.UntilAsync("server_stats", stats => stats.Args[0].GetProperty("serverId").GetString() == server)).Args[0].GetProperty("serverId").GetString()!;
    }

    [Fact]
    public async Task A_session_of_one_server_is_good_at_another_one_that_started_later_included()
    {
        await using var one = await StartAsync("one", AddPassword);
        await using var two = await StartAsync("two", AddPassword);
        var session = (await (await one.ConnectAsync("/admin", AdminNode.Credentials)).UntilAsync("session")).Text(0);
        await using var three = await StartAsync("three", AddPassword);

        await (await three.ConnectAsync("/admin", new { sessionId = session })).UntilAsync("config");
        _hub.IsSilent = true;
        await (await two.ConnectAsync("/admin", new { sessionId = session })).UntilAsync("config");
        await Assert.ThrowsAsync<TestRefusedException>(() => three.ConnectAsync("/admin", new { sessionId = session }));
    }

    [Fact]
    public async Task A_session_is_not_good_any_more_where_the_password_is_another()
    {
        await using var one = await StartAsync("one", AddPassword);
        await using var two = await StartAsync("two", static admin =>
        {
            AddPassword(admin);
            admin.PasswordHash = BCrypt.Net.BCrypt.HashPassword("changed", 4);
        });
        var session = (await (await one.ConnectAsync("/admin", AdminNode.Credentials)).UntilAsync("session")).Text(0);

        await Assert.ThrowsAsync<TestRefusedException>(() => two.ConnectAsync("/admin", new { sessionId = session }));
    }

    [Fact]
    public async Task A_command_for_a_dynamic_namespace_that_only_another_server_has_is_done_there()
    {
        await using var one = await StartAsync("one", map: static io => io.Of(TenantName()));
        await using var two = await StartAsync("two", map: static io => io.Of(TenantName()));
        var client = await two.ConnectAsync("/tenant-7");
        var dashboard = await one.ConnectDashboardAsync();

        await dashboard.EmitAsync("join", "/tenant-7", "room1", null);
        await dashboard.EmitAsync("emit", "/tenant-7", "room1", "hello", 1, new byte[] { 9 });

        var received = await client.NextAsync("hello");
        Assert.Equal(1, received.Int(0));
        Assert.Equal([9], received.Bytes(1));
        Assert.DoesNotContain("/tenant-7", one.Io.Namespaces.Keys);
        await dashboard.EmitAsync("_disconnect", "/tenant-7", true, null);
        await client.Client.Closed;
    }

    [Fact]
    public async Task A_server_that_does_not_answer_hides_no_others()
    {
        _hub.IsSilent = true;
        await using var one = await StartAsync("one");
        await using var two = await StartAsync("two");
        var here = await one.ConnectAsync();

        var list = await (await one.ConnectAsync("/admin")).UntilAsync("all_sockets");

        Assert.Contains(list.Args[0].EnumerateArray(), socket => socket.GetProperty("id").GetString() == here.Id);
    }

    private static void AddPassword(AdminOptions admin) => (admin.AllowAnonymous, admin.Username, admin.PasswordHash) = (false, AdminNode.Username, AdminNode.Hash);

    private Task<Node> StartAsync(string name, Action<AdminOptions>? configure = null, Action<SocketIOServer>? map = null, TimeProvider? time = null) => AdminNode.StartAsync(
        admin =>
        {
            admin.ServerId = name;
            configure?.Invoke(admin);
        },
        map,
        time,
        options => options.Adapter = ns => new PairAdapter(ns, _hub));

    [GeneratedRegex(@"^/tenant-\d+$")]
    private static partial Regex TenantName();
}
