using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Client.Tests;

/// <summary>The protocols before 0.7, against a server that says what those of go-socket.io and 0.6 said.</summary>
[Trait("Feature", "G-40")]
public class PlainProtocolTests
{
    private const string MarkedGreeting = "~m~16~m~9473712009163484";
    private const string AnnotatedGreeting = "3:16:4135230405725916,";

    [Fact]
    public async Task Dialling_gives_the_sessions_id()
    {
        await using var server = await ScriptedServer.StartAsync();

        var (marked, first) = await server.ConnectAsync(ClientProtocol.Version06, MarkedGreeting);
        var (annotated, second) = await server.ConnectAsync(ClientProtocol.Development07, AnnotatedGreeting, path: "?user=ada");

        Assert.Equal(("9473712009163484", "9473712009163484", "/socket.io/websocket"), (marked.SessionId, marked.Id, first.Target));
        Assert.Equal(("4135230405725916", "4135230405725916", "/socket.io/websocket?user=ada"), (annotated.SessionId, annotated.Id, second.Target));
        first.Abort();
        second.Abort();
    }

    [Theory]
    [InlineData("~m~4~m~~h~1", "~m~5~m~~h~10")]
    [InlineData("2:1:1,", "2:2:10,")]
    public async Task Heartbeats_are_sent_back_as_they_are_and_not_delivered(string first, string tenth)
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await ConnectAsync(server, first, static client => client.OnMessage(static (JsonElement message) => Assert.Fail($"{message}")));

        await connection.SendAsync(first);
        Assert.Equal(first, await connection.ReceiveAsync());
        await connection.SendAsync(tenth);
        Assert.Equal(tenth, await connection.ReceiveAsync());

