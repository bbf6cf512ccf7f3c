using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SocketIO.Gateway.Tests;

/// <summary>An issuer of tokens, as OpenID Connect's discovery describes it.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private RsaSecurityKey _key = CreateKey();

    private TokenIssuer(WebApplication app) => _app = app;

    /// <summary>Who it is.</summary>
    public string Url => _app.Urls.Single();

    public static async Task<TokenIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var issuer = new TokenIssuer(app);
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = issuer.Url, jwks_uri = issuer.Url + "/keys" }));
        app.MapGet("/keys", () =>
        {
            var parameters = issuer._key.Rsa.ExportParameters(false);
            return Results.Json(new { keys = new[] { new { kty = "RSA", use = "sig", alg = "RS256", kid = issuer._key.KeyId, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) } } });
        });
        await app.StartAsync();
        return issuer;
    }

    /// <summary>From now on it signs with another key, and names the old one no more.</summary>
    public void Rotate() => _key = CreateKey();

    /// <summary>Writes a token for a member.</summary>
    public string Write(string audience = "chat", string? issuer = null, DateTime? expires = null, SecurityKey? key = null) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Audience = audience,
        Issuer = issuer ?? Url,
        Expires = expires ?? DateTime.UtcNow.AddHours(1),
        Subject = new ClaimsIdentity([new Claim("sub", "ada")]),
        SigningCredentials = new SigningCredentials(key ?? _key, SecurityAlgorithms.RsaSha256),
    });

    /// <summary>A key that is not the issuer's, though it says so.</summary>
    public SecurityKey Forge()
    {
        var forged = CreateKey();
        forged.KeyId = _key.KeyId;
        return forged;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static RsaSecurityKey CreateKey() => new(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") };
}
