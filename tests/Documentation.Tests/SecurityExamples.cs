using System.Net;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.HttpOverrides;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class SecurityExamples
{
    private const string Handshake = "/socket.io/?EIO=4&transport=polling";

    [Fact]
    public async Task Pages_of_other_origins_are_named()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                // docs: cors
                options.Cors = new CorsPolicyBuilder("https://app.example.com")
                    .AllowAnyHeader()
                    .WithMethods("GET", "POST")
                    .AllowCredentials()
                    .Build();
                // end
            });
        using var http = server.CreateHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, Handshake);
        request.Headers.Add("Origin", "https://app.example.com");
        using var response = await http.SendAsync(request);
        Assert.Equal("https://app.example.com", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => server.ConnectAsync(headers: ("Origin", "https://evil.example.com")));
    }

    [Fact]
    public async Task A_cookie_holds_the_session_id()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                // docs: cookie
                options.Cookie = new EngineCookieBuilder { Name = "node", SameSite = SameSiteMode.Strict, HttpOnly = true };
                // end
            });
        using var http = server.CreateHttpClient();
        using var response = await http.GetAsync(Handshake);
        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("node=", cookie);
        Assert.Contains("samesite=strict", cookie);
        Assert.Contains("httponly", cookie);
    }

    [Fact]
    public async Task Handshakes_can_be_refused()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                // docs: allow-request
                options.AllowRequest = context =>
                {
                    var isAllowed = context.Request.Headers["X-Api-Key"] == "secret";
                    return ValueTask.FromResult(isAllowed ? null : "unknown API key");
                };
                // end
            });
        using var http = server.CreateHttpClient();
        using var refused = await http.GetAsync(Handshake);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("""{"code":4,"message":"unknown API key"}""", await refused.Content.ReadAsStringAsync());
        await using var client = await server.ConnectAsync(headers: ("X-Api-Key", "secret"));
        Assert.NotEmpty(client.Id);
    }

    [Fact]
    public async Task A_trusted_proxy_tells_the_address()
    {
        var builder = ExampleServer.CreateBuilder();
        builder.Services.AddSocketIO();
        var app = builder.Build();

        // docs: forwarded-headers
        app.UseForwardedHeaders(new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            KnownProxies = { IPAddress.Parse("127.0.0.1") },
        });
        app.MapSocketIO(io => io.OnConnection(socket => socket.On("address", () => socket.Handshake.Address)));
        // end

        await using var server = await ExampleServer.StartAsync(app);
        await using var client = await server.ConnectAsync(headers: ("X-Forwarded-For", "203.0.113.7"));
        Assert.Equal("203.0.113.7", await client.EmitWithAckAsync<string>("address"));
    }
}
