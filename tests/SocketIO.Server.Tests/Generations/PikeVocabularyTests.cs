using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server.Tests;

/// <summary>What Pike's Web.SocketIO offered to an application, in the words of this server, with the clients that it served.</summary>
public sealed class PikeVocabularyTests
{
    public static TheoryData<string> Transports => OldClient.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-05")]
    [Trait("Feature", "P-07")]
    public async Task What_is_to_be_acknowledged_has_an_id_and_is_acknowledged_once(string transport)
    {
        await using var node = await StartAsync();
        using var client = await OldClient.ConnectAsync(node, transport);
        var socket = Assert.Single(node.Io.Sockets.Sockets).Value;

        var first = socket.EmitWithAckAsync<string>("ev");
        socket.Emit("ev");
        var second = socket.EmitWithAckAsync<string>("ev", 1);

        Assert.Equal(["""420["ev"]""", """42["ev"]""", """421["ev",1]"""], await client.ReceiveAsync(3));
        await client.SendAsync("""430["once"]""");
        await client.SendAsync("""430["twice"]""");
        Assert.Equal("once", await Patience.Within(first));
        Assert.False(second.IsCompleted);
        await client.SendAsync("""431["other"]""");
        Assert.Equal("other", await Patience.Within(second));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-06")]
    [Trait("Feature", "P-08")]
    public async Task The_client_is_answered_when_the_application_does_and_never_by_itself(string transport)
    {
        Ack? later = null;
        await using var node = await StartAsync(socket => socket
            .On("never", static () => { })
            .On("later", (Ack ack) => { later = ack; })
            .On("now", () =>
            {
                later!.Send("Ack", "me", "harder");
                later.Send("again");
            }));
        using var client = await OldClient.ConnectAsync(node, transport);

        await client.SendAsync("""420["never"]""");
        await client.SendAsync("""421["later"]""");
        await client.SendAsync("""42["nobody listens"]""");
        await client.SendAsync("""42["now"]""");
        Assert.Equal("""431["Ack","me","harder"]""", await client.ReceiveAsync());

        node.Io.Emit("end");
        Assert.Equal("""42["end"]""", await client.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "P-11")]
    [Trait("Feature", "P-16")]
    public async Task Universes_at_paths_of_their_own_have_clients_and_handlers_of_their_own()
    {
        await using var node = await Node.StartAsync(
            static options => options.Generations = Generations.EngineIO3,
            static builder => builder.Services.AddSocketIO("other", static options => (options.Path, options.Generations) = ("/other", Generations.EngineIO3)),
            static app =>
            {
                app.MapSocketIO(static io => io.OnConnection(static socket => socket.On("who", () => "first")));
                app.MapSocketIO("other", static io => io.OnConnection(static socket => socket.On("who", () => "other")));
                app.MapGet("/mine", static () => "the application's");
            });
        var other = node.App.Services.GetRequiredKeyedService<SocketIOServer>("other");
        using var client = await OldClient.ConnectAsync(node, "polling");
        using var http = node.CreateHttpClient();
        var url = "/other/?EIO=3&transport=polling&b64=1";
        url += "&sid=" + JsonElement.Parse(OldPolling.Split(await http.GetStringAsync(url))[0][1..]).GetProperty("sid").GetString();

        Assert.NotEqual(Assert.Single(node.Io.Engine.Connections).Id, Assert.Single(other.Engine.Connections).Id);
        await client.SendAsync("""420["who"]""");
        using var content = new StringContent(OldPolling.Join("""420["who"]"""));
        using var posted = await http.PostAsync(url, content);
        other.Emit("end");
        node.Io.Emit("end");

        Assert.Equal(["""430["first"]""", """42["end"]"""], await client.ReceiveAsync(2));
        Assert.Equal(["""430["other"]""", """42["end"]"""], OldPolling.Split(await http.GetStringAsync(url)));
        Assert.Equal("the application's", await http.GetStringAsync("/mine"));
        using var stranger = await http.GetAsync(url.Replace("/other/", "/socket.io/", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, stranger.StatusCode);
    }

    [Theory]
    [InlineData("", "/")]
    [InlineData("/chat,", "/chat")]
    [Trait("Feature", "P-12")]
    [Trait("Feature", "P-13")]
    [Trait("Feature", "P-15")]
    public async Task A_default_handler_gets_what_has_no_handler_of_its_own(string prefix, string name)
    {
        var told = new ConcurrentQueue<string>();
        await using var node = await StartAsync();
        node.Io.Of(name).OnConnection(socket => socket
            .On("own", (Socket client, Ack ack, string a, int b) => told.Enqueue($"own {ReferenceEquals(client, socket)} {ack.IsRequested} {client.Namespace.Name} {a} {b}"))
            .OnAny(packet =>
            {
                if (socket.ListenerCount(packet.Name) == 0)
                {
                    told.Enqueue($"default {packet.Ack is not null} {socket.Namespace.Name} {packet.Name} {TextOf(packet)}");
                    packet.Ack?.Send("by default");
                }
            }));
        using var client = await OldClient.ConnectAsync(node, "polling");
        if (prefix.Length > 0)
        {
            await client.SendAsync("40" + prefix);
            Assert.Equal("40" + prefix, await client.ReceiveAsync());
        }

        await client.SendAsync($$"""42{{prefix}}["own","a",1]""");
        await client.SendAsync($$"""42{{prefix}}7["own","a",2]""");
        await client.SendAsync($$"""42{{prefix}}["any",1,{"b":[]}]""");
        await client.SendAsync($$"""42{{prefix}}8["other"]""");

        Assert.Equal($"43{prefix}8[\"by default\"]", await client.ReceiveAsync());
        Assert.Equal(
            [$"own True False {name} a 1", $"own True True {name} a 2", $$"""default False {{name}} any ["any",1,{"b":[]}]""", $"""default True {name} other ["other"]"""],
            told);
    }

    [Fact]
    [Trait("Feature", "P-14")]
    public async Task A_handler_that_is_taken_off_is_called_no_more_and_a_namespace_may_cease()
    {
        var told = new ConcurrentQueue<string>();
        var open = new ConcurrentDictionary<string, bool> { ["/chat"] = true };
        await using var node = await StartAsync(configure: static options => options.CleanupEmptyChildNamespaces = true);
        node.Io.Of((name, _) => ValueTask.FromResult(open.ContainsKey(name))).OnConnection(socket => socket
            .On("say", (string text) => told.Enqueue(text))
            .On("off", () => { socket.Off("say"); }));
        using var client = await OldClient.ConnectAsync(node, "polling");
        await client.SendAsync("40/chat,");
        Assert.Equal("40/chat,", await client.ReceiveAsync());

        await client.SendAsync("""42/chat,["say","heard"]""");
        await client.SendAsync("""42/chat,["off"]""");
        await client.SendAsync("""42/chat,["say","not heard"]""");
        open.Clear();
        await client.SendAsync("41/chat,");
        await client.SendAsync("40/chat,");

        Assert.Equal("44/chat,\"Invalid namespace\"", await client.ReceiveAsync());
        Assert.Equal(["heard"], told);
    }

    [Fact]
    [Trait("Feature", "P-16")]
    [Trait("Feature", "P-18")]
    public async Task A_client_class_of_the_applications_own_keeps_its_state_for_a_session()
    {
        var farm = new ConcurrentQueue<Visitor>();
        await using var node = await StartAsync(socket => farm.Enqueue(new Visitor(socket)));
        using var one = await OldClient.ConnectAsync(node, "polling");
        using var two = await OldClient.ConnectAsync(node, "websocket");

        foreach (var client in new[] { one, one, two, one })
        {
            await client.SendAsync("""420["count"]""");
        }

        Assert.Equal(["430[1]", "430[2]", "430[3]"], await one.ReceiveAsync(3));
        Assert.Equal("430[1]", await two.ReceiveAsync());
        Assert.Equal(2, farm.Count);
    }

    [Fact]
    [Trait("Feature", "P-17")]
    [Trait("Feature", "P-24")]
    public async Task All_sessions_can_be_listed_with_who_they_are()
    {
        await using var node = await StartAsync();
        var latest = new ConcurrentDictionary<string, string>();
        node.Io.Engine.Use((context, next) =>
        {
            if (context.Request.Query["sid"] is [{ } sid])
            {
                latest[sid] = $"{context.Request.Method} {context.Request.Headers.Cookie} {context.Request.Headers["X-Page"]} {context.Request.Query["t"]}";
            }

            return next();
        });
        using var polling = await OldPolling.OpenAsync(node, "EIO=3&transport=polling&b64=1&user=ada");
        using var webSocket = await OldClient.ConnectAsync(node, "websocket", "&user=bob");

        Assert.Equal(["ada", "bob"], node.Io.Sockets.Sockets.Values.Select(static socket => socket.Handshake.GetQuery("user")).Order());
        Assert.Equal(node.Io.Engine.Connections.Select(static connection => connection.Id).Order(), node.Io.Sockets.Sockets.Values.Select(static socket => socket.Connection.Id).Order());
        Assert.Equal("ada", node.Io.Sockets.Sockets[polling.Id].Handshake.GetQuery("user"));

        foreach (var (cookie, stamp) in new[] { ("k=old", "1"), ("k=new", "2") })
        {
            using var http = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = node.Address };
            http.DefaultRequestHeaders.Add("Cookie", cookie);
            http.DefaultRequestHeaders.Add("X-Page", "here");
            using var content = new StringContent("1:2");
            using var answer = await http.PostAsync($"/socket.io/?{polling.Query}&sid={polling.Id}&t={stamp}", content);
        }

        Assert.Equal("POST k=new here 2", latest[polling.Id]);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-21")]
    public async Task Messages_without_a_name_are_sent_and_reach_the_default_handler(string transport)
    {
        var told = new ConcurrentQueue<string>();
        await using var node = await StartAsync(socket => socket.OnAny(packet => told.Enqueue(TextOf(packet))).On("1", () => { told.Enqueue("by name"); }));
        using var client = await OldClient.ConnectAsync(node, transport);

        Assert.Single(node.Io.Engine.Connections).Send("2[1,2,3]");
        Assert.Equal("42[1,2,3]", await client.ReceiveAsync());

        await client.SendAsync("42[1,2,3]");
        await client.SendAsync("2");
        Assert.Equal("3", await client.ReceiveAsync());
        Assert.Equal(["[1,2,3]"], told);
    }

    [Theory]
    [InlineData("polling", "server")]
    [InlineData("polling", "41")]
    [InlineData("polling", "1")]
    [InlineData("websocket", "server")]
    [InlineData("websocket", "41")]
    [InlineData("websocket", "gone")]
    [Trait("Feature", "P-23")]
    public async Task The_end_is_told_once_whoever_has_ended_it(string transport, string how)
    {
        var told = new ConcurrentQueue<string>();
        await using var node = await StartAsync(socket => socket.OnDisconnect(end => told.Enqueue(end.Reason)));
        using var client = await OldClient.ConnectAsync(node, transport);
        var socket = Assert.Single(node.Io.Sockets.Sockets).Value;

        switch (how)
        {
            case "server":
                socket.Disconnect(close: true);
                break;
            case "gone":
                client.Dispose();
                break;
            default:
                await client.SendAsync(how);
                break;
        }

        await Patience.Until(() => !told.IsEmpty);
        socket.Disconnect(close: true);
        socket.Connection.Close();
        await node.App.StopAsync();
        Assert.Equal([how switch { "server" => CloseReasons.ServerNamespaceDisconnect, "41" => CloseReasons.ClientNamespaceDisconnect, _ => CloseReasons.TransportClose }], told);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-25")]
    public async Task Who_asks_a_client_that_has_gone_gets_an_error_and_nothing_is_sent(string transport)
    {
        await using var node = await StartAsync();
        using var client = await OldClient.ConnectAsync(node, transport);
        var socket = Assert.Single(node.Io.Sockets.Sockets).Value;
        var waiting = socket.EmitWithAckAsync<int>("before");

        socket.Disconnect();
        socket.Emit("after");

        await Assert.ThrowsAsync<SocketDisconnectedException>(() => waiting);
        await Assert.ThrowsAsync<SocketDisconnectedException>(() => socket.EmitWithAckAsync<int>("after"));
        await Assert.ThrowsAsync<SocketDisconnectedException>(() => socket.SendWithAckAsync("after"));
        Assert.Equal(["""420["before"]""", "41"], await client.ReceiveAsync(2));
        await client.SendAsync("2");
        Assert.Equal("3", await client.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "P-26")]
    public async Task Of_the_options_of_all_servers_of_one_and_of_a_message_the_nearest_count()
    {
        await using var node = await Node.StartBareAsync(
            static builder =>
            {
                builder.Services.ConfigureAll<SocketIOOptions>(static options =>
                {
                    options.Generations = Generations.EngineIO3;
                    options.PingInterval = TimeSpan.FromSeconds(29);
                    options.HttpCompression = new HttpCompressionOptions { Threshold = 256 };
                });
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIO("plain", static options => (options.Path, options.HttpCompression, options.PingInterval) = ("/plain", null, TimeSpan.FromSeconds(7)));
            },
            static app =>
            {
                app.MapSocketIO();
                app.MapSocketIO("plain");
            });
        var plain = node.App.Services.GetRequiredKeyedService<SocketIOServer>("plain");

        Assert.Equal((29000, "gzip"), await PollAsync(node, "/socket.io/", () => node.Io.Emit("big", new string('x', 300))));
        Assert.Equal((29000, ""), await PollAsync(node, "/socket.io/", () => node.Io.Compress(false).Emit("big", new string('x', 300))));
        Assert.Equal((7000, ""), await PollAsync(node, "/plain/", () => plain.Emit("big", new string('x', 300))));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-28")]
    public async Task What_nobody_listens_for_is_dropped_or_answered_as_the_application_says(string transport)
    {
        await using var node = await StartAsync();
        node.Io.Of("/strict").OnConnection(static socket => socket.OnAny(packet =>
        {
            if (socket.ListenerCount(packet.Name) == 0)
            {
                socket.Connection.Send("4/strict,\"Unregistered event\"");
            }
        }));
        using var client = await OldClient.ConnectAsync(node, transport);
        await client.SendAsync("40/strict");
        Assert.Equal("40/strict,", await client.ReceiveAsync());

        await client.SendAsync("""42["nobody"]""");
        await client.SendAsync("""42/strict,["nobody"]""");
        Assert.Equal("44/strict,\"Unregistered event\"", await client.ReceiveAsync());

        await client.SendAsync("2");
        Assert.Equal("3", await client.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "P-42")]
    public async Task A_producer_learns_when_what_it_has_sent_has_left()
    {
        await using var node = await StartAsync();
        var drained = 0;
        node.Io.Engine.Drain += connection =>
        {
            // The first is the handshake's. A producer sends on when there is room again.
            if (Interlocked.Increment(ref drained) == 2)
            {
                node.Io.Sockets.Sockets[connection.Id].Emit("more");
            }
        };
        using var client = await OldPolling.OpenAsync(node);
        await Patience.Until(() => drained == 1);
        var socket = Assert.Single(node.Io.Sockets.Sockets).Value;

        socket.Emit("one");
        socket.Emit("two");
        Assert.Equal(1, drained);

        Assert.Equal(["""42["one"]""", """42["two"]"""], await client.PollAsync());
        Assert.Equal(["""42["more"]"""], await client.PollAsync());
        await Patience.Until(() => drained == 3);
    }

    [Fact]
    [Trait("Feature", "P-43")]
    public async Task One_endpoint_serves_requests_and_websockets()
    {
        await using var node = await StartAsync();
        using var polling = await OldClient.ConnectAsync(node, "polling");
        using var webSocket = await OldClient.ConnectAsync(node, "websocket");

        node.Io.Emit("all");

        Assert.Equal("""42["all"]""", await polling.ReceiveAsync());
        Assert.Equal("""42["all"]""", await webSocket.ReceiveAsync());
        Assert.Equal(["polling", "websocket"], node.Io.Engine.Connections.Select(static connection => connection.Transport).Order());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    [Trait("Feature", "P-44")]
    public async Task A_handler_that_blocks_holds_up_its_own_session_alone_whose_order_it_keeps(string transport)
    {
        using var gate = new ManualResetEventSlim();
        using var blocked = new ManualResetEventSlim();
        var told = new ConcurrentQueue<string>();
        await using var node = await StartAsync(socket => socket
            .On("block", () =>
            {
                blocked.Set();
                Assert.True(gate.Wait(TimeSpan.FromSeconds(20)));
                told.Enqueue("block");
            })
            .On("next", () => { told.Enqueue("next"); })
            .On("free", () =>
            {
                told.Enqueue("free");
                gate.Set();
            }));
        using var one = await OldClient.ConnectAsync(node, transport);
        using var other = await OldClient.ConnectAsync(node, transport);

        var blocking = one.SendAsync("""42["block"]""");
        await Patience.Until(() => blocked.IsSet);
        await other.SendAsync("""42["free"]""");
        await blocking;
        await one.SendAsync("""42["next"]""");

        await Patience.Until(() => told.Count == 3);
        Assert.Equal(["free", "block", "next"], told);
    }

    private static Task<Node> StartAsync(Action<Socket>? onConnection = null, Action<SocketIOOptions>? configure = null) => Node.StartAsync(
        options =>
        {
            options.Generations = Generations.EngineIO3;
            configure?.Invoke(options);
        },
        map: app => app.MapSocketIO(io => io.OnConnection(socket => onConnection?.Invoke(socket))));

    private static string TextOf(SocketEvent packet) => Encoding.UTF8.GetString(packet.Arguments.Payload.Json.Span);

    private static async Task<(int PingInterval, string Encoding)> PollAsync(Node node, string path, Action send)
    {
        using var http = node.CreateHttpClient();
        var url = path + "?EIO=3&transport=polling&b64=1";
        var handshake = JsonElement.Parse(OldPolling.Split(await http.GetStringAsync(url))[0][1..]);
        send();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}&sid={handshake.GetProperty("sid").GetString()}");
        request.Headers.Add("Accept-Encoding", "gzip");
        using var answer = await http.SendAsync(request);
        return (handshake.GetProperty("pingInterval").GetInt32(), string.Join(',', answer.Content.Headers.ContentEncoding));
    }

    /// <summary>A client class as an application writes it.</summary>
    private sealed class Visitor
    {
        private int _count;

        public Visitor(Socket socket) => socket.On("count", () => ++_count);
    }
}
