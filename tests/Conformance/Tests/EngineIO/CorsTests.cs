using System.Net;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace SocketIO.Conformance.Tests;

/// <summary>Requests of pages from other origins.</summary>
public class CorsTests
{
    private const string Page = "https://page.example";
    private const string PollingUrl = "/engine.io/?EIO=4&transport=polling";

    private static readonly CorsPolicy Any = new CorsPolicyBuilder().AllowAnyOrigin().Build();
    private static readonly CorsPolicy OnePage = new CorsPolicyBuilder(Page).AllowCredentials().Build();

    [Fact]
    public async Task A_preflight_is_answered_with_204_and_no_body()
    {
        await using var server = await EchoServer.StartAsync(static options => options.Cors = Any);

        using var response = await SendAsync(server, HttpMethod.Options, PollingUrl, Page);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        Assert.Equal("*", Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal("GET,HEAD,PUT,PATCH,POST,DELETE", Header(response, "Access-Control-Allow-Methods"));
    }

    [Theory]
    [InlineData(PollingUrl, 200)]
    [InlineData("/engine.io/?EIO=4&transport=tcp", 400)]
    [InlineData(PollingUrl + "&sid=unknown", 400)]
    public async Task Answers_and_errors_alike_may_be_read_by_the_page(string url, int status)
    {
        await using var server = await EchoServer.StartAsync(static options => options.Cors = Any);

        using var response = await SendAsync(server, HttpMethod.Get, url, Page);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("*", Header(response, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_page_that_may_use_credentials_is_named()
    {
        await using var server = await EchoServer.StartAsync(static options => options.Cors = OnePage);

        using var named = await SendAsync(server, HttpMethod.Get, PollingUrl, Page);
        using var other = await SendAsync(server, HttpMethod.Get, PollingUrl, "https://other.example");

        Assert.Equal(Page, Header(named, "Access-Control-Allow-Origin"));
        Assert.Equal("true", Header(named, "Access-Control-Allow-Credentials"));
        Assert.Null(Header(other, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task The_websocket_handshake_carries_the_headers_and_refuses_pages_that_may_not_use_credentials()
    {
        await using var server = await EchoServer.StartAsync(static options => options.Cors = OnePage);

        await using var client = await RawWebSocket.ConnectAsync(server.Host.Url, RawSession.EngineUrl, "Origin: " + Page);
        var refused = await RawWebSocket.RefusedAsync(server.Host.Url, RawSession.EngineUrl, "GET", "Origin: https://other.example");

        Assert.Equal(Page, client.Upgrade.Headers["Access-Control-Allow-Origin"]);
        Assert.Equal("Forbidden", refused.Body);
    }

    [Fact]
    public async Task Without_a_policy_there_are_no_headers()
    {
        await using var server = await EchoServer.StartAsync();

        using var response = await SendAsync(server, HttpMethod.Get, PollingUrl, Page);

        Assert.DoesNotContain(response.Headers, static header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    private static Task<HttpResponseMessage> SendAsync(EchoServer server, HttpMethod method, string url, string origin)
    {
        var request = new HttpRequestMessage(method, url) { Headers = { { "Origin", origin } } };
        if (method == HttpMethod.Options)
        {
            request.Headers.Add("Access-Control-Request-Method", "POST");
        }

        return server.Host.Http.SendAsync(request);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
