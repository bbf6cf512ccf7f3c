using System.Net;
using System.Net.Sockets;
using SocketIO.Server;
using Socket = SocketIO.Server.Socket;

namespace SocketIO.Client.Tests;

public class ConnectTests
{
    [Fact]
    public async Task A_client_knows_the_ids_that_the_server_knows_it_by()
    {
        var sockets = new Happenings<Socket>();
        await using var server = await LiveServer.StartAsync(sockets.Add);

        await using var client = await server.ConnectAsync();

        var socket = await sockets.NextAsync();
        Assert.True(client.IsConnected);
        Assert.Equal(socket.Id, client.Id);
        Assert.Equal(socket.Connection.Id, client.SessionId);
        Assert.Equal("websocket", socket.Connection.Transport);
    }

    [Fact]
    public async Task The_path_of_the_URL_is_the_namespace_and_its_query_goes_with_the_handshake()
    {
        var sockets = new Happenings<Socket>();
        await using var server = await LiveServer.ServeAsync(io => io.Of("/chät").OnConnection(sockets.Add));

        await using var client = await server.ConnectAsync(
            options: new SocketIOClientOptions { Auth = new { Token = "secret" } },
            path: "/ch%C3%A4t?room=a%20b");

        var socket = await sockets.NextAsync();
        Assert.Equal("/chät", socket.Namespace.Name);
        Assert.Equal("secret", socket.Handshake.Auth.GetProperty("token").GetString());
        Assert.Equal("a b", socket.Handshake.GetQuery("room"));
    }

    [Fact]
    public async Task Headers_are_set_on_the_WebSocket()
    {
        var sockets = new Happenings<Socket>();
        await using var server = await LiveServer.StartAsync(sockets.Add);

        await using var client = await server.ConnectAsync(options: new SocketIOClientOptions
        {
            ConfigureWebSocket = static socket => socket.SetRequestHeader("X-Client", "mine"),
        });

        Assert.Equal("mine", (await sockets.NextAsync()).Handshake.Headers["X-Client"]);
    }

    [Fact]
    public async Task Another_path_of_the_server_is_an_option()
    {
        await using var server = await LiveServer.StartAsync(static (Socket _) => { }, static options => options.Path = "/realtime");

        await using var client = await server.ConnectAsync(options: new SocketIOClientOptions { Path = "/realtime/" });

        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task A_refusal_has_the_servers_message_and_data()
    {
        await using var server = await LiveServer.ServeAsync(static io =>
            io.Use(static (_, _) => throw new ConnectRefusedException("not you", new { Code = 7 })));
        await using var client = new SocketIOClient(server.Url).OnDisconnect(static _ => Assert.Fail("There was no connection."));

        var refusal = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(client.ConnectAsync()));

        Assert.Equal("not you", refusal.Message);
        Assert.Equal(7, refusal.Details!.Value.GetProperty("code").GetInt32());
        Assert.False(client.IsConnected);
    }

    [Fact]
    public async Task A_namespace_that_does_not_exist_is_refused()
    {
        await using var server = await LiveServer.StartAsync(static (Socket _) => { });
        await using var client = new SocketIOClient(server.Url + "/nowhere");

        var refusal = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(client.ConnectAsync()));

