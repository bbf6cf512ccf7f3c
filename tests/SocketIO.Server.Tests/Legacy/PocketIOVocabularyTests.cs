using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SocketIO.Server.Tests;

/// <summary>What PocketIO offered to an application, in the words of this server, with clients 0.7 to 0.9.</summary>
public sealed class PocketIOVocabularyTests
{
    [Fact]
    [Trait("Feature", "K-07")]
    public async Task A_handler_takes_the_place_of_another_where_that_is_taken_off_first()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: static socket =>
        {
            socket.On("a", () => socket.Send("first"));
            socket.Off("a").On("a", () => socket.Send("second"));
        });
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync("""5:::{"name":"a"}""");

        Assert.Equal(["3:::second"], await session.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-08")]
    [Trait("Feature", "K-09")]
    public async Task Broadcast_is_all_but_me_and_the_server_is_all()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket => socket.On("go", () =>
        {
            socket.Broadcast.Send("foo");
            socket.Broadcast.Emit("foo", 1);
            socket.Server.Send("all");
            socket.Server.Emit("all");
        }));
        var me = await ProtocolOneSession.ConnectAsync(node);
        var other = await ProtocolOneSession.ConnectAsync(node);

        await me.SendAsync("""5:::{"name":"go"}""");

        Assert.Equal(["3:::all", """5:::{"name":"all"}"""], await me.PollAsync());
        Assert.Equal(["3:::foo", """5:::{"name":"foo","args":[1]}""", "3:::all", """5:::{"name":"all"}"""], await other.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-35")]
    public async Task Each_of_the_older_names_has_its_call()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket => socket.On("go", () =>
        {
            socket.Send("send_message");
            socket.Broadcast.Send("send_broadcast");
            socket.Server.Send("send_broadcast_to_all");
            socket.Broadcast.Emit("emit_broadcast");
            socket.Server.Emit("emit_broadcast_to_all");
            socket.Emit("session_id", socket.Connection.Id);
        }));
        var me = await ProtocolOneSession.ConnectAsync(node);
        var other = await ProtocolOneSession.ConnectAsync(node);

        await me.SendAsync("""5:::{"name":"go"}""");

        Assert.Equal(
            ["3:::send_message", "3:::send_broadcast_to_all", """5:::{"name":"emit_broadcast_to_all"}""", $$"""5:::{"name":"session_id","args":["{{me.Id}}"]}"""],
            await me.PollAsync());
        Assert.Equal(
            ["3:::send_broadcast", "3:::send_broadcast_to_all", """5:::{"name":"emit_broadcast"}""", """5:::{"name":"emit_broadcast_to_all"}"""],
            await other.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-34")]
    public async Task Errors_and_the_end_have_handlers_of_their_own_that_no_event_of_a_client_calls()
    {
        await using var node = await LegacyNode.StartAsync(
            Generations.Version09,
            onConnection: static socket => socket.On("break", static () => { throw new InvalidOperationException(); }));
        var session = await ProtocolOneSession.ConnectAsync(node);
        var socket = Assert.Single(node.Io.Sockets.Sockets).Value;
        foreach (var name in new[] { "connect", "disconnect", "disconnecting", "connect_error" })
        {
            Assert.Throws<ArgumentException>(() => socket.On(name, () => node.Tell(name)));
        }

        foreach (var name in new[] { "connect_failed", "reconnect_failed", "error", "close", "disconnect", "connect" })
        {
            await session.SendAsync($$"""5:::{"name":"{{name}}","args":["no"]}""");
        }

        Assert.Equal(["connection"], node.Told);
        await session.SendAsync("""5:::{"name":"break"}""");
        Assert.Equal(["connection", "error InvalidOperationException"], node.Told);
        await session.SendAsync("0::");
        Assert.Equal(["connection", "error InvalidOperationException", $"disconnect {CloseReasons.ClientNamespaceDisconnect}"], node.Told);
    }

    [Fact]
    [Trait("Feature", "K-12")]
    public async Task What_is_kept_with_a_socket_is_its_own()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: static socket =>
        {
            socket.On("set", (string key, string value) => { socket.Data[key] = value; });
            socket.On("get", (string key) => socket.Data.Get<string>(key));
        });
        var one = await ProtocolOneSession.ConnectAsync(node);
        var two = await ProtocolOneSession.ConnectAsync(node);

        await one.SendAsync("""5:::{"name":"set","args":["foo","bar"]}""", """5:1+::{"name":"get","args":["foo"]}""");
        await two.SendAsync("""5:1+::{"name":"get","args":["foo"]}""");

        Assert.Equal(["6:::1+[\"bar\"]"], await one.PollAsync());
        Assert.Equal(["6:::1+[null]"], await two.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-13")]
    [Trait("Feature", "K-14")]
    [Trait("Feature", "K-15")]
    [Trait("Feature", "K-16")]
    public async Task Rooms_are_joined_sent_to_with_or_without_me_and_left_alone_or_by_prefix()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket =>
        {
            socket.On("join", (string room) => socket.JoinAsync(room));
            socket.On("leave", (string room) => socket.LeaveAsync(room));
            socket.On("leave all", async (string prefix) =>
            {
                foreach (var room in socket.Rooms.Where(room => room.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
                {
                    await socket.LeaveAsync(room);
                }
            });
            socket.On("in", (string room, string text) => socket.Server.In(room).Emit("message", text));
            socket.On("to", (string room, string text) => socket.To(room).Send(text));
        });
        var me = await ProtocolOneSession.ConnectAsync(node);
        var other = await ProtocolOneSession.ConnectAsync(node);
        var outside = await ProtocolOneSession.ConnectAsync(node);
        await me.SendAsync("""5:::{"name":"join","args":["a room"]}""", """5:::{"name":"join","args":["b/1"]}""", """5:::{"name":"join","args":["b/2"]}""");
        await other.SendAsync("""5:::{"name":"join","args":["a room"]}""");

        await me.SendAsync("""5:::{"name":"in","args":["a room","for us"]}""", """5:::{"name":"to","args":["a room","for you"]}""");
        await outside.SendAsync("""5:::{"name":"in","args":["b/1","one"]}""");
        await me.SendAsync("""5:::{"name":"leave all","args":["b/"]}""", """5:::{"name":"leave","args":["a room"]}""");
        await outside.SendAsync("""5:::{"name":"in","args":["b/2","two"]}""", """5:::{"name":"in","args":["a room","for the other"]}""");
        node.Io.Send("end");

        Assert.Equal(["3:::for us", "3:::one", "3:::end"], await me.PollAsync());
        Assert.Equal(["3:::for us", "3:::for you", "3:::for the other", "3:::end"], await other.PollAsync());
        Assert.Equal(["3:::end"], await outside.PollAsync());
    }

    [Theory]
    [Trait("Feature", "K-17")]
    [InlineData("0::")]
    [InlineData("0::/chat")]
    public async Task Rooms_are_left_at_the_end(string goodbye)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        node.Io.OnConnection(static async socket => await socket.JoinAsync("main"));
        node.Io.Of("/chat").OnConnection(static async socket => await socket.JoinAsync("chat"));
        var session = await ProtocolOneSession.ConnectAsync(node);
        await session.SendAsync("1::/chat");
        await session.PollForAsync("1::/chat");
        await Patience.Until(() => node.Io.Of("/chat").Adapter.Rooms.ContainsKey("chat"));

        await session.SendAsync(goodbye);

        Assert.Equal(goodbye == "0::/chat", node.Io.Sockets.Adapter.Rooms.ContainsKey("main"));
        Assert.Empty(node.Io.Of("/chat").Adapter.Rooms);
    }

    [Fact]
    [Trait("Feature", "K-21")]
    public async Task The_handler_may_be_a_service()
    {
        var node = await Node.StartAsync(
            static options => options.Generations = Generations.Version09,
            static builder => builder.Services.AddSingleton(new Greeting("hello")).AddSingleton<Greeter>(),
            static app => app.MapSocketIO(io => io.OnConnection(app.Services.GetRequiredService<Greeter>().Run)));
        await using (node)
        {
            using var http = node.CreateHttpClient();
            var id = (await http.GetStringAsync("/socket.io/1/")).Split(':')[0];
            Assert.Equal("1::", await http.GetStringAsync($"/socket.io/1/xhr-polling/{id}"));
            Assert.Equal("3:::hello", await http.GetStringAsync($"/socket.io/1/xhr-polling/{id}"));
        }
    }

    [Fact]
    [Trait("Feature", "K-23")]
    public async Task Behind_a_proxy_that_ends_tls_the_handshake_is_secure()
    {
        Handshake? handshake = null;
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket => handshake = socket.Handshake, map: static app =>
        {
            app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedFor });
            app.UseRouting();
            app.MapSocketIO();
        });

        var answer = await node.GetAsync("/socket.io/1/", ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "203.0.113.7"));
        await node.GetAsync($"/socket.io/1/xhr-polling/{answer.Body.Split(':')[0]}");

        Assert.True(handshake!.IsSecure);
        Assert.Equal("203.0.113.7", handshake.Address);
    }

    [Fact]
    [Trait("Feature", "K-24")]
    public async Task Connections_and_refusals_can_be_followed_in_the_log()
    {
        using var log = new Lines();
        await using var node = await Node.StartAsync(
            static options => options.Generations = Generations.Version09,
            builder => builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug));
        using var http = node.CreateHttpClient();
        var id = (await http.GetStringAsync("/socket.io/1/")).Split(':')[0];

        await http.GetStringAsync($"/socket.io/1/xhr-polling/{id}");
        await http.GetStringAsync("/socket.io/1/xhr-polling/nosuch");
        await http.GetStringAsync($"/socket.io/1//{id}/?disconnect=1");

        Assert.Contains($"Connection {id} opened on xhr-polling", log.All);
        Assert.Contains("Request refused with code 1 (Session ID unknown): sid 'nosuch'", log.All);
        Assert.Contains($"Connection {id} closed: {CloseReasons.ClientNamespaceDisconnect}", log.All);
    }

    [Fact]
    [Trait("Feature", "K-25")]
    public async Task It_is_one_endpoint_among_the_applications_own()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, map: static app =>
        {
            app.MapGet("/", static () => "index");
            app.MapGroup("/nested").MapSocketIO();
        });

        Assert.Equal("index", (await node.GetAsync("/")).Body);
        Assert.EndsWith("polling", (await node.GetAsync("/nested/socket.io/1/")).Body, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "K-36")]
    public async Task Clients_of_all_generations_and_transports_are_in_one_room_on_one_path()
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket => socket.On("message", (string text) => socket.Server.To("room").Send(text)));
        node.Io.OnConnection(static async socket => await socket.JoinAsync("room"));
        var polling = await ProtocolOneSession.ConnectAsync(node);
        var scripts = await ProtocolOneSession.ConnectAsync(node, transport: "jsonp-polling");
        var page = await ProtocolOneSession.ShakeHandsAsync(node, transport: "htmlfile");
        using var stream = await node.OpenStreamAsync(page.Url);
        await stream.ReadUntilAsync("1::");
        var socket = await ProtocolOneSession.ShakeHandsAsync(node);
        using var webSocket = await socket.OpenWebSocketAsync();
        Assert.Equal("1::", await webSocket.ReceiveAsync());
        using var earlier = await OldPolling.OpenAsync(node.Node);
        var earliest = await node.BeginPollingAsync();
        await using var client = await TestClient.OpenAsync(node.Node.Address);
        var current = await client.JoinAsync();
        await Patience.Until(() => node.Io.Sockets.Adapter.Rooms.TryGetValue("room", out var members) && members.Count == 7);

        await polling.SendAsync("3:::from 0.9");
        await current.EmitAsync("message", "from 4");

        Assert.Equal(["from 0.9", "from 4"], [(await current.NextAsync("message")).Text(0), (await current.NextAsync("message")).Text(0)]);
        Assert.Equal(["3:::from 0.9", "3:::from 4"], await polling.PollForAsync("3:::from 4"));
        Assert.Equal(["3:::from 0.9", "3:::from 4"], await scripts.PollForAsync("3:::from 4"));
        Assert.EndsWith("""<script>_("3:::from 0.9");</script><script>_("3:::from 4");</script>""", await stream.ReadUntilAsync("from 4\");</script>"), StringComparison.Ordinal);
        Assert.Equal(["3:::from 0.9", "3:::from 4"], await webSocket.ReceiveAsync(2));
        Assert.Equal(["""42["message","from 0.9"]""", """42["message","from 4"]"""], await earlier.PollForAsync("""42["message","from 4"]"""));
        Assert.Equal("~m~8~m~from 0.9~m~6~m~from 4", (await node.GetAsync($"/socket.io/xhr-polling/{earliest}/1")).Body);
    }

    private sealed record Greeting(string Text);

    private sealed class Greeter(Greeting greeting)
    {
        public void Run(Socket socket) => socket.Send(greeting.Text);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
