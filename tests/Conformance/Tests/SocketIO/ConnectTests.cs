using System.Text.Json;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>How clients come into namespaces and leave them: "Connection to a namespace" and "Disconnection" of the protocol.</summary>
public class ConnectTests
{
    [Fact]
    public async Task A_socket_has_an_id_of_its_own_that_is_not_the_sessions()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, RawSession.SocketUrl);
        var handshake = JsonElement.Parse((await client.ReceiveTextAsync())[1..]);

        var main = (await RawSession.JoinAsync(client)).GetProperty("sid").GetString()!;
        var other = (await RawSession.JoinAsync(client, "/other")).GetProperty("sid").GetString()!;

        Assert.Equal(3, new HashSet<string> { main, other, handshake.GetProperty("sid").GetString()! }.Count);
        Assert.Equal(20, main.Length);
        Assert.Equal(20, other.Length);
    }

    [Theory]
    [InlineData("/", null, "{}")]
    [InlineData("/", "{}", "{}")]
    [InlineData("/", "{\"token\":\"é\",\"n\":[1,null]}", "{\"token\":\"é\",\"n\":[1,null]}")]
    [InlineData("/other", "{\"token\":123}", "{\"token\":123}")]
    public async Task The_payload_of_CONNECT_reaches_the_server(string ns, string? auth, string seen)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host, ns, auth);

        var prefix = ns == "/" ? "" : ns + ",";
        await client.SendAsync($"42{prefix}1[\"auth\"]");

        Assert.Equal($"43{prefix}1[{seen}]", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Query_and_headers_of_the_first_request_reach_the_server()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, RawSession.SocketUrl + "&color=blue%20%26%20gr%C3%BCn", "X-Color: green");
        await client.ReceiveTextAsync();
        await RawSession.JoinAsync(client);

        var handshake = (await server.Connected.NextAsync()).Handshake;

        Assert.Equal("blue & grün", handshake.GetQuery("color"));
        Assert.Equal("4", handshake.GetQuery("EIO"));
        Assert.Equal("green", handshake.Headers["x-color"].ToString());
        Assert.Equal("127.0.0.1", handshake.Address);
        Assert.False(handshake.IsSecure);
        Assert.False(handshake.IsCrossDomain);
        Assert.Equal(RawSession.SocketUrl + "&color=blue%20%26%20gr%C3%BCn", handshake.Url);
    }

    [Fact]
    public async Task A_refusal_carries_the_message_and_the_data_and_a_second_attempt_may_succeed()
    {
        await using var host = await TestServerHost.StartSocketIOAsync(map: io => io.Of("/closed").Use((socket, next) =>
            socket.Handshake.Auth.TryGetProperty("token", out _) ? next() : throw new ConnectRefusedException("not authorized", new { code = 401 })));
        await using var client = await RawSession.OpenAsync(host, RawSession.SocketUrl);

        await client.SendAsync("40/closed,");
        Assert.Equal("44/closed,{\"message\":\"not authorized\",\"data\":{\"code\":401}}", await client.ReceiveTextAsync());
        await client.SendAsync("40/closed,{\"token\":1}");

        Assert.StartsWith("40/closed,{\"sid\":", await client.ReceiveTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_middleware_that_fails_refuses_without_telling_the_client_why()
    {
        await using var host = await TestServerHost.StartSocketIOAsync(map: io => io.Use((_, _) => throw new InvalidOperationException("no")));
        await using var client = await RawSession.OpenAsync(host, RawSession.SocketUrl);

        await client.SendAsync("40");

        Assert.Equal("44{\"message\":\"Connection refused\"}", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("42[\"echo\"]")]
    [InlineData("41")]
    [InlineData("430[]")]
    [InlineData("44")]
    public async Task A_client_that_does_not_begin_with_CONNECT_is_closed(string packet)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host, RawSession.SocketUrl);

        await client.SendAsync(packet);

        Assert.Equal(1005, await client.ExpectCloseAsync());
        Assert.Equal(CloseReasons.ForcedClose, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task A_client_that_joins_nothing_is_closed_after_the_connect_timeout()
    {
        var time = new ManualTimeProvider();
        await using var server = await WitnessedServer.StartAsync(
            static options => options.PingInterval = TimeSpan.FromHours(1),
            time);
        await using var client = await RawSession.OpenAsync(server.Host, RawSession.SocketUrl);

        time.Advance(TimeSpan.FromSeconds(44));
        Assert.True(server.Closed.IsEmpty);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1005, await client.ExpectCloseAsync());
        Assert.Equal(CloseReasons.ForcedClose, await server.Closed.NextAsync());
    }

    [Fact]
    public async Task A_client_that_has_joined_outlives_the_connect_timeout()
    {
        var time = new ManualTimeProvider();
        await using var server = await WitnessedServer.StartAsync(
            static options => options.PingInterval = TimeSpan.FromHours(1),
            time);
        await using var client = await RawSession.JoinAsync(server.Host);

        time.Advance(TimeSpan.FromMinutes(2));
        await client.SendAsync("42[\"echo\"]");

        Assert.Equal("42[\"echo\"]", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Leaving_a_namespace_leaves_the_others_and_the_connection()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);
        await RawSession.JoinAsync(client, "/other");

        await client.SendAsync("41");
        Assert.Equal(CloseReasons.ClientNamespaceDisconnect, (await server.Disconnected.NextAsync()).Reason);
        await client.SendAsync("42/other,[\"echo\",1]");
        Assert.Equal("42/other,[\"echo\",1]", await client.ReceiveTextAsync());
        await client.SendAsync("41/other,");
        Assert.Equal(CloseReasons.ClientNamespaceDisconnect, (await server.Disconnected.NextAsync()).Reason);

        await RawSession.JoinAsync(client);
    }

    [Fact]
    public async Task The_server_can_end_one_namespace_of_a_connection()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);
        await RawSession.JoinAsync(client, "/other");
        await server.Connected.NextAsync();

        (await server.Connected.NextAsync()).Disconnect();

        Assert.Equal("41/other,", await client.ReceiveTextAsync());
        await client.SendAsync("42[\"echo\"]");
        Assert.Equal("42[\"echo\"]", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Connected_is_false_and_the_rooms_are_empty_after_the_end()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);
        var socket = await server.Connected.NextAsync();
        await socket.JoinAsync("a");
        Assert.Equal(new HashSet<string> { "a", socket.Id }, socket.Rooms.ToHashSet());

        await client.SendAsync("41");
        await server.Disconnected.NextAsync();
        await socket.JoinAsync("b");

        Assert.False(socket.IsConnected);
        Assert.Empty(socket.Rooms);
    }
}
