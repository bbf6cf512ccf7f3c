using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>The first request of a session, and the options that have a say in it.</summary>
public class HandshakeTests
{
    [Fact]
    public async Task Polling_is_told_the_session_the_upgrades_and_the_limits()
    {
        await using var server = await EchoServer.StartAsync();

        using var response = await server.Host.Http.GetAsync("/engine.io/?EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; charset=UTF-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Matches(
            """^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}$""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_websocket_is_told_the_same_and_no_upgrades()
    {
        await using var server = await EchoServer.StartAsync(static options =>
        {
            options.PingInterval = TimeSpan.FromMilliseconds(300);
            options.PingTimeout = TimeSpan.FromMilliseconds(200);
            options.MaxHttpBufferSize = 5000;
        });
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, RawSession.EngineUrl);

        Assert.Matches(
            """^0\{"sid":"[A-Za-z0-9_-]{20}","upgrades":\[\],"pingInterval":300,"pingTimeout":200,"maxPayload":5000\}$""",
            await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData(TransportTypes.Polling, true, "[]")]
    [InlineData(TransportTypes.Polling | TransportTypes.WebSocket, true, "[\"websocket\"]")]
    [InlineData(TransportTypes.Polling | TransportTypes.WebSocket, false, "[]")]
    [InlineData(TransportTypes.Polling | TransportTypes.WebSocket | TransportTypes.WebTransport, true, "[\"websocket\",\"webtransport\"]")]
    [InlineData(TransportTypes.Polling | TransportTypes.WebSocket | TransportTypes.WebTransport, false, "[]")]
    public async Task Polling_may_upgrade_to_the_other_transports_that_are_on(TransportTypes transports, bool allowUpgrades, string upgrades)
    {
        await using var server = await EchoServer.StartAsync(options =>
        {
            options.Transports = transports;
            options.AllowUpgrades = allowUpgrades;
        });

        var session = await PollingSession.OpenAsync(server.Host);

        Assert.Equal(upgrades, session.Handshake.GetProperty("upgrades").GetRawText());
    }

    [Fact]
    public async Task An_initial_packet_comes_with_the_handshake()
    {
        await using var server = await EchoServer.StartAsync(static options => options.InitialPacket = "welcome");
        await using var client = await RawSession.OpenAsync(server.Host);

        var polled = await server.Host.Http.GetStringAsync("/engine.io/?EIO=4&transport=polling");

        Assert.EndsWith($"}}{PollingSession.Separator}4welcome", polled, StringComparison.Ordinal);
        Assert.Equal("4welcome", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("/engine.io/")]
    [InlineData("/engine.io/anything")]
    [InlineData("/engine.io/any/thing/")]
    public async Task Every_path_below_the_servers_own_is_served(string path)
    {
        await using var server = await EchoServer.StartAsync();

        await PollingSession.OpenAsync(server.Host, path);
    }

    [Theory]
    [InlineData("/engine.io")]
    [InlineData("/engine.iox/")]
    [InlineData("/")]
    [InlineData("/other/engine.io/")]
    public async Task Other_paths_are_not_the_servers(string path)
    {
        await using var server = await EchoServer.StartAsync();

        using var response = await server.Host.Http.GetAsync($"{path}?EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task The_path_can_do_without_its_trailing_slash()
    {
        await using var server = await EchoServer.StartAsync(static options =>
        {
            options.Path = "/real/time";
            options.AddTrailingSlash = false;
        });

        await PollingSession.OpenAsync(server.Host, "/real/time");
    }

    [Fact]
    public async Task A_cookie_is_set_by_the_first_response_only()
    {
        await using var server = await EchoServer.StartAsync(static options => options.Cookie = new EngineCookieBuilder());

        using var response = await server.Host.Http.GetAsync("/engine.io/?EIO=4&transport=polling");
        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        var sid = JsonElement.Parse((await response.Content.ReadAsStringAsync())[1..]).GetProperty("sid").GetString();

        Assert.Equal($"io={sid}; path=/; samesite=lax; httponly", cookie);
        using var posted = await server.Host.Http.PostAsync($"/engine.io/?EIO=4&transport=polling&sid={sid}", new StringContent("4a"));
        Assert.False(posted.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task A_websocket_gets_the_cookie_with_its_handshake()
    {
        await using var server = await EchoServer.StartAsync(static options => options.Cookie = new EngineCookieBuilder
        {
            Name = "session",
            Path = "/engine.io",
            HttpOnly = false,
            SameSite = SameSiteMode.Strict,
            MaxAge = TimeSpan.FromMinutes(1),
        });
        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, RawSession.EngineUrl);
        var sid = JsonElement.Parse((await client.ReceiveTextAsync())[1..]).GetProperty("sid").GetString();

        Assert.Equal($"session={sid}; max-age=60; path=/engine.io; samesite=strict", client.Upgrade.Headers["Set-Cookie"]);
    }

    [Theory]
    [InlineData("not today", "not today")]
    [InlineData("", "Forbidden")]
    public async Task A_handshake_can_be_refused_by_the_application(string refusal, string message)
    {
        await using var server = await EchoServer.StartAsync(options => options.AllowRequest = _ => new(refusal));

        using var polled = await server.Host.Http.GetAsync("/engine.io/?EIO=4&transport=polling");
        Assert.Equal(HttpStatusCode.Forbidden, polled.StatusCode);
        Assert.Equal($$"""{"code":4,"message":"{{message}}"}""", await polled.Content.ReadAsStringAsync());

        var upgraded = await RawWebSocket.RefusedAsync(server.Host.Url, RawSession.EngineUrl);
        Assert.Equal("HTTP/1.1 400 Bad Request", upgraded.StatusLine);
        Assert.Equal(message, upgraded.Body);
    }

    [Fact]
    public async Task Only_handshakes_are_put_before_the_application()
    {
        var asked = 0;
        await using var server = await EchoServer.StartAsync(options => options.AllowRequest = _ =>
        {
            asked++;
            return new((string?)null);
        });
        var session = await PollingSession.OpenAsync(server.Host);

        await session.PostAsync("4a");
        Assert.Equal("4a", await session.PollAsync());
        await using var upgrade = await RawWebSocket.ConnectAsync(server.Host.Url, session.WebSocketUrl);

        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task The_application_can_make_the_ids()
    {
        await using var server = await EchoServer.StartAsync(static options => options.GenerateId = context => new("id-" + context.Request.Query["who"]));

        var session = await PollingSession.OpenAsync(server.Host, query: "&who=ada");

        Assert.Equal("id-ada", session.Sid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_id_that_cannot_be_made_or_is_taken_refuses_the_handshake(bool throws)
    {
        await using var server = await EchoServer.StartAsync(options => options.GenerateId = _ =>
            throws ? throw new InvalidOperationException("no more ids") : new("same"));
        if (!throws)
        {
            await PollingSession.OpenAsync(server.Host);
        }

        using var response = await server.Host.Http.GetAsync("/engine.io/?EIO=4&transport=polling");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Headers_can_be_added_to_the_first_response_and_to_every_response()
    {
        await using var server = await EchoServer.StartAsync(map: static engine =>
        {
            engine.InitialHeaders += static (headers, _) => headers["x-initial"] = "1";
            engine.Headers += static (headers, _) => headers["x-every"] = "1";
        });

        using var first = await server.Host.Http.GetAsync("/engine.io/?EIO=4&transport=polling");
        var sid = JsonElement.Parse((await first.Content.ReadAsStringAsync())[1..]).GetProperty("sid").GetString();
        using var second = await server.Host.Http.PostAsync($"/engine.io/?EIO=4&transport=polling&sid={sid}", new StringContent("4a"));
        await using var socket = await RawWebSocket.ConnectAsync(server.Host.Url, RawSession.EngineUrl);

        Assert.True(first.Headers.Contains("x-initial") && first.Headers.Contains("x-every"));
        Assert.True(!second.Headers.Contains("x-initial") && second.Headers.Contains("x-every"));
        Assert.True(socket.Upgrade.Headers.ContainsKey("x-initial") && socket.Upgrade.Headers.ContainsKey("x-every"));
    }

    [Fact]
    public async Task The_open_connections_are_counted()
    {
        await using var server = await EchoServer.StartAsync();
        await using var first = await RawSession.OpenAsync(server.Host);
        var second = await PollingSession.OpenAsync(server.Host);
        Assert.Equal(2, server.Host.Engine.ClientsCount);

        await second.PostAsync("1");
        await server.Closed.NextAsync();

        Assert.Equal(1, server.Host.Engine.ClientsCount);
    }

    [Fact]
    public async Task A_middleware_sees_every_request_and_may_answer_or_refuse_it()
    {
        await using var server = await EchoServer.StartAsync(map: static engine => engine.Use(static async (context, next) =>
        {
            switch (context.Request.Query["do"])
            {
                case "answer":
                    context.Response.StatusCode = 418;
                    break;
                case "throw":
                    throw new InvalidOperationException("refused");
                default:
                    await next();
                    break;
            }
        }));

        using var answered = await server.Host.Http.GetAsync("/engine.io/?do=answer");
        using var refused = await server.Host.Http.GetAsync("/engine.io/?EIO=4&transport=polling&do=throw");
        var upgrade = await RawWebSocket.RefusedAsync(server.Host.Url, RawSession.EngineUrl + "&do=throw");
        await PollingSession.OpenAsync(server.Host);

        Assert.Equal(418, (int)answered.StatusCode);
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Equal("""{"code":3,"message":"Bad request"}""", await refused.Content.ReadAsStringAsync());
        Assert.Equal("Bad request", upgrade.Body);
        Assert.StartsWith("MIDDLEWARE_FAILURE", (await server.Refused.NextAsync()).Context, StringComparison.Ordinal);
    }
}
