using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using SocketIO.Orleans;
using SocketIO.Server;

namespace SocketIO.Gateway;

/// <summary>Lets in who has a token, as the member that it names.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="bearer">How tokens are checked.</param>
internal sealed class TokenSignIn(AuthenticationOptions options, IOptionsMonitor<JwtBearerOptions> bearer)
{
    /// <summary>The middleware of a namespace.</summary>
    public async Task SignInAsync(Socket socket, Func<Task> next)
    {
        var identity = await IdentifyAsync(socket) ?? (socket.User.Identity is ClaimsIdentity { IsAuthenticated: true } known ? known : null);
        if (identity is null && options.Required)
        {
            throw new ConnectRefusedException("Unauthorized");
        }

        if (options.MemberClaim is { } claim && identity?.FindFirst(claim)?.Value is { Length: > 0 } member)
        {
            await socket.IdentifyAsync(member);
        }

        await next();
    }

    private async Task<ClaimsIdentity?> IdentifyAsync(Socket socket)
    {
        if (socket.Handshake.Auth is not { ValueKind: JsonValueKind.Object } auth || !auth.TryGetProperty("token", out var token) || token.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var jwt = bearer.Get(JwtBearerDefaults.AuthenticationScheme);
        var parameters = jwt.TokenValidationParameters.Clone();
        parameters.ConfigurationManager ??= jwt.ConfigurationManager as BaseConfigurationManager;
        foreach (var handler in jwt.TokenHandlers)
        {
            var result = await handler.ValidateTokenAsync(token.GetString(), parameters);
            if (result.IsValid)
            {
                return result.ClaimsIdentity;
            }
        }

        // Whoever shows a token means it: an expired one is no anonymous visit.
        throw new ConnectRefusedException("Unauthorized", new { code = "invalid_token" });
    }
}