        Assert.True(client.IsConnected);
        connection.Abort();
    }

    [Theory]
    [InlineData("~m~5~m~hello~m~0~m~~m~18~m~~j~{\"a\":1,\"s\":\"☃\"}")]
    [InlineData("1:6::hello,1:1::,1:18:j\n:{\"a\":1,\"s\":\"☃\"},")]
    public async Task Messages_are_texts_or_JSON(string unit)
    {
        var messages = new Happenings<JsonElement>();
        await using var server = await ScriptedServer.StartAsync();
        var (_, connection) = await ConnectAsync(server, unit, client => client.OnMessage(messages.Add));

        await connection.SendAsync(unit);

        Assert.Equal("hello", (await messages.NextAsync()).GetString());
        Assert.Equal("", (await messages.NextAsync()).GetString());
        Assert.Equal("☃", (await messages.NextAsync()).GetProperty("s").GetString());
        connection.Abort();
    }

    [Theory]
    [InlineData("~m~1~m~ü", "~m~2~m~42", "~m~10~m~~j~{\"x\":1}", "~m~36~m~~j~{\"name\":\"news\",\"args\":[\"a\",true]}")]
    [InlineData("1:2::ü,", "1:3::42,", "1:10:j\n:{\"x\":1},", "1:36:j\n:{\"name\":\"news\",\"args\":[\"a\",true]},")]
    public async Task What_is_sent_is_a_text_digits_or_JSON(string text, string number, string json, string @event)
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await ConnectAsync(server, text);

        client.Send("ü", 42);
        client.Send(new { X = 1 });
        client.Emit("news", "a", true);

        Assert.Equal(text, await connection.ReceiveAsync());
        Assert.Equal(number, await connection.ReceiveAsync());
        Assert.Equal(json, await connection.ReceiveAsync());
        Assert.Equal(@event, await connection.ReceiveAsync());
        connection.Abort();
    }

    [Theory]
    [InlineData("~m~36~m~~j~{\"name\":\"news\",\"args\":[\"a\",true]}")]
    [InlineData("1:36:j\n:{\"name\":\"news\",\"args\":[\"a\",true]},")]
    public async Task JSON_that_is_an_event_reaches_the_events_handlers(string unit)
    {
        var news = new Happenings<(string, bool)>();
        await using var server = await ScriptedServer.StartAsync();
        var (_, connection) = await ConnectAsync(server, unit, client => client.On("news", (string text, bool truth) => news.Add((text, truth))));

        await connection.SendAsync(unit);

        Assert.Equal(("a", true), await news.NextAsync());
        connection.Abort();
    }

    [Fact]
    public async Task A_realm_is_a_namespace_and_others_are_not_heard()
    {
        var messages = new Happenings<string>();
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(ClientProtocol.Development07, AnnotatedGreeting, client => client.OnMessage(messages.Add), "/chat");

        client.Send("to realm");
        await connection.SendAsync("1:7::nobody,1:13:r:news\n:other,1:16:r:chat\n:to realm,");

        Assert.Equal("1:16:r:chat\n:to realm,", await connection.ReceiveAsync());
        Assert.Equal("to realm", await messages.NextAsync());
        connection.Abort();
    }

    [Fact]
    public async Task A_packet_may_come_in_parts()
    {
        var messages = new Happenings<string>();
        await using var server = await ScriptedServer.StartAsync();
        var (_, connection) = await server.ConnectAsync(ClientProtocol.Development07, AnnotatedGreeting, client => client.OnMessage(messages.Add));

        await connection.SendAsync("1:6::he");
        await connection.SendAsync("llo,");

        Assert.Equal("hello", await messages.NextAsync());
        connection.Abort();
    }

    [Fact]
    public async Task A_forced_disconnect_ends_the_session()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(ClientProtocol.Development07, AnnotatedGreeting);

        await connection.SendAsync("0:0:,");

        Assert.Equal("close 1000", await connection.ReceiveAsync());
        await connection.CloseAsync();
        Assert.Equal(DisconnectReasons.TransportClose, (await Patience.Within(client.Completion)).Reason);
    }

    [Theory]
    [InlineData("~m~")]
    [InlineData("1:")]
    public async Task Closing_is_the_end_of_the_WebSocket_alone(string form)
    {
        var ends = new Happenings<ClientDisconnection>();
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await ConnectAsync(server, form, client => client.OnDisconnect(ends.Add));

        var closing = client.CloseAsync();

        Assert.Equal("close 1000", await connection.ReceiveAsync());
        await connection.CloseAsync();
        await Patience.Within(closing);
        Assert.Equal(DisconnectReasons.ClientDisconnect, (await ends.NextAsync()).Reason);
    }

    [Fact]
    public async Task A_server_that_greets_clients_of_two_generations_is_understood()
    {
        var messages = new Happenings<string>();
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new SocketIOClient(server.Url, new SocketIOClientOptions { Protocol = ClientProtocol.Version06 }).OnMessage(messages.Add);
        var connecting = client.ConnectAsync();
        var connection = await server.AcceptAsync();

        await connection.SendAsync("""{"messages":["{\"sessionid\":\"9473712009163484\"}"]}""");
        await connection.SendAsync(MarkedGreeting);
        await connection.SendAsync("""{"messages":["hello"]}""");
        await connection.SendAsync("~m~5~m~hello");

        await Patience.Within(connecting);
        Assert.Equal("9473712009163484", client.SessionId);
        Assert.Equal("hello", await messages.NextAsync());
        connection.Abort();
    }

    [Fact]
    public async Task A_server_without_heartbeats_is_lost_after_the_options_time()
    {
        var time = new ManualTimeProvider();
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new SocketIOClient(server.Url, new SocketIOClientOptions { Protocol = ClientProtocol.Version06, TimeProvider = time });
        var connecting = client.ConnectAsync();
        var connection = await server.AcceptAsync();
        await connection.SendAsync(MarkedGreeting);
        await Patience.Within(connecting);

        time.Advance(TimeSpan.FromSeconds(15));

        Assert.Equal("close 1000", await connection.ReceiveAsync());
        await connection.CloseAsync();
        Assert.Equal(DisconnectReasons.PingTimeout, (await Patience.Within(client.Completion)).Reason);
    }

    [Theory]
    [InlineData("~m~")]
    [InlineData("1:")]
    public async Task What_the_protocol_cannot_carry_is_refused_and_the_connection_goes_on(string form)
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await ConnectAsync(server, form);

        Assert.Contains("binary values", Assert.Throws<PacketNotSupportedException>(() => client.Send(new byte[] { 1 })).Message);
        var error = await Assert.ThrowsAsync<PacketNotSupportedException>(() => client.EmitWithAckAsync("question"));

        Assert.Contains("acknowledgements", error.Message);
        Assert.True(client.IsConnected);
        connection.Abort();
    }

    [Fact]
    public void What_the_protocol_has_not_is_refused_before_connecting()
    {
        Assert.Throws<PacketNotSupportedException>(() =>
            new SocketIOClient("http://localhost/chat", new SocketIOClientOptions { Protocol = ClientProtocol.Version06 }));
        Assert.Throws<ArgumentException>(() =>
            new SocketIOClient("http://localhost", new SocketIOClientOptions { Protocol = ClientProtocol.Development07, Auth = new { Token = "secret" } }));
    }

    // By the first character of what is exchanged.
    private static Task<(SocketIOClient Client, ScriptedConnection Connection)> ConnectAsync(ScriptedServer server, string unit, Action<SocketIOClient>? handlers = null) =>
        unit[0] == '~'
            ? server.ConnectAsync(ClientProtocol.Version06, MarkedGreeting, handlers)
            : server.ConnectAsync(ClientProtocol.Development07, AnnotatedGreeting, handlers);
}
