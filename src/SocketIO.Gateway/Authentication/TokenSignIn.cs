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
        if (identity is null && HasBearer(socket))
        {
            throw InvalidToken();
        }

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
        if (ReadToken(socket) is not { } token)
        {
            return null;
        }

        var jwt = bearer.Get(JwtBearerDefaults.AuthenticationScheme);
        var parameters = jwt.TokenValidationParameters.Clone();
        parameters.ConfigurationManager ??= jwt.ConfigurationManager as BaseConfigurationManager;
        foreach (var handler in jwt.TokenHandlers)
        {
            var result = await handler.ValidateTokenAsync(token, parameters);
            if (result.IsValid)
            {
                return result.ClaimsIdentity;
            }
        }

        throw InvalidToken();
    }

    private static bool HasBearer(Socket socket) => socket.Handshake.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase);

    private static string? ReadToken(Socket socket)
    {
        try
        {
            return socket.Handshake.Auth is { ValueKind: JsonValueKind.Object } auth && auth.TryGetProperty("token", out var token) && token.ValueKind == JsonValueKind.String
                ? token.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of UTF-16, which is no text.
            throw InvalidToken();
        }
    }

    // Whoever shows a token means it: an expired one is no anonymous visit.
    private static ConnectRefusedException InvalidToken() => new("Unauthorized", new { code = "invalid_token" });
}
