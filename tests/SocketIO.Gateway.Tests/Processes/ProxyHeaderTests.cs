using System.Net.Http.Json;
using System.Text.Json;
using SocketIO.Client;

namespace SocketIO.Gateway.Tests;

/// <summary>Who a client is, behind a proxy.</summary>
public sealed class ProxyHeaderTests
{
    [Theory]
    [InlineData("Proxies:0=127.0.0.1", "203.0.113.7", true)]
    [InlineData("Proxies:0=127.0.0.0/8", "203.0.113.7", true)]
    [InlineData("Proxies:0=10.0.0.0/8", "127.0.0.1", false)]
    [InlineData("Namespaces:0=/chat", "127.0.0.1", false)]
    public async Task Only_a_known_proxy_says_where_a_client_is(string setting, string address, bool isSecure)
    {
        await using var gateway = new GatewayProcess(setting);
        await gateway.StartAndWaitAsync();
        await using var client = new SocketIOClient(gateway.Url, new SocketIOClientOptions
        {
            ConfigureWebSocket = static socket =>
            {
                socket.SetRequestHeader("X-Forwarded-For", "203.0.113.7");
                socket.SetRequestHeader("X-Forwarded-Proto", "https");
            },
        });
        await client.ConnectAsync();

        using var listed = await gateway.Publish.PostAsJsonAsync("sockets", new { });
        var socket = Assert.Single((await listed.Content.ReadFromJsonAsync<JsonElement>()).EnumerateArray());

        Assert.Equal((address, isSecure), (socket.GetProperty("address").GetString(), socket.GetProperty("isSecure").GetBoolean()));
    }
}
