using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SocketIO.Server;

namespace SocketIO.Admin.Tests;

/// <summary>What a dashboard is told.</summary>
public sealed partial class DashboardTests
{
    [Theory]
    [InlineData("/admin")]
    [InlineData("/custom")]
    public async Task The_namespace_has_the_name_that_it_is_given(string name)
    {
        await using var node = await AdminNode.StartAsync(admin => admin.Namespace = name);

        await (await node.ConnectAsync(name)).UntilAsync("config");
        Assert.Equal(["/", name], node.Io.Namespaces.Keys.Order());
    }

    [Theory]
    [InlineData(AdminMode.Development, false, "EMIT JOIN LEAVE DISCONNECT MJOIN MLEAVE MDISCONNECT AGGREGATED_EVENTS ALL_EVENTS")]
    [InlineData(AdminMode.Development, true, "AGGREGATED_EVENTS ALL_EVENTS")]
    [InlineData(AdminMode.Production, false, "EMIT JOIN LEAVE DISCONNECT MJOIN MLEAVE MDISCONNECT AGGREGATED_EVENTS")]
    [InlineData(AdminMode.Production, true, "AGGREGATED_EVENTS")]
    public async Task The_dashboard_is_told_what_it_may_do(AdminMode mode, bool isReadOnly, string features)
    {
        await using var node = await AdminNode.StartAsync(admin => (admin.Mode, admin.ReadOnly) = (mode, isReadOnly));

        var config = await (await node.ConnectAsync("/admin")).UntilAsync("config");

        Assert.Equal(features.Split(' '), config.Args[0].GetProperty("supportedFeatures").Texts());
    }

