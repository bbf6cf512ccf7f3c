using System.Net;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>WebSockets of clients before 0.7, by RFC 6455.</summary>
[Trait("Feature", "G-02")]
public sealed class PlainWebSocketTests
{
    [Theory]
    [InlineData("websocket")]
    [InlineData("flashsocket")]
    [Trait("Feature", "J-01")]
    [Trait("Feature", "J-02")]
    [Trait("Feature", "G-17")]
    public async Task Messages_of_any_size_go_both_ways(string transport)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version06, onConnection: LegacyNode.Echo);
        using var socket = await node.OpenWebSocketAsync("/socket.io/" + transport);

        Assert.Matches("^~m~20~m~[0-9A-Za-z_-]{20}$", await socket.ReceiveAsync());
        Assert.Equal(transport, Assert.Single(node.Io.Engine.Connections).Transport);
        foreach (var message in new[] { "~m~10~m~plain é☃😀", "~m~16~m~~j~{\"b\":[2,\"é\"]}", "~m~0~m~", $"~m~20000~m~{new string('x', 20_000)}" })
        {
            await socket.SendAsync(message);
            Assert.Equal(message, await socket.ReceiveAsync());
        }

        await socket.SendAsync("~m~1~m~a~m~1~m~b");
        Assert.Equal(["~m~1~m~a", "~m~1~m~b"], await socket.ReceiveAsync(2));
    }

    [Theory]
    [InlineData("""["queued before connect","b"]""", """{"messages":["queued before connect"]}""", """{"messages":["b"]}""")]
    [InlineData("~m~21~m~queued before connect~m~1~m~b", "~m~21~m~queued before connect", "~m~1~m~b")]
    [Trait("Feature", "X-01")]
    [Trait("Feature", "E-16")]
    public async Task The_first_words_of_a_client_tell_of_which_generation_it_is(string said, string one, string other)
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket =>
        {
            LegacyNode.Echo(socket);
            socket.Send("hello");
        });
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");

        var greetings = await socket.ReceiveAsync(6);
        Assert.Matches("""^\{"messages":\["\{\\"sessionid\\":\\".{20}\\"\}"\]\}$""", greetings[0]);
        Assert.Matches("^~m~20~m~.{20}$", greetings[1]);
        Assert.Equal(["""{"heartbeat":"1"}""", "~m~4~m~~h~1", """{"messages":["hello"]}""", "~m~5~m~hello"], greetings[2..]);

        await socket.SendAsync(said);
        Assert.Equal([one, other], await socket.ReceiveAsync(2));
        node.Io.Send("b");
        Assert.Equal(other, await socket.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "X-01")]
    public async Task The_answer_to_the_early_heartbeat_tells_it_too()
    {
        await using var node = await LegacyNode.StartAsync();
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        await socket.ReceiveAsync(4);

        await socket.SendAsync("~m~4~m~~h~1");
        await Patience.Until(() => Assert.Single(node.Io.Engine.Connections).Codec is DualGreetingCodec { Decided: LengthFramedCodec });
        node.Io.Send("hi");

        Assert.Equal("~m~2~m~hi", await socket.ReceiveAsync());
        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    [Trait("Feature", "J-40")]
    public async Task Heartbeats_are_counted_and_who_does_not_answer_is_gone()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version06);
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        await socket.ReceiveAsync();

        for (var number = 1; number <= 3; number++)
        {
            node.Time.Advance(TimeSpan.FromSeconds(10.1));
            Assert.Equal($"~m~4~m~~h~{number}", await socket.ReceiveAsync());
            await socket.SendAsync($"~m~4~m~~h~{number}");
            await socket.SendAsync("~m~1~m~x");
            await Patience.Until(() => node.Told.Count(static told => told.StartsWith("message", StringComparison.Ordinal)) == number);
        }

        node.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal("~m~4~m~~h~4", await socket.ReceiveAsync());
        node.Time.Advance(TimeSpan.FromSeconds(8.1));
        await node.UntilToldAsync("disconnect ping timeout");
    }

    [Fact]
    public async Task Clients_that_know_no_heartbeats_are_not_asked_to_answer_them()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version02);
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        await socket.ReceiveAsync();

        for (var i = 0; i < 5; i++)
        {
            node.Time.Advance(TimeSpan.FromSeconds(10.1));
            Assert.Equal("""{"heartbeat":"1"}""", await socket.ReceiveAsync());
        }

        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    [Trait("Feature", "J-36")]
    [Trait("Feature", "J-23")]
    public async Task A_session_ends_at_once_with_its_WebSocket()
    {
        await using var node = await LegacyNode.StartAsync();
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        await socket.ReceiveAsync();

        socket.Abort();

        await node.UntilToldAsync("disconnect transport close");
        Assert.Equal(["connection", "disconnect transport close"], node.Told);
    }

    [Fact]
    public async Task A_client_that_the_server_disconnects_gets_what_was_sent_before()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version06, onConnection: static socket => socket.On("message", () =>
        {
            socket.Send("bye");
            socket.Disconnect();
        }));
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        await socket.ReceiveAsync();
        await socket.SendAsync("~m~2~m~go");

        Assert.Equal("~m~3~m~bye", await socket.ReceiveAsync());
        Assert.Null(await socket.ReceiveAsync());
        await node.UntilToldAsync("disconnect server namespace disconnect");
    }

    [Fact]
    [Trait("Feature", "E-02")]
    public async Task A_client_whose_Flash_does_not_get_through_goes_on_with_the_next_transport()
    {
        await using var node = await LegacyNode.StartAsync();

        // A proxy has taken the upgrade out of the request.
        Assert.Equal(HttpStatusCode.BadRequest, (await node.GetAsync("/socket.io/flashsocket")).Status);
        await node.BeginPollingAsync();

        Assert.Equal(["connection"], node.Told);
    }

    [Theory]
    [InlineData("/socket.io/websocket")]
    [InlineData("/socket.io/flashsocket/unknown")]
    public async Task A_WebSocket_that_is_none_is_refused(string path)
    {
        await using var node = await LegacyNode.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await node.GetAsync(path)).Status);
        Assert.Empty(node.Told);
    }

    [Fact]
    [Trait("Feature", "G-34")]
    public async Task What_is_malformed_does_not_end_the_session()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version06, onConnection: LegacyNode.Echo);
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        await socket.ReceiveAsync();

        await socket.SendAsync("~m~1~m~a~m~oops");
        await socket.SendAsync("~m~1~m~b");

        Assert.Equal("~m~1~m~b", await socket.ReceiveAsync());
        Assert.Equal(["connection", "error EngineFormatException", "message \"b\""], node.Told);
    }

    [Fact]
    [Trait("Feature", "J-19")]
    [Trait("Feature", "E-13")]
    [Trait("Feature", "G-21")]
    public async Task A_transport_that_is_not_offered_is_refused()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.Version06.Transports = LegacyTransportTypes.WebSocket);

        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        foreach (var path in new[] { "xhr-polling//1", "xhr-multipart/", "htmlfile//1", "jsonp-polling//1/0", "server-events", "flashsocket" })
        {
            var answer = await node.GetAsync("/socket.io/" + path);
            Assert.Equal((HttpStatusCode.BadRequest, true), (answer.Status, answer.Message.Headers.ConnectionClose));
        }
    }

    [Theory]
    [InlineData(TransportTypes.Polling, "websocket")]
    [InlineData(TransportTypes.WebSocket, "xhr-polling//1")]
    [InlineData(TransportTypes.WebSocket, "htmlfile//1")]
    public async Task Transports_that_the_server_has_not_at_all_are_refused_to_old_clients_too(TransportTypes transports, string path)
    {
        await using var node = await LegacyNode.StartAsync(configure: options => options.Transports = transports);

        Assert.Equal(HttpStatusCode.BadRequest, (await node.GetAsync("/socket.io/" + path)).Status);
    }

    [Theory]
    [InlineData("/socket.io/websocket")]
    [InlineData("/socket.io/xhr-polling//1")]
    public async Task Where_the_generation_is_not_served_its_requests_are_refused(string path)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Current | Generations.EngineIO3 | Generations.Version09);

        Assert.Equal(HttpStatusCode.BadRequest, (await node.GetAsync(path)).Status);
    }
}
