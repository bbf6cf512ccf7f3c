using System.Security.Claims;
using System.Text.Json;
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
        await using var expired = new SocketIOClient(gateway.Url + "/chat", new SocketIOClientOptions
        {
            ConfigureWebSocket = static socket => socket.SetRequestHeader("Authorization", "Bearer " + Write(expires: DateTime.UtcNow.AddHours(-1))),
        });
        Assert.Equal("invalid_token", (await Assert.ThrowsAsync<ConnectException>(() => expired.ConnectAsync())).Details?.GetProperty("code").GetString());
        await RefuseWhatIsNoTextAsync(gateway);

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

    // By hand, as no serializer writes half of a pair of UTF-16.
    private static async Task RefuseWhatIsNoTextAsync(GatewayProcess gateway)
    {
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };
        var path = "/socket.io/?EIO=4&transport=polling";
        path += "&sid=" + JsonElement.Parse((await http.GetStringAsync(path))[1..]).GetProperty("sid").GetString();
        using (await http.PostAsync(path, new StringContent("""40/chat,{"token":"\ud800"}""")))
        {
        }

        Assert.Equal("""44/chat,{"message":"Unauthorized","data":{"code":"invalid_token"}}""", await http.GetStringAsync(path));
        Assert.DoesNotContain("/chat", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_of_an_authority_are_checked_with_the_keys_that_it_publishes_and_with_those_that_follow()
    {
        await using var issuer = await TokenIssuer.StartAsync();
        await using var gateway = new GatewayProcess($"Authentication:Authority={issuer.Url}", "Authentication:Audience=chat", "Authentication:MemberClaim=sub");
        await gateway.StartAndWaitAsync();

        Assert.True(await IsLetInAsync(issuer.Write()));
        await using (var byHeader = new SocketIOClient(gateway.Url, new SocketIOClientOptions
        {
            ConfigureWebSocket = socket => socket.SetRequestHeader("Authorization", "Bearer " + issuer.Write()),
        }))
        {
            await byHeader.ConnectAsync();
        }

        Assert.False(await IsLetInAsync(null));
        Assert.False(await IsLetInAsync(issuer.Write(issuer: "http://127.0.0.1")));
        Assert.False(await IsLetInAsync(issuer.Write(audience: "shop")));
        Assert.False(await IsLetInAsync(issuer.Write(expires: DateTime.UtcNow.AddHours(-1))));
        Assert.False(await IsLetInAsync(issuer.Write(key: issuer.Forge())));

        issuer.Rotate();
        while (!await IsLetInAsync(issuer.Write()))
        {
            await Task.Delay(200);
        }

        Assert.False(await IsLetInAsync(issuer.Write(key: issuer.Forge())));

        async Task<bool> IsLetInAsync(string? token)
        {
            await using var client = new SocketIOClient(gateway.Url, new SocketIOClientOptions { Auth = token is null ? null : new { token } });
            try
            {
                await client.ConnectAsync();
                return true;
            }
            catch (ConnectException e)
            {
                Assert.Contains("Unauthorized", e.Message);
                return false;
            }
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
