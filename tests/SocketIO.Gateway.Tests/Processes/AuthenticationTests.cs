using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SocketIO.Client;

namespace SocketIO.Gateway.Tests;

/// <summary>Who has a token comes in, as the member that it names.</summary>
public sealed class AuthenticationTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    [Fact]
    public async Task A_token_lets_its_member_in_and_no_other_does()
    {
        await using var gateway = new GatewayProcess(
            $"Authentication:SigningKey={Convert.ToBase64String(Secret)}", "Authentication:Audience=chat", "Authentication:Issuer=login", "Authentication:MemberClaim=sub", "Namespaces:0=/chat");
        await gateway.StartAndWaitAsync();
        using (await gateway.Publish.PutAsync("members?namespace=/chat&room=team&member=ada", null))
        {
        }

        await using var ada = await ConnectAsync(Write());
        Assert.Contains("\"team\"", await FetchRoomsAsync(ada.Id!));
        await using var byHeader = new SocketIOClient(gateway.Url + "/chat", new SocketIOClientOptions
        {
            ConfigureWebSocket = static socket => socket.SetRequestHeader("Authorization", "Bearer " + Write()),
        });
        await byHeader.ConnectAsync();
        Assert.Contains("\"team\"", await FetchRoomsAsync(byHeader.Id!));

        await RefuseAsync(null);
        await RefuseAsync("no token");
        await RefuseAsync(Write(key: [.. Secret.Reverse()]));
        await RefuseAsync(Write(audience: "shop"));
        await RefuseAsync(Write(issuer: "nobody"));
        await RefuseAsync(Write(expires: DateTime.UtcNow.AddHours(-1)));

        async Task<SocketIOClient> ConnectAsync(string? token)
        {
            var client = new SocketIOClient(gateway.Url + "/chat", new SocketIOClientOptions { Auth = token is null ? null : new { token } });
            await client.ConnectAsync();
            return client;
        }

        async Task RefuseAsync(string? token) => Assert.Contains("Unauthorized", (await Assert.ThrowsAsync<ConnectException>(() => ConnectAsync(token))).Message);

        async Task<string> FetchRoomsAsync(string id)
        {
            using var response = await gateway.Publish.PostAsync("sockets", new StringContent($$"""{"namespace":"/chat","sockets":["{{id}}"]}""", null, "application/json"));
            return await response.Content.ReadAsStringAsync();
        }
    }

    private static string Write(byte[]? key = null, string audience = "chat", string issuer = "login", DateTime? expires = null) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Audience = audience,
        Issuer = issuer,
        Expires = expires ?? DateTime.UtcNow.AddHours(1),
        Subject = new ClaimsIdentity([new Claim("sub", "ada")]),
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(key ?? Secret), SecurityAlgorithms.HmacSha256),
    });
}