        Assert.Equal("Invalid namespace", refusal.Message);
        Assert.Null(refusal.Details);
    }

    [Fact]
    public async Task Where_nobody_listens_the_error_says_so()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://{listener.LocalEndpoint}";
        listener.Stop();
        await using var client = new SocketIOClient(url);

        var error = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(client.ConnectAsync()));

        Assert.Contains("cannot be reached", error.Message);
        Assert.NotNull(error.InnerException);
    }

    [Fact]
    public async Task Where_no_Socket_IO_server_listens_the_error_has_the_status()
    {
        await using var server = await LiveServer.StartAsync(static (Socket _) => { });
        await using var client = new SocketIOClient(server.Url, new SocketIOClientOptions { Path = "/elsewhere" });

        var error = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(client.ConnectAsync()));

        Assert.Contains("answers with status 404", error.Message);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("0{}")]
    [InlineData("0{\"sid\":1,\"upgrades\":[],\"pingInterval\":1,\"pingTimeout\":1}")]
    [InlineData("42[\"early\"]")]
    [InlineData("")]
    public async Task What_begins_with_no_handshake_is_no_server(string greeting)
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new SocketIOClient(server.Url);
        var connecting = client.ConnectAsync();
        var connection = await server.AcceptAsync();

        await connection.SendAsync(greeting);

        Assert.Equal("close 1007", await connection.ReceiveAsync());
        await connection.CloseAsync();
        var error = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(connecting));
        Assert.Contains(DisconnectReasons.ParseError, error.Message);
    }

    [Theory]
    [InlineData("40")]
    [InlineData("40{}")]
    [InlineData("40{\"sid\":null}")]
    [InlineData("40{\"sid\":\"\\ud800\"}")]
    [InlineData("44{}")]
    [InlineData("44{\"message\":7}")]
    public async Task An_answer_that_is_none_ends_the_connection(string answer)
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new SocketIOClient(server.Url);
        var connecting = client.ConnectAsync();
        var connection = await server.AcceptAsync();
        await connection.SendAsync("""0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000}""");
        Assert.Equal("40", await connection.ReceiveAsync());

        await connection.SendAsync(answer);
        await connection.CloseAsync();

        var error = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(connecting));
        Assert.Contains(DisconnectReasons.ParseError, error.Message);
    }

    [Fact]
    public async Task Connecting_is_given_up_after_its_time()
    {
        var time = new ManualTimeProvider();
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new SocketIOClient(server.Url, new SocketIOClientOptions { TimeProvider = time });
        var connecting = client.ConnectAsync();
        await server.AcceptAsync();

        time.Advance(TimeSpan.FromSeconds(20));

        var error = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(connecting));
        Assert.Contains("ConnectTimeout", error.Message);
    }

    [Fact]
    public async Task Connecting_is_given_up_by_a_token()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new SocketIOClient(server.Url);
        using var giveUp = new CancellationTokenSource();
        var connecting = client.ConnectAsync(giveUp.Token);
        await server.AcceptAsync();

        await giveUp.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => Patience.Within(connecting));
        Assert.False(client.IsConnected);
    }

    [Fact]
    public async Task A_client_that_is_closed_while_it_connects_says_so()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var client = new SocketIOClient(server.Url);
        var connecting = client.ConnectAsync();
        var connection = await server.AcceptAsync();
        var closing = client.CloseAsync();
        await connection.CloseAsync();

        await Patience.Within(closing);

        var error = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(connecting));
        Assert.Contains(DisconnectReasons.ClientDisconnect, error.Message);
    }

    [Fact]
    public async Task A_client_connects_once_at_a_time()
    {
        await using var server = await LiveServer.StartAsync(static (Socket _) => { });
        await using var client = await server.ConnectAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.ConnectAsync());

        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task After_the_end_a_client_may_connect_again()
    {
        var messages = new Happenings<string>();
        await using var server = await LiveServer.StartAsync(static socket => socket.Emit("welcome", socket.Id));
        await using var client = await server.ConnectAsync(client => client.On("welcome", messages.Add));
        Assert.Equal(client.Id, await messages.NextAsync());
        await Patience.Within(client.CloseAsync());

        await Patience.Within(client.ConnectAsync());

        Assert.Equal(client.Id, await messages.NextAsync());
    }

    [Fact]
    public async Task A_client_that_was_disposed_of_connects_no_more()
    {
        await using var server = await LiveServer.StartAsync(static (Socket _) => { });
        var client = await server.ConnectAsync();

        await Patience.Within(client.DisposeAsync().AsTask());

        Assert.False(client.IsConnected);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ConnectAsync());
    }

    [Fact]
    public async Task MessagePack_is_another_parser_of_the_same_protocol()
    {
        await using var server = await LiveServer.StartAsync(
            static socket => socket.On("double", static (int number, byte[] bytes) => new { Number = number * 2, Bytes = bytes }),
            static options => options.Parser = Protocol.PacketParser.MessagePack);
        await using var client = await server.ConnectAsync(options: new SocketIOClientOptions
        {
            Protocol = ClientProtocol.WithParser(Protocol.PacketParser.MessagePack),
        });

        var answer = await Patience.Within(client.EmitWithAckAsync<Doubled>("double", 21, new byte[] { 0, 255 }));

        Assert.Equal(42, answer!.Number);
        Assert.Equal([0, 255], answer.Bytes);
    }

    private sealed record Doubled(int Number, byte[] Bytes);
}
