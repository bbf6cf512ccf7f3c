using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace SocketIO.Server.Tests;

/// <summary>The bounds are those of the server, whichever generation a client is of.</summary>
public sealed class GenerationLimitTests
{
    public static TheoryData<string> Clients => ["0.2", "0.6", "0.9", "2.5", "4"];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_body_that_is_too_large_is_refused_and_its_session_goes_on(string client)
    {
        await using var node = await StartAsync(static options => options.MaxHttpBufferSize = 1000);
        var session = await Session.BeginAsync(node, client);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await session.SendAsync(new string('x', 1001))).Status);
        Assert.Equal(HttpStatusCode.OK, (await session.SendAsync("small")).Status);

        await node.UntilToldAsync("message \"small\"");
        Assert.DoesNotContain(node.Told, static told => told.Contains("xxx", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task A_message_that_is_too_large_closes_its_WebSocket_and_no_other(string client)
    {
        await using var node = await StartAsync(static options => options.MaxHttpBufferSize = 1000);
        var other = await Session.BeginAsync(node, client);
        using var socket = new ClientWebSocket();
        var target = client switch
        {
            "0.9" => "/socket.io/1/websocket/" + (await ProtocolOneSession.ShakeHandsAsync(node)).Id,
            "2.5" or "4" => $"/socket.io/?EIO={(client == "4" ? 4 : 3)}&transport=websocket",
            _ => "/socket.io/websocket",
        };
        await Patience.Within(socket.ConnectAsync(new Uri($"ws://{node.Node.Address.Authority}{target}"), CancellationToken.None));

        await socket.SendAsync(Encoding.ASCII.GetBytes(Session.Wrap(client, new string('x', 2000))), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[4096];
        while ((await Patience.Within(socket.ReceiveAsync(buffer, CancellationToken.None))).MessageType != WebSocketMessageType.Close)
        {
        }

        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
        Assert.Equal(HttpStatusCode.OK, (await other.SendAsync("still here")).Status);
        await node.UntilToldAsync("message \"still here\"");
        await Patience.Until(() => node.Io.Engine.ClientsCount == 1);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task What_waits_for_a_client_that_never_polls_is_bounded_in_bytes(string client)
    {
        await using var node = await StartAsync(static options => options.MaxOutboundBytes = 64 * 1024);
        var silent = await Session.BeginAsync(node, client);
        var other = await Session.BeginAsync(node, client);
        var chunk = new string('x', 20_000);

        for (var i = 0; i < 3; i++)
        {
            node.Io.Sockets.Sockets[silent.SocketId].Send(chunk);
        }

        Assert.Equal(2, node.Io.Engine.ClientsCount);
        node.Io.Sockets.Sockets[silent.SocketId].Send(chunk);

        await node.UntilToldAsync($"disconnect {CloseReasons.TransportError}");
        node.Io.Send("for the other");
        Assert.Contains("for the other", (await node.GetAsync(other.PollUrl)).Body, StringComparison.Ordinal);
        Assert.Equal(other.SocketId, Assert.Single(node.Io.Sockets.Sockets).Key);
    }

    [Theory]
    [InlineData("0.2")]
    [InlineData("0.6")]
    [InlineData("0.9")]
    public async Task What_waits_for_a_client_is_bounded_in_number_where_its_generation_says_so(string client)
    {
        await using var node = await StartAsync(static options => (options.Version06.QueueLength, options.Version09.QueueLength) = (3, 3));
        var session = await Session.BeginAsync(node, client);
        var socket = node.Io.Sockets.Sockets[session.SocketId];

        for (var i = 0; i < 3; i++)
        {
            socket.Send($"message {i}");
        }

        Assert.Throws<QueueFullException>(() => socket.Send("one too many"));
        node.Io.Send("passed over");
        var body = (await node.GetAsync(session.PollUrl)).Body;
        Assert.Contains("message 2", body, StringComparison.Ordinal);
        Assert.DoesNotContain("one too many", body, StringComparison.Ordinal);
        Assert.DoesNotContain("passed over", body, StringComparison.Ordinal);
        socket.Send("room again");
        Assert.Contains("room again", (await node.GetAsync(session.PollUrl)).Body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task One_connection_too_many_is_refused_and_one_that_ends_makes_room(string client)
    {
        await using var node = await StartAsync(static options => options.MaxConnections = 2);
        await Session.BeginAsync(node, "4");
        var second = await Session.BeginAsync(node, client);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await node.GetAsync(Session.Handshake(client))).Status);
        Assert.Equal(2, node.Io.Engine.ClientsCount);

        node.Io.Sockets.Sockets[second.SocketId].Connection.Close();
        await node.GetAsync(second.PollUrl);
        await Patience.Until(() => node.Io.Engine.ClientsCount == 1);
        await Session.BeginAsync(node, client);
    }

    [Fact]
    public async Task Handshakes_that_wait_for_a_transport_are_bounded_and_keep_no_other_generation_out()
    {
        await using var node = await StartAsync(static options => options.Version09.MaxPendingHandshakes = 2);
        await ProtocolOneSession.ShakeHandsAsync(node);
        await ProtocolOneSession.ShakeHandsAsync(node);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await node.GetAsync("/socket.io/1/")).Status);
        Assert.Equal(0, node.Io.Engine.ClientsCount);
        foreach (var client in (string[])["0.2", "0.6", "2.5", "4"])
        {
            await Session.BeginAsync(node, client);
        }

        node.Time.Advance(node.Io.Options.Version09.HandshakeTimeout + TimeSpan.FromSeconds(1));
        await Session.BeginAsync(node, "0.9");
    }

    [Fact]
    public async Task A_current_client_that_joins_nothing_is_closed_in_time()
    {
        await using var node = await StartAsync(static options => (options.MaxConnections, options.PingInterval) = (1, TimeSpan.FromHours(1)));
        await node.GetAsync(Session.Handshake("4"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await node.GetAsync(Session.Handshake("4"))).Status);

        node.Time.Advance(node.Io.Options.ConnectTimeout + node.Io.Options.CloseTimeout + TimeSpan.FromSeconds(1));

        await Patience.Until(() => node.Io.Engine.ClientsCount == 0);
        await Session.BeginAsync(node, "4");
    }

    private static Task<LegacyNode> StartAsync(Action<SocketIOOptions> configure) => LegacyNode.StartAsync(
        Generations.All,
        options =>
        {
            options.Version06.ReconnectTimeout = options.Version09.CloseTimeout = TimeSpan.FromHours(1);
            configure(options);
        });

    /// <summary>A session of a client that polls, in the main namespace.</summary>
    private sealed class Session
    {
        private readonly LegacyNode _node;
        private readonly string _client;

        private Session(LegacyNode node, string client, string id)
        {
            _node = node;
            _client = client;
            PollUrl = client switch
            {
                "0.2" or "0.6" => $"/socket.io/xhr-polling/{id}/1",
                "0.9" => $"/socket.io/1/xhr-polling/{id}?t=1",
                _ => $"{Handshake(client)}&sid={id}",
            };
            SocketId = node.Io.Sockets.Sockets.Values.Single(socket => socket.Connection.Id == id).Id;
        }

        public string PollUrl { get; }

        public string SocketId { get; }

        /// <summary>The first request of a client.</summary>
        public static string Handshake(string client) => client switch
        {
            "0.2" => "/socket.io/xhr-polling",
            "0.6" => "/socket.io/xhr-polling//1",
            "0.9" => "/socket.io/1/?t=1",
            "2.5" => "/socket.io/?EIO=3&transport=polling&b64=1",
            _ => "/socket.io/?EIO=4&transport=polling",
        };

        /// <summary>A message as the client puts it into a frame.</summary>
        public static string Wrap(string client, string text) => client switch
        {
            "0.2" => JsonSerializer.Serialize(new[] { text }),
            "0.6" => $"~m~{text.Length}~m~{text}",
            "0.9" => "3:::" + text,
            _ => $"42[\"message\",\"{text}\"]",
        };

        public static async Task<Session> BeginAsync(LegacyNode node, string client)
        {
            var before = node.Io.Engine.Connections.Select(static connection => connection.Id).ToHashSet();
            if (client == "0.9")
            {
                await ProtocolOneSession.ConnectAsync(node);
            }
            else
            {
                Assert.Equal(HttpStatusCode.OK, (await node.GetAsync(Handshake(client))).Status);
            }

            var id = node.Io.Engine.Connections.Select(static connection => connection.Id).Single(id => !before.Contains(id));
            if (client == "4")
            {
                await node.AskAsync(HttpMethod.Post, $"{Handshake(client)}&sid={id}", new StringContent("40"));
            }

            await Patience.Until(() => node.Io.Sockets.Sockets.Values.Any(socket => socket.Connection.Id == id));
            var session = new Session(node, client, id);
            if (client == "4")
            {
                await node.GetAsync(session.PollUrl);
            }

            return session;
        }

        public Task<LegacyAnswer> SendAsync(string text)
        {
            var message = Wrap(_client, text);
            return _client switch
            {
                "0.2" or "0.6" => _node.PostAsync(PollUrl + "/send", message),
                "2.5" => _node.AskAsync(HttpMethod.Post, PollUrl, new StringContent(OldPolling.Join(message))),
                _ => _node.AskAsync(HttpMethod.Post, PollUrl, new StringContent(message)),
            };
        }
    }
}
