using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class AuthenticationExamples
{
    // docs: authentication-auth
    private sealed record Credentials(string? Token);
    // end

    [Fact]
    public async Task The_auth_payload_is_read_as_a_record()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: authentication-auth
            io.Use(async (socket, next) =>
            {
                if (socket.Handshake.GetAuth<Credentials>()?.Token != "secret")
                {
                    throw new ConnectRefusedException("not authorized", new { retry = false });
                }

                await next();
            });
            // end
        });
        await using var client = await server.ConnectAsync(auth: new { token = "secret" });
        Assert.NotEmpty(client.Id);
        var error = await Assert.ThrowsAsync<ConnectErrorException>(() => server.ConnectAsync(auth: new { token = "guess" }));
        Assert.Equal("not authorized", error.Message);
        Assert.False(error.Details!.Value.GetProperty("retry").GetBoolean());
    }

    [Fact]
    public async Task Policies_of_the_application_guard_a_namespace()
    {
        var builder = ExampleServer.CreateBuilder();
        builder.Services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, UserHeaderHandler>("Test", null);

        // docs: authentication-policy
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy("moderators", policy => policy.RequireRole("moderator"));
        builder.Services.AddSocketIO();

        var app = builder.Build();
        app.UseAuthentication();
        app.MapSocketIO(io =>
        {
            io.Of("/members").RequireAuthorization();
            io.Of("/moderation").RequireAuthorization("moderators")
                .OnConnection(socket => socket.On("whoami", () => socket.User.Identity!.Name));
        });
        // end

        await using var server = await ExampleServer.StartAsync(app);
        await using var member = await server.ConnectAsync("/members", headers: ("X-User", "ada"));
        await using var moderator = await server.ConnectAsync("/moderation", headers: [("X-User", "grace"), ("X-Role", "moderator")]);
        Assert.Equal("grace", await moderator.EmitWithAckAsync<string>("whoami"));
        Assert.Equal("Unauthorized", (await Assert.ThrowsAsync<ConnectErrorException>(() => server.ConnectAsync("/members"))).Message);
        Assert.Equal("Forbidden", (await Assert.ThrowsAsync<ConnectErrorException>(() => server.ConnectAsync("/moderation", headers: ("X-User", "ada")))).Message);
    }

    [Fact]
    public async Task The_whole_endpoint_can_require_a_user()
    {
        var builder = ExampleServer.CreateBuilder();
        builder.Services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, UserHeaderHandler>("Test", null);
        builder.Services.AddAuthorization();
        builder.Services.AddSocketIO();
        var app = builder.Build();

        // docs: authentication-endpoint
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapSocketIO().RequireAuthorization();
        // end

        await using var server = await ExampleServer.StartAsync(app);
        using var http = server.CreateHttpClient();
        using var refused = await http.GetAsync("/socket.io/?EIO=4&transport=polling");
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
        await using var client = await server.ConnectAsync(headers: ("X-User", "ada"));
        Assert.NotEmpty(client.Id);
    }

    private sealed class UserHeaderHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-User"].ToString() is not { Length: > 0 } name)
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            var identity = new ClaimsIdentity([new(ClaimTypes.Name, name), new(ClaimTypes.Role, Request.Headers["X-Role"].ToString())], Scheme.Name);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
        }
    }
}
