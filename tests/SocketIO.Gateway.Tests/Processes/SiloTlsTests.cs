using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using SocketIO.Orleans;

namespace SocketIO.Gateway.Tests;

/// <summary>Between silos, both sides show who they are.</summary>
public sealed class SiloTlsTests
{
    [RedisFact]
    public async Task Silos_and_clients_of_one_authority_are_a_cluster_and_nobody_else_is_listened_to()
    {
        using var redis = new RedisProcess();
        redis.Start();
        using var authority = new AuthorityFiles("ours");
        await using var first = new GatewayProcess([.. Redis(redis), .. authority.Tls("first")]);
        await using var second = new GatewayProcess(
            [.. Redis(redis), $"Silo:Tls:Path={authority.IssuePkcs12("second")}", "Silo:Tls:Password=" + AuthorityFiles.Password, $"Silo:Tls:AuthorityPath={authority.Path}"]);
        await first.StartAndWaitAsync();
        await second.StartAndWaitAsync();
        await using var room = await SpanningRoom.OpenAsync(first, second);
        await room.AssertHearsAsync(first);
        await room.AssertHearsAsync(second);

        // Another service, with a certificate.
        using (var certificate = X509Certificate2.CreateFromPemFile(authority.Issue("service"), authority.KeyOf("service")))
        using (var service = await GatewayExamples.StartClientAsync(redis.Address, certificate, authority.Root))
        {
            var sockets = await service.Services.GetRequiredService<IClusterClient>().SocketIO("/").In("span").FetchSocketsAsync();
            Assert.Equal(room.Clients.Select(static client => client.Id!).Order(), sockets.Select(static socket => socket.Id).Order());
            await service.StopAsync();
        }

        foreach (var port in (int[])[first.SiloPort, first.ClientPort])
        {
            // To plain bytes the answer is an end, after an alert of TLS at most; then a client that shows nothing.
            Assert.True(await SendPlainAsync(port) is [] or [0x15, ..]);
            await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(port, null));
            using var stranger = new AuthorityFiles("theirs");
            using var unknown = X509Certificate2.CreateFromPemFile(stranger.Issue("unknown"), stranger.KeyOf("unknown"));
            await Assert.ThrowsAnyAsync<Exception>(() => ShakeHandsAsync(port, unknown));
            await first.UntilSaidAsync("The certificate 'CN=unknown' of another silo or client of the cluster is refused: ");
        }

        await room.AssertHearsAsync(second);
        using var one = X509Certificate2.CreateFromPemFile(authority.Issue("one"), authority.KeyOf("one"));
        var before = await ShakeHandsAsync(first.SiloPort, one, isRead: false);
        authority.Issue("first");
        while (await ShakeHandsAsync(first.SiloPort, one, isRead: false) == before)
        {
            await Task.Delay(500);
        }
    }

    [RedisFact]
    public async Task A_gateway_without_a_certificate_or_with_one_of_another_authority_takes_no_clients_and_the_others_go_on()
    {
        using var redis = new RedisProcess();
        redis.Start();
        using var authority = new AuthorityFiles("ours");
        using var another = new AuthorityFiles("theirs");
        await using var first = new GatewayProcess([.. Redis(redis), .. authority.Tls("first")]);
        await using var second = new GatewayProcess([.. Redis(redis), .. authority.Tls("second")]);
        await first.StartAndWaitAsync();
        await second.StartAndWaitAsync();
        await using var room = await SpanningRoom.OpenAsync(first, second);

        await using var stranger = new GatewayProcess([.. Redis(redis), .. another.Tls("stranger")]);
        await using var plain = new GatewayProcess(Redis(redis));
        stranger.Start();
        plain.Start();
        await stranger.UntilReadyAsync("Unhealthy: The silo is joining the cluster. The certificate 'CN=");
        await plain.UntilReadyAsync("Unhealthy: The silo is joining the cluster.");
        await stranger.UntilSaidAsync("' of another silo or client of the cluster is refused: ");
        await plain.UntilSaidAsync("Did not receive");

        await room.AssertHearsAsync(first);
        await room.AssertHearsAsync(second);
        using var http = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(stranger.Url));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(plain.Url));
        Assert.Equal("Healthy", await first.Operations.GetStringAsync("healthz/ready"));
        Assert.Equal("Healthy", await second.Operations.GetStringAsync("healthz/ready"));
    }

    private static string[] Redis(RedisProcess redis) => ["Silo:Clustering=Redis", "Silo:Redis=" + redis.Address];

    private static async Task<byte[]> SendPlainAsync(int port)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        var received = new MemoryStream();
        try
        {
            await tcp.GetStream().WriteAsync("hello, silo, how are you?"u8.ToArray());
            await tcp.GetStream().CopyToAsync(received).WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (IOException)
        {
            // It was reset, which is an end too.
        }

        return received.ToArray();
    }

    // The handshake's end, and then the first bytes: with TLS 1.3 the server's refusal comes after the client's handshake.
    private static async Task<string> ShakeHandsAsync(int port, X509Certificate2? certificate, bool isRead = true)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        await using var tls = new SslStream(tcp.GetStream(), false, static (_, shown, _, _) => shown?.Subject is "CN=first");
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "silo",
            ClientCertificates = certificate is null ? null : [certificate],
            ApplicationProtocols = [new SslApplicationProtocol("Orleans1")],
        });
        if (isRead && await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(60)) == 0)
        {
            throw new AuthenticationException("The silo has closed the connection.");
        }

        return tls.RemoteCertificate!.GetCertHashString();
    }
}
