using SocketIO.Server;

namespace SocketIO.Client.Tests;

public class EndTests
{
    [Fact]
    public async Task Closing_tells_the_server_and_the_application()
    {
        var reasons = new Happenings<string>();
        var ends = new Happenings<ClientDisconnection>();
        await using var server = await LiveServer.StartAsync(socket => socket.OnDisconnect(end => reasons.Add(end.Reason)));
        await using var client = await server.ConnectAsync(client => client.OnDisconnect(ends.Add));

        await Patience.Within(client.CloseAsync());

        Assert.False(client.IsConnected);
        Assert.Equal(CloseReasons.ClientNamespaceDisconnect, await reasons.NextAsync());
        Assert.Equal(DisconnectReasons.ClientDisconnect, (await ends.NextAsync()).Reason);
        Assert.Equal(DisconnectReasons.ClientDisconnect, (await Patience.Within(client.Completion)).Reason);
    }

    [Fact]
    public async Task What_was_emitted_before_the_close_arrives()
    {
        var numbers = new Happenings<int>();
        await using var server = await LiveServer.StartAsync(socket => socket.On("number", numbers.Add));
        await using var client = await server.ConnectAsync();
        for (var i = 0; i < 100; i++)
        {
            client.Emit("number", i);
        }

        await Patience.Within(client.CloseAsync());

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(i, await numbers.NextAsync());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_disconnects_is_heard(bool close)
    {
        var last = new Happenings<string>();
        await using var server = await LiveServer.StartAsync(socket => socket.On("bye", () =>
        {
            socket.Emit("last", "word");
            socket.Disconnect(close);
        }));
        await using var client = await server.ConnectAsync(client => client.On("last", last.Add));

        client.Emit("bye");

        Assert.Equal(DisconnectReasons.ServerDisconnect, (await Patience.Within(client.Completion)).Reason);
        Assert.Equal("word", await last.NextAsync());
    }

    [Fact]
    public async Task A_closed_WebSocket_is_a_transport_close_with_the_servers_words()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync();

        await connection.CloseAsync("enough");

        Assert.Equal(new ClientDisconnection(DisconnectReasons.TransportClose, "enough"), await Patience.Within(client.Completion));
    }

    [Fact]
    public async Task A_broken_connection_is_a_transport_error()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync();

        connection.Abort();

        Assert.Equal(DisconnectReasons.TransportError, (await Patience.Within(client.Completion)).Reason);
    }

    [Fact]
    public async Task A_close_packet_ends_the_connection()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync();

        await connection.SendAsync("1");

        Assert.Equal("close 1000", await connection.ReceiveAsync());
        await connection.CloseAsync();
        Assert.Equal(DisconnectReasons.TransportClose, (await Patience.Within(client.Completion)).Reason);
    }

    [Theory]
    [InlineData("9")]
    [InlineData("42{\"no\":\"array\"}")]
    [InlineData("42[\"unfinished\"")]
    [InlineData("4512-[\"too many attachments\"]")]
    public async Task A_malformed_packet_ends_the_connection(string packet)
    {
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync();

        await connection.SendAsync(packet);

        Assert.Equal("close 1007", await connection.ReceiveAsync());
        await connection.CloseAsync();
        Assert.Equal(DisconnectReasons.ParseError, (await Patience.Within(client.Completion)).Reason);
    }

    [Fact]
    public async Task A_server_that_does_not_say_good_bye_is_not_waited_for_without_end()
    {
        var time = new ManualTimeProvider();
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(new SocketIOClientOptions { TimeProvider = time });
        var closing = client.CloseAsync();
        Assert.Equal("41", await connection.ReceiveAsync());
        Assert.Equal("close 1000", await connection.ReceiveAsync());

        time.Advance(TimeSpan.FromSeconds(5));

        await Patience.Within(closing);
        connection.Abort();
    }

    [Fact]
    public async Task A_token_cuts_the_close_short()
    {
        using var giveUp = new CancellationTokenSource();
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync();
        var closing = client.CloseAsync(giveUp.Token);
        Assert.Equal("41", await connection.ReceiveAsync());

        await giveUp.CancelAsync();

        await Patience.Within(closing);
        connection.Abort();
    }

    [Fact]
    public async Task A_handler_may_close_its_own_client()
    {
        await using var server = await LiveServer.StartAsync(static socket => socket.Emit("go"));
        await using var client = await server.ConnectAsync(static client => client.On("go", static (SocketIOClient me) => me.CloseAsync()));

        Assert.Equal(DisconnectReasons.ClientDisconnect, (await Patience.Within(client.Completion)).Reason);
    }

    [Fact]
    public async Task Handlers_are_told_of_the_end_by_their_token()
    {
        var started = new Happenings<bool>();
        var cancelled = new Happenings<bool>();
        await using var server = await LiveServer.StartAsync(static socket => socket.Emit("wait"));
        var client = await server.ConnectAsync(client => client.OnError(static error => Assert.Fail(error.Message)).On("wait", async (CancellationToken disconnected) =>
        {
            disconnected.Register(() => cancelled.Add(true));
            started.Add(true);
            await Task.Delay(Timeout.InfiniteTimeSpan, disconnected);
        }));
        await started.NextAsync();

        await client.DisposeAsync();

        Assert.True(await cancelled.NextAsync());
    }

    [Fact]
    public async Task Emitting_without_a_connection_is_an_error_that_says_why_there_is_none()
    {
        await using var server = await LiveServer.StartAsync(static (Socket _) => { });
        await using var client = new SocketIOClient(server.Url);
        Assert.Null(Assert.Throws<NotConnectedException>(() => client.Emit("early")).Disconnection);
        await Assert.ThrowsAsync<NotConnectedException>(() => client.Completion);
        await Patience.Within(client.ConnectAsync());
        await Patience.Within(client.CloseAsync());

        var error = Assert.Throws<NotConnectedException>(() => client.Emit("late"));

        Assert.Equal(DisconnectReasons.ClientDisconnect, error.Disconnection!.Reason);
        await Assert.ThrowsAsync<NotConnectedException>(() => client.EmitWithAckAsync("late"));
    }
}
