using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>Why a socket and its connection ended, as the server tells it.</summary>
public class CloseReasonTests
{
    [Fact]
    public Task The_client_leaves_the_namespace_and_then_the_connection() => OnWebSocketAsync(
        static async (client, _) =>
        {
            await client.SendAsync("41");
            await client.SendCloseAsync(1000);
        },
        CloseReasons.ClientNamespaceDisconnect,
        CloseReasons.TransportClose);

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(4000)]
    public Task The_client_closes_the_websocket(int code) => OnWebSocketAsync(
        async (client, _) =>
        {
            await client.SendCloseAsync(code);
            Assert.Equal(code, (await client.ReceiveAsync()).CloseCode);
            await client.ExpectEndAsync();
        },
        CloseReasons.TransportClose,
        CloseReasons.TransportClose);

    [Fact]
    public Task The_websocket_is_cut() => OnWebSocketAsync(
        static (client, _) =>
        {
            client.Cut();
            return Task.CompletedTask;
        },
        CloseReasons.TransportClose,
        CloseReasons.TransportClose);

    [Fact]
    public Task The_server_disconnects_the_socket_and_the_client_leaves() => OnWebSocketAsync(
        static async (client, socket) =>
        {
            socket.Disconnect();
            Assert.Equal("41", await client.ReceiveTextAsync());
            await client.SendCloseAsync(1000);
        },
        CloseReasons.ServerNamespaceDisconnect,
        CloseReasons.TransportClose);

    [Fact]
    public Task The_server_disconnects_the_client() => OnWebSocketAsync(
        static async (client, socket) =>
        {
            socket.Disconnect(close: true);
            Assert.Equal("41", await client.ReceiveTextAsync());
            Assert.Equal(1005, await client.ExpectCloseAsync());
        },
        CloseReasons.ServerNamespaceDisconnect,
        CloseReasons.ForcedClose);

    [Fact]
    public Task The_server_disconnects_all_clients() => OnWebSocketAsync(
        static async (client, socket) =>
        {
            await socket.Server.DisconnectSocketsAsync(close: true);
            Assert.Equal("41", await client.ReceiveTextAsync());
            Assert.Equal(1005, await client.ExpectCloseAsync());
        },
        CloseReasons.ServerNamespaceDisconnect,
        CloseReasons.ForcedClose);

    [Fact]
    public Task The_server_closes_the_connection() => OnWebSocketAsync(
        static async (client, socket) =>
        {
            socket.Connection.Close();
            Assert.Equal(1005, await client.ExpectCloseAsync());
        },
        CloseReasons.ForcedClose,
        CloseReasons.ForcedClose);

    [Fact]
    public Task The_server_shuts_down() => OnWebSocketAsync(
        static async (client, socket) =>
        {
            await socket.Server.CloseAsync();
            Assert.Equal(1005, await client.ExpectCloseAsync());
        },
        CloseReasons.ServerShuttingDown,
        CloseReasons.ForcedClose);

    [Fact]
    public Task A_websocket_message_is_too_big() => OnWebSocketAsync(
        static async (client, _) =>
        {
            await client.SendAsync(new string('4', 1_000_001));
            Assert.Equal(1009, await client.ExpectCloseAsync());
        },
        CloseReasons.TransportError,
        CloseReasons.TransportError);

    [Fact]
    public Task A_ping_comes_from_the_client() => OnWebSocketAsync(
        static async (client, _) =>
        {
            await client.SendAsync("2");
            Assert.Equal(1005, await client.ExpectCloseAsync());
        },
        CloseReasons.TransportError,
        CloseReasons.TransportError,
        "invalid heartbeat direction");

    [Fact]
    public async Task The_client_answers_no_ping()
    {
        var time = new ManualTimeProvider();
        await using var server = await WitnessedServer.StartAsync(time: time);
        await using var client = await RawSession.JoinAsync(server.Host);

        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal("2", await client.ReceiveTextAsync());
        time.Advance(TimeSpan.FromSeconds(21));

        await client.ExpectCloseAsync();
        await ExpectAsync(server, CloseReasons.PingTimeout, CloseReasons.PingTimeout);
    }

    [Fact]
    public Task The_client_leaves_by_a_close_packet_over_polling() => OnPollingAsync(
        static async (client, _) =>
        {
            var waiting = client.PollAsync();
            await client.PostAsync("41", "1");
            Assert.Equal("6", await waiting);
        },
        CloseReasons.ClientNamespaceDisconnect,
        CloseReasons.TransportClose);

    [Fact]
    public Task The_client_closes_the_transport_over_polling() => OnPollingAsync(
        static async (client, _) =>
        {
            var waiting = client.PollAsync();
            await client.PostAsync("1");
            Assert.Equal("6", await waiting);
        },
        CloseReasons.TransportClose,
        CloseReasons.TransportClose);

    [Fact]
    public Task The_server_disconnects_the_client_over_polling() => OnPollingAsync(
        static async (client, socket) =>
        {
            socket.Disconnect(close: true);
            // The client has to see DISCONNECT before it sees the end of the transport.
            Assert.Equal("41", await client.PollAsync());
            Assert.Equal("1", await client.PollAsync());
        },
        CloseReasons.ServerNamespaceDisconnect,
        CloseReasons.ForcedClose);

    [Fact]
    public Task The_server_closes_the_connection_over_polling() => OnPollingAsync(
        static async (client, socket) =>
        {
            var waiting = client.PollAsync();
            socket.Connection.Close();
            var first = await waiting;
            Assert.Equal("1", first);
        },
        CloseReasons.ForcedClose,
        CloseReasons.ForcedClose);

    [Fact]
    public Task A_packet_is_no_packet_over_polling() => OnPollingAsync(
        static async (client, _) =>
        {
            using var answer = await client.SendAsync("9");
            Assert.Equal(400, (int)answer.StatusCode);
        },
        CloseReasons.ParseError,
        CloseReasons.ParseError);

    [Fact]
    public Task A_Socket_IO_packet_is_malformed_over_polling() => OnPollingAsync(
        static async (client, _) =>
        {
            await client.PostAsync("42{bad");
            Assert.Equal("1", await client.PollAsync());
        },
        CloseReasons.ForcedClose,
        CloseReasons.ForcedClose);

    [Fact]
    public Task Polls_overlap() => OnPollingAsync(
        static async (client, _) =>
        {
            // Whichever comes second is the one that is refused.
            var answers = await Task.WhenAll(client.GetAsync(), client.GetAsync());
            Assert.Equal([200, 400], answers.Select(static answer => (int)answer.StatusCode).Order());
            Assert.Equal("1", await answers.Single(static answer => answer.IsSuccessStatusCode).Content.ReadAsStringAsync());
        },
        CloseReasons.TransportError,
        CloseReasons.TransportError);

    [Fact]
    public Task A_binary_body_is_posted() => OnPollingAsync(
        static async (client, _) =>
        {
            using var answer = await client.SendAsync("4", "application/octet-stream");
            Assert.Equal(400, (int)answer.StatusCode);
        },
        CloseReasons.TransportError,
        CloseReasons.TransportError);

    [Fact]
    public async Task All_sockets_of_a_connection_end_with_it()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);
        await RawSession.JoinAsync(client, "/other");

        await client.SendCloseAsync(1000);

        Assert.Equal(CloseReasons.TransportClose, (await server.Disconnected.NextAsync()).Reason);
        Assert.Equal(CloseReasons.TransportClose, (await server.Disconnected.NextAsync()).Reason);
    }

    [Fact]
    public async Task The_rooms_are_still_there_while_a_socket_is_disconnecting()
    {
        var seen = new Recorder<string>();
        await using var host = await TestServerHost.StartSocketIOAsync(map: io => io.OnConnection(async socket =>
        {
            await socket.JoinAsync("a");
            socket.OnDisconnecting(end => seen.Add($"disconnecting, {end.Reason}, {socket.Rooms.Count} rooms"));
            socket.OnDisconnect(end => seen.Add($"disconnect, {end.Reason}, {socket.Rooms.Count} rooms"));
        }));
        await using var client = await RawSession.JoinAsync(host);

        await client.SendAsync("41");

        Assert.Equal("disconnecting, client namespace disconnect, 2 rooms", await seen.NextAsync());
        Assert.Equal("disconnect, client namespace disconnect, 0 rooms", await seen.NextAsync());
    }

    private static async Task OnWebSocketAsync(Func<RawWebSocket, Socket, Task> act, string socketReason, string engineReason, string? detail = null)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await act(client, await server.Connected.NextAsync());

        await ExpectAsync(server, socketReason, engineReason, detail);
    }

    private static async Task OnPollingAsync(Func<PollingSession, Socket, Task> act, string socketReason, string engineReason)
    {
        await using var server = await WitnessedServer.StartAsync();
        var client = await PollingSession.JoinAsync(server.Host);

        await act(client, await server.Connected.NextAsync());

        await ExpectAsync(server, socketReason, engineReason);
        await client.ExpectGoneAsync();
    }

    private static async Task ExpectAsync(WitnessedServer server, string socketReason, string engineReason, string? detail = null)
    {
        var end = await server.Disconnected.NextAsync();
        Assert.Equal(socketReason, end.Reason);
        Assert.Equal(engineReason, await server.Closed.NextAsync());
        if (detail is not null)
        {
            Assert.Equal(detail, end.Detail);
        }
    }
}
