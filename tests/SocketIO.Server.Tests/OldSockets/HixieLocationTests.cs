using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Old browsers give up where the location in the answer is not the one that they asked for.</summary>
[Trait("Feature", "K-29")]
public sealed class HixieLocationTests
{
    [Theory]
    [InlineData(WebSocketDrafts.Hixie75)]
    [InlineData(WebSocketDrafts.Hixie76)]
    public async Task Over_TLS_the_location_is_wss(WebSocketDrafts draft)
    {
        using var certificate = CreateCertificate();
        await using var node = await Node.StartAsync(
            static options => options.OldSockets = new(),
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(certificate).UseSocketIO())));
        node.Io.OnConnection(static socket => socket.On("echo", static (string text) => text));
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync(HixieClient.Handshake(draft));
        Assert.Contains("WebSocket-Location: wss://a.example:81/socket.io/?", await client.ReadHeadersAsync(), StringComparison.Ordinal);
        await client.ReadAsync(draft == WebSocketDrafts.Hixie76 ? 16 : 0);
        Assert.StartsWith("0{", await client.ReadFrameAsync(), StringComparison.Ordinal);
        await client.SendTextAsync("40");
        Assert.StartsWith("40{", await client.ReadFrameAsync(), StringComparison.Ordinal);
        await client.SendTextAsync("421[\"echo\",\"☃\"]");
        Assert.Equal("431[\"☃\"]", await client.ReadFrameAsync());
    }

    [Fact]
    [Trait("Feature", "K-23")]
    public async Task Behind_a_proxy_that_is_known_the_location_is_what_the_client_asked_the_proxy_for() =>
        Assert.Contains(
            "\r\nSec-WebSocket-Location: wss://chat.example/socket.io/?EIO=4&transport=websocket\r\n",
            await AskThroughProxyAsync(static app => app.UseForwardedHeaders()),
            StringComparison.Ordinal);

    [Fact]
    [Trait("Feature", "K-23")]
    public async Task A_proxy_that_is_not_known_is_not_believed() =>
        Assert.Contains(
            "\r\nSec-WebSocket-Location: ws://a.example:81/socket.io/?EIO=4&transport=websocket\r\n",
            await AskThroughProxyAsync(static _ => { }),
            StringComparison.Ordinal);

    private static async Task<string> AskThroughProxyAsync(Action<WebApplication> use)
    {
        await using var node = await Node.StartAsync(
            static options => options.OldSockets = new(),
            static builder => builder.Services.Configure<ForwardedHeadersOptions>(static options => options.ForwardedHeaders = ForwardedHeaders.All),
            app =>
            {
                use(app);
                app.MapSocketIO();
            });
        using var client = await HixieClient.OpenAsync(node.Address);
        await client.SendAsync(HixieClient.Handshake(headers: "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: chat.example\r\n"));
        return await client.ReadHeadersAsync();
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
