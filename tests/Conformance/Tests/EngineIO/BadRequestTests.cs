using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>Requests that the protocol refuses, with the code and the words of each.</summary>
public class BadRequestTests
{
    [Theory]
    [InlineData("GET", "", 0, "Transport unknown")]
    [InlineData("GET", "?EIO=4", 0, "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=", 0, "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=tcp", 0, "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=constructor", 0, "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=__proto__", 0, "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=webtransport", 0, "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=Polling", 0, "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=polling&sid=unknown", 1, "Session ID unknown")]
    [InlineData("POST", "?EIO=4&transport=polling&sid=unknown", 1, "Session ID unknown")]
    [InlineData("GET", "?EIO=4&transport=websocket&sid=unknown", 1, "Session ID unknown")]
    [InlineData("POST", "?EIO=4&transport=polling", 2, "Bad handshake method")]
    [InlineData("PUT", "?EIO=4&transport=polling", 2, "Bad handshake method")]
    [InlineData("DELETE", "?EIO=4&transport=polling", 2, "Bad handshake method")]
    [InlineData("OPTIONS", "?EIO=4&transport=polling", 2, "Bad handshake method")]
    [InlineData("GET", "?EIO=4&transport=websocket", 3, "Bad request")]
    [InlineData("GET", "?transport=polling", 5, "Unsupported protocol version")]
    [InlineData("GET", "?EIO=3&transport=polling", 5, "Unsupported protocol version")]
    [InlineData("GET", "?EIO=5&transport=polling", 5, "Unsupported protocol version")]
    [InlineData("GET", "?EIO=abc&transport=polling", 5, "Unsupported protocol version")]
    public async Task A_bad_request_is_answered_with_its_code(string method, string query, int code, string message)
    {
        await using var server = await EchoServer.StartAsync();

        using var response = await server.Host.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/engine.io/" + query));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal($$"""{"code":{{code}},"message":"{{message}}"}""", await response.Content.ReadAsStringAsync());
        var error = await server.Refused.NextAsync();
        Assert.Equal((code, message), (error.Code, error.Message));
        Assert.Equal(0, server.Host.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("GET", "?EIO=4", "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=tcp", "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=webtransport", "Transport unknown")]
    [InlineData("GET", "?EIO=4&transport=websocket&sid=unknown", "Session ID unknown")]
    [InlineData("GET", "?EIO=4&transport=polling", "Bad request")]
    [InlineData("POST", "?EIO=4&transport=websocket", "Bad handshake method")]
    [InlineData("GET", "?transport=websocket", "Unsupported protocol version")]
    [InlineData("GET", "?EIO=3&transport=websocket", "Unsupported protocol version")]
    public async Task A_bad_websocket_request_is_refused_in_plain_words_and_the_connection_ends(string method, string query, string message)
    {
        await using var server = await EchoServer.StartAsync();

        var response = await RawWebSocket.RefusedAsync(server.Host.Url, "/engine.io/" + query, method);

        Assert.Equal("HTTP/1.1 400 Bad Request", response.StatusLine);
        Assert.Equal("close", response.Headers["Connection"]);
        Assert.StartsWith("text/html", response.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(message, response.Body);
        Assert.Equal(0, server.Host.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Key: short")]
    [InlineData("Sec-WebSocket-Version: 8")]
    public async Task An_opening_handshake_that_RFC_6455_forbids_is_refused(string header)
    {
        await using var server = await EchoServer.StartAsync();

        var response = await RawWebSocket.RefusedAsync(server.Host.Url, RawSession.EngineUrl, "GET", header);

        Assert.Equal("HTTP/1.1 400 Bad Request", response.StatusLine);
        Assert.Equal("Bad request", response.Body);
    }

    [Fact]
    public async Task A_transport_that_is_off_is_unknown()
    {
        await using var polling = await EchoServer.StartAsync(static options => options.Transports = TransportTypes.Polling);
        await using var websocket = await EchoServer.StartAsync(static options => options.Transports = TransportTypes.WebSocket);

        var refused = await RawWebSocket.RefusedAsync(polling.Host.Url, RawSession.EngineUrl);
        using var response = await websocket.Host.Http.GetAsync("/engine.io/?EIO=4&transport=polling");

        Assert.Equal("Transport unknown", refused.Body);
        Assert.Equal("""{"code":0,"message":"Transport unknown"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_request_for_another_transport_than_the_sessions_is_refused_and_the_session_lives_on()
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        using var response = await server.Host.Http.GetAsync(session.WebSocketUrl);

        Assert.Equal("""{"code":3,"message":"Bad request"}""", await response.Content.ReadAsStringAsync());
        Assert.StartsWith("TRANSPORT_MISMATCH", (await server.Refused.NextAsync()).Context, StringComparison.Ordinal);
        await session.PostAsync("4a");
        Assert.Equal("4a", await session.PollAsync());
    }

    [Fact]
    public async Task Polling_a_session_that_is_on_a_websocket_is_refused_and_the_session_lives_on()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host);
        var sid = (await server.Opened.NextAsync()).Id;

        using var response = await server.Host.Http.GetAsync($"/engine.io/?EIO=4&transport=polling&sid={sid}");

        Assert.Equal("""{"code":3,"message":"Bad request"}""", await response.Content.ReadAsStringAsync());
        await client.SendAsync("4a");
        Assert.Equal("4a", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Other_methods_on_a_session_are_not_implemented_and_the_session_lives_on(string method)
    {
        await using var server = await EchoServer.StartAsync();
        var session = await PollingSession.OpenAsync(server.Host);

        using var response = await server.Host.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), session.Url));

        Assert.Equal(500, (int)response.StatusCode);
        await session.PostAsync("4a");
        Assert.Equal("4a", await session.PollAsync());
    }

    [Fact]
    public async Task An_origin_with_control_characters_is_refused()
    {
        await using var server = await EchoServer.StartAsync();

        var response = await RawWebSocket.RefusedAsync(server.Host.Url, RawSession.EngineUrl, "GET", "Origin: http://a\u0001b");

        Assert.Equal("HTTP/1.1 400 Bad Request", response.StatusLine);
    }
}
