using SocketIO.Server;

namespace SocketIO.Admin.Tests;

/// <summary>What a dashboard can do.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task It_makes_sockets_join_and_leave_rooms()
    {
        await using var node = await AdminNode.StartAsync();
        var dashboard = await node.ConnectDashboardAsync();
        var (first, second) = (await node.ConnectAsync(), await node.ConnectAsync());

        await dashboard.EmitAsync("join", "/", "room1", first.Id);
        await Patience.Until(() => node[first].Rooms.Contains("room1"));
        await dashboard.EmitAsync("join", "/", "room2", "room1");
        await Patience.Until(() => node[first].Rooms.Contains("room2"));
        Assert.Equal([second.Id], node[second].Rooms);
        await dashboard.EmitAsync("join", "/", "room3");
        await Patience.Until(() => node[first].Rooms.Contains("room3") && node[second].Rooms.Contains("room3"));
        await dashboard.EmitAsync("leave", "/", "room3", first.Id);
        await Patience.Until(() => !node[first].Rooms.Contains("room3"));
        Assert.Contains("room3", node[second].Rooms);
        await dashboard.EmitAsync("leave", "/", "room3", null);
        await Patience.Until(() => !node[second].Rooms.Contains("room3"));
    }

    [Fact]
    public async Task It_sends_events_to_a_socket_a_room_or_all()
    {
        await using var node = await AdminNode.StartAsync();
        var dashboard = await node.ConnectDashboardAsync();
        var (first, second) = (await node.ConnectAsync(), await node.ConnectAsync());
        await node[second].JoinAsync("room1");

        await dashboard.EmitAsync("emit", "/", first.Id, "hello", 1, new byte[] { 7, 8 });
        await dashboard.EmitAsync("emit", "/", "room1", "hello", 2);
        await dashboard.EmitAsync("emit", "/", null, "hello", 3);
        await dashboard.EmitAsync("emit", "/", "", "hello", 4);

        var received = await first.NextAsync("hello");
        Assert.Equal((1, 2), (received.Int(0), received.Args.Length));
        Assert.Equal([7, 8], received.Bytes(1));
        Assert.Equal("3 4", await NextAsync(first, 2));
        Assert.Equal("2 3 4", await NextAsync(second, 3));

        static async Task<string> NextAsync(TestSocket socket, int count)
        {
            var numbers = new List<int>();
            while (numbers.Count < count)
            {
                numbers.Add((await socket.NextAsync("hello")).Int(0));
            }

            return string.Join(' ', numbers);
        }
    }

    [Fact]
    public async Task It_disconnects_sockets_from_the_namespace_or_with_their_connection()
    {
        await using var node = await AdminNode.StartAsync(map: static io => io.Of("/other"));
        var dashboard = await node.ConnectDashboardAsync();
        var first = await node.ConnectAsync();
        var second = await node.ConnectAsync();
        var other = await first.Client.JoinAsync("/other");

        await dashboard.EmitAsync("_disconnect", "/", false, first.Id);
        Assert.Equal("io server disconnect", await first.Disconnected);
        Assert.True(node[other].IsConnected);
        await dashboard.EmitAsync("_disconnect", "/other", true);
        await first.Client.Closed;
        await dashboard.EmitAsync("_disconnect", "/", true, null);
        await second.Client.Closed;
    }

    [Fact]
    public async Task A_read_only_server_does_nothing_of_it()
    {
        await using var node = await AdminNode.StartAsync(static admin => admin.ReadOnly = true);
        var dashboard = await node.ConnectDashboardAsync();
        var client = await node.ConnectAsync();

        await dashboard.EmitAsync("join", "/", "room1");
        await dashboard.EmitAsync("emit", "/", null, "hello");
        await dashboard.EmitAsync("_disconnect", "/", true);

        // What the dashboard itself sends last is handled last.
        await dashboard.LeaveAsync();
        await Patience.Until(() => node.Io.Of("/admin").Sockets.Count == 0);
        node[client].Emit("still here");
        await client.NextAsync("still here");
        Assert.Equal([client.Id], node[client].Rooms);
    }

    [Theory]
    [InlineData("emit", "")]
    [InlineData("emit", "\"/\"")]
    [InlineData("emit", "\"/\",null")]
    [InlineData("emit", "\"/\",null,\"\"")]
    [InlineData("emit", "\"/\",null,7")]
    [InlineData("emit", "\"/\",null,\"disconnect\"")]
    [InlineData("emit", "\"/\",null,\"\\ud800\"")]
    [InlineData("emit", "\"/\",{},\"hello\"")]
    [InlineData("emit", "\"/\",[\"a\"],\"hello\"")]
    [InlineData("emit", "7,null,\"hello\"")]
    [InlineData("emit", "\"/none\",null,\"hello\"")]
    [InlineData("join", "\"/\"")]
    [InlineData("join", "\"/\",\"\"")]
    [InlineData("join", "\"/\",{\"toString\":1}")]
    [InlineData("join", "\"/\",\"room1\",false")]
    [InlineData("join", "null,\"room1\"")]
    [InlineData("leave", "\"/\",[]")]
    [InlineData("leave", "\"/\",\"\\udfff\"")]
    [InlineData("_disconnect", "\"/\",\"yes\"")]
    [InlineData("_disconnect", "\"/\",true,7")]
    [InlineData("_disconnect", "{},true")]
    [InlineData("_disconnect", "\"/none\",true")]
    public async Task What_is_no_command_does_nothing(string name, string arguments)
    {
        await using var node = await AdminNode.StartAsync();
        var dashboard = await node.ConnectDashboardAsync();
        var client = await node.ConnectAsync();

        await dashboard.Client.SendAsync($"42/admin,[\"{name}\"{(arguments.Length == 0 ? "" : ",")}{arguments}]");

        // Commands are handled in their order: the next one shows that this one is done.
        await dashboard.EmitAsync("emit", "/", null, "next");
        await client.NextAsync("next");
        Assert.Equal([client.Id], node[client].Rooms);
        Assert.Equal(["/", "/admin"], node.Io.Namespaces.Keys.Order());
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_no_command()
    {
        await using var node = await AdminNode.StartAsync();
        var dashboard = await node.ConnectDashboardAsync();
        var client = await node.ConnectAsync();

        await dashboard.EmitAsync("join", "/", new string('x', 1001));
        await dashboard.EmitAsync("emit", "/", new string('x', 1001), "hello");
        await dashboard.EmitAsync("emit", "/", null, "next");

        await client.NextAsync("next");
        Assert.Equal([client.Id], node[client].Rooms);
    }
}