    [Fact]
    public async Task A_dashboard_that_connects_gets_all_sockets_of_all_namespaces()
    {
        await using var node = await AdminNode.StartAsync(map: static io =>
        {
            io.OnConnection(async socket =>
            {
                socket.Data["name"] = "ada";
                socket.Data["bytes"] = new byte[] { 1, 2, 3 };
                await socket.JoinAsync("room1");
            });
            io.Of("/dynamic");
        });
        var main = await node.ConnectAsync(auth: new { token = "secret" }, query: "&who=ada");
        var other = await node.ConnectAsync("/dynamic");
        await Patience.Until(() => node[main].Rooms.Count == 2);

        var dashboard = await node.ConnectAsync("/admin");
        var list = await dashboard.UntilAsync("all_sockets");

        var sockets = list.Args[0].EnumerateArray().ToDictionary(static socket => socket.GetProperty("id").GetString()!);
        Assert.Equal(new[] { main.Id, other.Id, dashboard.Id }.Order(), sockets.Keys.Order());
        var shown = sockets[main.Id];
        Assert.Equal(["id", "clientId", "transport", "nsp", "data", "handshake", "rooms"], shown.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(main.Client.Open.GetProperty("sid").GetString()![..12], shown.GetProperty("clientId").GetString());
        Assert.Equal("websocket", shown.GetProperty("transport").GetString());
        Assert.Equal("/", shown.GetProperty("nsp").GetString());
        Assert.Equal("ada", shown.GetProperty("data").GetProperty("name").GetString());
        Assert.Equal([1, 2, 3], list.Attachments[shown.GetProperty("data").GetProperty("bytes").GetProperty("num").GetInt32()]);
        Assert.Equal(new[] { main.Id, "room1" }.Order(), shown.GetProperty("rooms").Texts().Order());
        var handshake = shown.GetProperty("handshake");
        Assert.Equal(["address", "headers", "query", "issued", "secure", "time", "url", "xdomain"], handshake.EnumerateObject().Select(static property => property.Name));
        Assert.Equal("127.0.0.1", handshake.GetProperty("address").GetString());
        Assert.Equal("ada", handshake.GetProperty("query").GetProperty("who").GetString());
        Assert.True(handshake.GetProperty("headers").TryGetProperty("host", out _));
        Assert.False(handshake.GetProperty("secure").GetBoolean());
        Assert.Equal("/dynamic", sockets[other.Id].GetProperty("nsp").GetString());
    }

    [Fact]
    public async Task What_a_client_could_be_impersonated_with_is_not_shown()
    {
        await using var node = await AdminNode.StartAsync();
        await using var client = await TestClient.OpenAsync(node.Address, configure: static options =>
        {
            options.SetRequestHeader("Cookie", "session=secret");
            options.SetRequestHeader("Authorization", "Bearer secret");
            options.SetRequestHeader("X-Forwarded-For", "203.0.113.7");
        });
        await client.JoinAsync(auth: new { token = "secret" });

        var list = await (await node.ConnectAsync("/admin")).UntilAsync("all_sockets");

        var handshake = list.Args[0].EnumerateArray().Single(static socket => socket.GetProperty("nsp").GetString() == "/").GetProperty("handshake");
        Assert.Equal("…", handshake.GetProperty("headers").GetProperty("cookie").GetString());
        Assert.Equal("…", handshake.GetProperty("headers").GetProperty("authorization").GetString());
        Assert.Equal("203.0.113.7", handshake.GetProperty("address").GetString());
        Assert.DoesNotContain("secret", list.Args[0].GetRawText());
    }

    [Fact]
    public async Task A_socket_that_comes_joins_leaves_and_goes_is_told_of_with_the_time()
    {
        await using var node = await AdminNode.StartAsync();
        var dashboard = await node.ConnectDashboardAsync();

        var client = await node.ConnectAsync();
        var connected = await dashboard.UntilAsync("socket_connected", connected => connected.Args[0].GetProperty("id").GetString() == client.Id);
        Assert.Equal([client.Id], connected.Args[0].GetProperty("rooms").Texts());
        AssertIsTime(connected.Args[1]);
        await node[client].JoinAsync("room1");
        AssertTexts(await dashboard.UntilAsync("room_joined", static joined => joined.Text(1) == "room1"), "/", "room1", client.Id);
        await node[client].LeaveAsync("room1");
        AssertTexts(await dashboard.UntilAsync("room_left"), "/", "room1", client.Id);
        await client.LeaveAsync();
        AssertTexts(await dashboard.UntilAsync("socket_disconnected"), "/", client.Id, "client namespace disconnect");
    }

    [Fact]
    public async Task The_dashboard_hears_of_a_socket_before_the_application_changes_it()
    {
        await using var node = await AdminNode.StartAsync(map: static io => io.OnConnection(static async socket => await socket.JoinAsync("early")));
        var dashboard = await node.ConnectDashboardAsync();

        var client = await node.ConnectAsync();

        var connected = await dashboard.UntilAsync("socket_connected", connected => connected.Args[0].GetProperty("id").GetString() == client.Id);
        Assert.Equal([client.Id], connected.Args[0].GetProperty("rooms").Texts());
        await dashboard.UntilAsync("room_joined", static joined => joined.Text(1) == "early");
    }

    [Fact]
    public async Task Changes_of_a_sockets_data_are_told()
    {
        await using var node = await AdminNode.StartAsync();
        var dashboard = await node.ConnectDashboardAsync();
        var client = await node.ConnectAsync();
        await dashboard.UntilAsync("socket_connected");

        node[client].Data["count"] = 1;
        Assert.Equal("""{"count":1}""", await NextDataAsync());
        node[client].Data["count"] = 2;
        Assert.Equal("""{"count":2}""", await NextDataAsync());
        node[client].Data["nested"] = new { array = new[] { 1, 2 }, name = "ada" };
        Assert.Equal("""{"count":2,"nested":{"array":[1,2],"name":"ada"}}""", await NextDataAsync(sorted: true));
        node[client].Data.Remove("count");
        Assert.Equal("""{"nested":{"array":[1,2],"name":"ada"}}""", await NextDataAsync());
        node[client].Data["circle"] = new Circle();
        Assert.Contains("can't be serialized", await NextDataAsync());

        async Task<string> NextDataAsync(bool sorted = false)
        {
            var updated = await dashboard.UntilAsync("socket_updated");
            Assert.Equal((client.Id, "/"), (updated.Args[0].GetProperty("id").GetString(), updated.Args[0].GetProperty("nsp").GetString()));
            var data = updated.Args[0].GetProperty("data");
            return sorted ? "{" + string.Join(',', data.EnumerateObject().OrderBy(static value => value.Name).Select(static value => $"\"{value.Name}\":{value.Value.GetRawText()}")) + "}" : data.GetRawText();
        }
    }

    [Fact]
    public async Task A_connection_that_is_upgraded_is_told_of()
    {
        await using var node = await AdminNode.StartAsync();
        var dashboard = await node.ConnectDashboardAsync();
        using var http = node.CreateHttpClient();
        var open = await http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        var session = JsonElement.Parse(open[1..]).GetProperty("sid").GetString()!;
        using var connect = await http.PostAsync($"/socket.io/?EIO=4&transport=polling&sid={session}", new StringContent("40"));
        var connected = await dashboard.UntilAsync("socket_connected", static connected => connected.Args[0].GetProperty("nsp").GetString() == "/");
        Assert.Equal("polling", connected.Args[0].GetProperty("transport").GetString());
        Assert.Equal(session[..12], connected.Args[0].GetProperty("clientId").GetString());

        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(node.Address) { Scheme = "ws", Path = "/socket.io/", Query = $"EIO=4&transport=websocket&sid={session}" }.Uri, CancellationToken.None);
        await socket.SendAsync(Encoding.UTF8.GetBytes("2probe"), WebSocketMessageType.Text, true, CancellationToken.None);
        await Patience.Within(socket.ReceiveAsync(new byte[100], CancellationToken.None));
        await socket.SendAsync(Encoding.UTF8.GetBytes("5"), WebSocketMessageType.Text, true, CancellationToken.None);

        var updated = (await dashboard.UntilAsync("socket_updated")).Args[0];
        Assert.Equal(["id", "nsp", "transport"], updated.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(connected.Args[0].GetProperty("id").GetString(), updated.GetProperty("id").GetString());
        Assert.Equal("websocket", updated.GetProperty("transport").GetString());
    }

    [Fact]
    public async Task A_new_namespace_is_looked_at_as_well()
    {
        await using var node = await AdminNode.StartAsync(map: static io => io.Of(TenantName()));
        var dashboard = await node.ConnectDashboardAsync();

        var client = await node.ConnectAsync("/tenant-7");

        var connected = await dashboard.UntilAsync("socket_connected", static connected => connected.Args[0].GetProperty("nsp").GetString() == "/tenant-7");
        Assert.Equal(client.Id, connected.Args[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Events_of_clients_are_told_with_their_arguments_but_without_the_acknowledgement()
    {
        await using var node = await AdminNode.StartAsync(map: static io => io.OnConnection(static socket => socket.On("hello", static (int _, byte[] _) => "hi")));
        var dashboard = await node.ConnectDashboardAsync();
        var client = await node.ConnectAsync();
        await dashboard.UntilAsync("socket_connected");

        await client.EmitAsync("hello", 1, new byte[] { 4, 5, 6 });
        AssertEvent(await dashboard.UntilAsync("event_received"));
        await client.EmitWithAckAsync("hello", 1, new byte[] { 4, 5, 6 });
        AssertEvent(await dashboard.UntilAsync("event_received"));
        node[client].Emit("hello", 1, new byte[] { 4, 5, 6 });
        AssertEvent(await dashboard.UntilAsync("event_sent"));
        client.Answer = static _ => [];
        await Patience.Within(node[client].EmitWithAckAsync("hello", 1, new byte[] { 4, 5, 6 }));
        AssertEvent(await dashboard.UntilAsync("event_sent"));
        node.Io.Emit("hello", 1, new byte[] { 4, 5, 6 });
        AssertEvent(await dashboard.UntilAsync("event_sent"));

        void AssertEvent(TestEvent shown)
        {
            Assert.Equal(("/", client.Id), (shown.Text(0), shown.Text(1)));
            Assert.Equal(3, shown.Args[2].GetArrayLength());
            Assert.Equal(("hello", 1), (shown.Args[2][0].GetString(), shown.Args[2][1].GetInt32()));
            Assert.Equal([4, 5, 6], shown.Attachments[shown.Args[2][2].GetProperty("num").GetInt32()]);
            AssertIsTime(shown.Args[3]);
        }
    }

    [Fact]
    public async Task Of_what_is_too_large_the_size_is_told()
    {
        await using var node = await AdminNode.StartAsync(static admin => admin.MaxEventBytes = 100);
        var dashboard = await node.ConnectDashboardAsync();
        var client = await node.ConnectAsync();
        await dashboard.UntilAsync("socket_connected");

        await client.EmitAsync("large", new string('x', 100));
        var shown = await dashboard.UntilAsync("event_received");
        Assert.Equal(["large", "(112 bytes)"], shown.Args[2].Texts());
        node[client].Data["large"] = new string('x', 100);
        var updated = await dashboard.UntilAsync("socket_updated");
        Assert.Equal("""{"…":"(112 bytes)"}""", updated.Args[0].GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Events_above_the_bound_are_left_out_until_the_next_second()
    {
        var time = new ManualTimeProvider();
        await using var node = await AdminNode.StartAsync(static admin => admin.MaxEventsPerSecond = 2, time: time);
        var dashboard = await node.ConnectDashboardAsync();
        var client = await node.ConnectAsync();
        await dashboard.UntilAsync("socket_connected");
        for (var i = 0; i < 5; i++)
        {
            node[client].Emit("n", i);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        node[client].Emit("n", 5);

        Assert.Equal((0, 1, 5), (await NextAsync(), await NextAsync(), await NextAsync()));

        async Task<int> NextAsync() => (await dashboard.UntilAsync("event_sent")).Args[2][1].GetInt32();
    }

    [Fact]
    public async Task Only_so_many_sockets_are_listed()
    {
        await using var node = await AdminNode.StartAsync(static admin => admin.MaxSockets = 2);
        for (var i = 0; i < 3; i++)
        {
            await node.ConnectAsync();
        }

        var list = await (await node.ConnectAsync("/admin")).UntilAsync("all_sockets");

        Assert.Equal(2, list.Args[0].GetArrayLength());
    }

    [Fact]
    public async Task A_server_tells_every_two_seconds_how_it_is()
    {
        var time = new ManualTimeProvider();
        await using var node = await AdminNode.StartAsync(static admin => (admin.ServerId, admin.Mode) = ("one", AdminMode.Production), time: time);
        var dashboard = await node.ConnectAsync("/admin");
        await dashboard.UntilAsync("config");
        var client = await node.ConnectAsync();
        await client.EmitAsync("hello", "world");
        await client.LeaveAsync();
        await client.Client.CloseAsync();
        await Patience.Until(() => node.Io.Engine.ClientsCount == 1);

        time.Advance(TimeSpan.FromSeconds(2));
        var stats = (await dashboard.UntilAsync("server_stats")).Args[0];

        Assert.Equal("one", stats.GetProperty("serverId").GetString());
        Assert.Equal(Environment.MachineName, stats.GetProperty("hostname").GetString());
        Assert.Equal(Environment.ProcessId, stats.GetProperty("pid").GetInt32());
        Assert.True(stats.GetProperty("uptime").GetDouble() > 0);
        Assert.Equal((1, 0), (stats.GetProperty("clientsCount").GetInt32(), stats.GetProperty("pollingClientsCount").GetInt32()));
        Assert.Equal(
            ["/: 0", "/admin: 1"],
            stats.GetProperty("namespaces").EnumerateArray().Select(static ns => $"{ns.GetProperty("name").GetString()}: {ns.GetProperty("socketsCount").GetInt32()}").Order());
        var counts = stats.GetProperty("aggregatedEvents").EnumerateArray().ToLookup(static counted => counted.GetProperty("type").GetString()!, static counted => counted.GetProperty("count").GetInt32());
        Assert.Equal(1, counts["rawDisconnection"].Sum());
        Assert.True(counts["packetsIn"].Sum() >= 3);
        Assert.True(counts["bytesIn"].Sum() >= "0".Length + """2["hello","world"]""".Length);
        Assert.True(counts["packetsOut"].Sum() >= 1);
        Assert.True(counts["bytesOut"].Sum() > 0);
        Assert.Contains(stats.GetProperty("aggregatedEvents").EnumerateArray(), static counted =>
            counted.GetProperty("type").GetString() == "rawDisconnection" && counted.GetProperty("subType").GetString() == "transport close");
        Assert.All(stats.GetProperty("aggregatedEvents").EnumerateArray(), static counted => Assert.Equal(0, counted.GetProperty("timestamp").GetInt64() % 1000));
        time.Advance(TimeSpan.FromSeconds(2));
        await dashboard.UntilAsync("server_stats");
    }

    [Fact]
    public async Task In_production_mode_nothing_of_single_sockets_is_told()
    {
        var time = new ManualTimeProvider();
        await using var node = await AdminNode.StartAsync(static admin => admin.Mode = AdminMode.Production, time: time);
        var dashboard = await node.ConnectAsync("/admin");
        await dashboard.UntilAsync("config");

        var client = await node.ConnectAsync();
        await node[client].JoinAsync("room1");
        node[client].Data["count"] = 1;
        node[client].Emit("hello");
        time.Advance(TimeSpan.FromSeconds(2));
        var next = await dashboard.NextAsync();

        Assert.Equal("server_stats", next.Name);
        Assert.Empty(node[client].ListenersAnyOutgoing);
    }

    private static void AssertTexts(TestEvent shown, params string[] texts)
    {
        Assert.Equal(texts, shown.Args[..3].Select(static text => text.GetString()));
        AssertIsTime(shown.Args[3]);
    }

    private static void AssertIsTime(JsonElement text) => Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", text.GetString());

    [GeneratedRegex(@"^/tenant-\d+$")]
    private static partial Regex TenantName();

    private sealed class Circle
    {
        public Circle Itself => this;
    }
}
