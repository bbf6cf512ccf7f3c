using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>How clients get into namespaces, static and dynamic.</summary>
public sealed class NamespaceTests : IAsyncLifetime
{
    private Node _node = null!;

    private SocketIOServer Io => _node.Io;

    public async Task InitializeAsync() => _node = await Node.StartAsync(static options => options.CleanupEmptyChildNamespaces = true);

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Theory]
    [InlineData("chat")]
    [InlineData("/chat")]
    public async Task A_leading_slash_is_added(string name)
    {
        Assert.Same(Io.Of("/chat"), Io.Of(name));
        Assert.Equal("/chat", Io.Of(name).Name);
        await _node.ConnectAsync("/chat");
    }

    [Fact]
    public void The_main_namespace_is_always_there()
    {
        Assert.Same(Io.Sockets, Io.Of("/"));
        Assert.Same(Io.Sockets, Io.Of(""));
        Assert.Equal(["/"], Io.Namespaces.Keys);
    }

    [Fact]
    public async Task An_unknown_namespace_is_refused_and_the_connection_stays()
    {
        var client = await _node.OpenAsync();
        var error = await Assert.ThrowsAsync<TestRefusedException>(() => client.JoinAsync("/unknown"));
        Assert.Equal("Invalid namespace", error.Text);
        await client.JoinAsync();
    }

    [Fact]
    public async Task One_connection_may_be_in_several_namespaces_and_leave_them_one_by_one()
    {
        Io.Of("/one").OnConnection(static socket => socket.On("event", static () => 1));
        Io.Of("/two").OnConnection(static socket => socket.On("event", static () => 2));
        var client = await _node.OpenAsync();
        var one = await client.JoinAsync("/one");
        var two = await client.JoinAsync("/two");
        var main = await client.JoinAsync();
        Assert.Equal(3, new[] { one.Id, two.Id, main.Id }.Distinct().Count());
        Assert.Equal(1, (await one.EmitWithAckAsync("event")).Int(0));
        await one.LeaveAsync();
        Assert.Equal(2, (await two.EmitWithAckAsync("event")).Int(0));
        _node[two].Disconnect(close: true);
        Assert.Equal("io server disconnect", await two.Disconnected);
        Assert.Equal("io server disconnect", await main.Disconnected);
    }

    [Fact]
    public async Task Middlewares_run_in_order_and_the_socket_is_connected_after_them()
    {
        var order = new List<string>();
        Io.Use(async (socket, next) =>
        {
            order.Add($"1 {socket.IsConnected}");
            await Task.Yield();
            await next();
            order.Add("1 after");
        });
        Io.Use((_, next) =>
        {
            order.Add("2");
            return next();
        });
        Io.OnConnection(socket => order.Add($"connection {socket.IsConnected}"));
        var client = await _node.ConnectAsync();
        _node[client].On("end", static () => 1);
        await client.EmitWithAckAsync("end");
        Assert.Equal(["1 False", "2", "1 after", "connection True"], order);
    }

    [Fact]
    public async Task A_middleware_refuses_with_its_message_and_data()
    {
        Io.Use(static (socket, next) => socket.Handshake.Auth.TryGetProperty("token", out _) ? next() : throw new ConnectRefusedException("no token", new { Code = 7 }));
        var client = await _node.OpenAsync();
        var error = await Assert.ThrowsAsync<TestRefusedException>(() => client.JoinAsync());
        Assert.Equal("""{"message":"no token","data":{"code":7}}""", error.Payload.GetRawText());
        await client.JoinAsync(auth: new { token = 1 });
    }

    [Fact]
    public async Task A_middleware_that_calls_nothing_refuses()
    {
        Io.Use(static (_, _) => Task.CompletedTask);
        await Assert.ThrowsAsync<TestRefusedException>(() => _node.ConnectAsync());
        Assert.Empty(Io.Sockets.Sockets);
    }

    [Fact]
    public async Task A_refused_socket_leaves_the_rooms_that_a_middleware_put_it_in()
    {
        Io.Use(static async (socket, _) =>
        {
            await socket.JoinAsync("room1");
            throw new ConnectRefusedException("no");
        });
        await Assert.ThrowsAsync<TestRefusedException>(() => _node.ConnectAsync());
        Assert.Empty(Io.Sockets.Adapter.Rooms);
    }

    [Fact]
    public async Task A_client_that_goes_during_a_middleware_is_not_connected()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var connected = false;
        Io.Use(async (socket, next) =>
        {
            await socket.JoinAsync("room1");
            socket.Connection.Closed += (_, _) => goOn.TrySetResult();
            entered.SetResult();
            await goOn.Task;
            await next();
        });
        Io.Sockets.Adapter.RoomDeleted += room =>
        {
            if (room == "room1")
            {
                left.TrySetResult();
            }
        };
        Io.OnConnection(_ => connected = true);
        var client = await _node.OpenAsync();
        await client.StartJoinAsync();
        await Patience.Within(entered.Task);
        client.Abort();
        await Patience.Within(left.Task);
        Assert.False(connected);
        Assert.Empty(Io.Sockets.Sockets);
        Assert.Empty(Io.Sockets.Adapter.Rooms);
    }

    [Fact]
    public async Task A_pattern_makes_namespaces_as_clients_ask_for_them()
    {
        var made = new List<string>();
        Io.NewNamespace += ns => made.Add(ns.Name);
        var parent = Io.Of(new Regex(@"^/room-\d+$"));
        parent.Use(static (socket, next) => socket.Handshake.Auth.TryGetProperty("bad", out _) ? throw new ConnectRefusedException("bad") : next());
        parent.OnConnection(static socket => socket.On("name", () => socket.Namespace.Name));
        var one = await _node.ConnectAsync("/room-1");
        var two = await _node.ConnectAsync("/room-2");
        Assert.Equal("/room-1", (await one.EmitWithAckAsync("name")).Text(0));
        Assert.Equal(["/room-1", "/room-2"], made);
        Assert.Equal(["/room-1", "/room-2"], parent.Children.Keys.Order());
        Assert.Equal("bad", (await Assert.ThrowsAsync<TestRefusedException>(() => _node.ConnectAsync("/room-1", new { bad = 1 }))).Text);
        Assert.Equal("Invalid namespace", (await Assert.ThrowsAsync<TestRefusedException>(() => _node.ConnectAsync("/room-x"))).Text);
        parent.Emit("all", 1);
        Assert.Equal(1, (await one.NextAsync("all")).Int(0));
        Assert.Equal(1, (await two.NextAsync("all")).Int(0));
        await Assert.ThrowsAsync<NotSupportedException>(() => parent.FetchSocketsAsync().AsTask());
    }

    [Fact]
    public async Task Parents_are_asked_in_their_order_until_one_allows()
    {
        var asked = new List<string>();
        Io.Of((name, auth) =>
        {
            asked.Add($"first {name} {auth.GetRawText()}");
            return new ValueTask<bool>(false);
        });
        Io.Of((_, _) => throw new NotImplementedException());
        Io.Of((name, _) =>
        {
            asked.Add("third");
            return new ValueTask<bool>(name == "/yes");
        }).OnConnection(static socket => socket.Emit("third"));
        Io.Of((_, _) =>
        {
            asked.Add("fourth");
            return new ValueTask<bool>(false);
        });
        var client = await _node.ConnectAsync("/yes", new { a = 1 });
        await client.NextAsync("third");
        Assert.Equal(["""first /yes {"a":1}""", "third"], asked);
        await Assert.ThrowsAsync<TestRefusedException>(() => _node.ConnectAsync("/no"));
        Assert.Equal(["""first /yes {"a":1}""", "third", "first /no {}", "third", "fourth"], asked);
    }

    [Fact]
    public async Task A_name_that_a_pattern_covers_is_its_child_when_the_server_asks_for_it()
    {
        var parent = Io.Of(new Regex("^/dynamic-"));
        parent.OnConnection(static socket => socket.Emit("by parent"));
        var child = Io.Of("dynamic-1");
        Assert.Same(child, Assert.Single(parent.Children).Value);
        await (await _node.ConnectAsync("/dynamic-1")).NextAsync("by parent");
    }

    [Fact]
    public async Task An_empty_child_goes_with_its_last_socket_and_comes_back_with_the_next()
    {
        var parent = Io.Of(new Regex("^/dynamic-"));
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = await _node.ConnectAsync("/dynamic-1");
        var child = Io.Namespaces["/dynamic-1"];
        _node[first].OnDisconnect(_ => gone.TrySetResult());
        await first.LeaveAsync();
        await Patience.Within(gone.Task);
        Assert.DoesNotContain("/dynamic-1", Io.Namespaces.Keys);
        Assert.Empty(parent.Children);
        await _node.ConnectAsync("/dynamic-1");
        Assert.NotSame(child, Io.Namespaces["/dynamic-1"]);
    }

    [Fact]
    public async Task An_empty_child_goes_with_a_socket_that_was_refused()
    {
        var parent = Io.Of(new Regex("^/dynamic-"));
        parent.Use(static (_, _) => throw new ConnectRefusedException("no"));
        var client = await _node.OpenAsync();
        await Assert.ThrowsAsync<TestRefusedException>(() => client.JoinAsync("/dynamic-1"));
        // The next answer comes after the removal.
        await client.JoinAsync();
        Assert.Equal(["/"], Io.Namespaces.Keys);
        Assert.Empty(parent.Children);
    }

    [Fact]
    public async Task A_child_stays_while_somebody_is_on_the_way_in()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Io.Of(new Regex("^/dynamic-")).Use(async (socket, next) =>
        {
            if (socket.Handshake.Auth.TryGetProperty("bad", out _))
            {
                throw new ConnectRefusedException("no");
            }

            entered.SetResult();
            await goOn.Task;
            await next();
        });
        var slow = await _node.OpenAsync();
        var socket = await slow.StartJoinAsync("/dynamic-1");
        await Patience.Within(entered.Task);
        await Assert.ThrowsAsync<TestRefusedException>(() => _node.ConnectAsync("/dynamic-1", new { bad = true }));
        goOn.SetResult();
        await socket.Connected;
        Io.Of("/dynamic-1").Emit("event");
        await socket.NextAsync("event");
    }

    [Fact]
    public async Task A_connection_that_joins_nothing_is_closed_in_the_end()
    {
        await using var node = await Node.StartAsync(static options => options.ConnectTimeout = TimeSpan.FromMilliseconds(50));
        var client = await node.OpenAsync();
        await client.Closed;
        Assert.Equal(0, node.Io.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_connection_may_be_in_so_many_namespaces_and_no_more()
    {
        await using var node = await Node.StartAsync(static options => options.MaxNamespacesPerConnection = 2);
        var client = await node.OpenAsync();
        foreach (var name in new[] { "/one", "/two", "/three" })
        {
            node.Io.Of(name);
        }

        await client.JoinAsync("/one");
        await client.JoinAsync("/two");
        await Assert.ThrowsAsync<IOException>(async () => await client.JoinAsync("/three"));
    }

    [Fact]
    public async Task A_policy_guards_a_namespace()
    {
        await using var node = await StartWithUsersAsync(static app =>
        {
            app.MapSocketIO();
        });
        node.Io.Of("/admin").RequireAuthorization("admins");
        node.Io.Of("/users").RequireAuthorization();
        Assert.Equal("Unauthorized", (await Assert.ThrowsAsync<TestRefusedException>(() => node.ConnectAsync("/admin"))).Text);
        Assert.Equal("Unauthorized", (await Assert.ThrowsAsync<TestRefusedException>(() => node.ConnectAsync("/users"))).Text);
        Assert.Equal("Forbidden", (await Assert.ThrowsAsync<TestRefusedException>(() => node.ConnectAsync("/admin", query: "&user=eve"))).Text);
        var user = await node.ConnectAsync("/users", query: "&user=eve");
        Assert.Equal("eve", node[user].User.Identity!.Name);
        await node.ConnectAsync("/admin", query: "&user=ada");
        await node.ConnectAsync();
    }

    [Fact]
    public async Task A_policy_guards_the_endpoint()
    {
        await using var node = await StartWithUsersAsync(static app => app.MapSocketIO().RequireAuthorization("admins"));
        using var http = node.CreateHttpClient();
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await http.GetAsync("/socket.io/?EIO=4&transport=polling&user=eve")).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await http.GetAsync("/socket.io/?EIO=4&transport=polling&user=ada")).StatusCode);
        await node.ConnectAsync(query: "&user=ada");
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => node.ConnectAsync(query: "&user=eve"));
    }

    private static Task<Node> StartWithUsersAsync(Action<WebApplication> map) => Node.StartAsync(
        static options => options.ShutdownTimeout = TimeSpan.Zero,
        static builder =>
        {
            builder.Services.AddAuthentication("test").AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, QueryAuthentication>("test", null);
            builder.Services.AddAuthorization(static options => options.AddPolicy("admins", static policy => policy.RequireUserName("ada")));
        },
        app =>
        {
            app.UseAuthentication();
            app.UseAuthorization();
            map(app);
        });
}
