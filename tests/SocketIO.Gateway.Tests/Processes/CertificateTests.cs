using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace SocketIO.Gateway.Tests;

/// <summary>The certificate of https addresses.</summary>
public sealed class CertificateTests
{
    [Fact]
    public async Task A_client_that_knows_the_authority_alone_is_shown_the_chain_and_a_renewed_certificate_without_a_restart()
    {
        using var authority = new AuthorityFiles("ours");
        var url = $"https://127.0.0.1:{GatewayProcess.FindPort()}";
        await using var gateway = new GatewayProcess("Listen:1=" + url, "Certificate:Path=" + authority.Issue("a", byAnother: true), "Certificate:KeyPath=" + authority.KeyOf("a"));
        await gateway.StartAndWaitAsync();
        var before = await ReadAsync();

        authority.Issue("a", byAnother: true);
        while (await ReadAsync() == before)
        {
            await Task.Delay(500);
        }

        async Task<string> ReadAsync()
        {
            var shown = "";
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
            policy.CustomTrustStore.Add(authority.Root);
            using var handler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    CertificateChainPolicy = policy,
                    RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                    {
                        shown = certificate!.GetCertHashString();
                        return errors == SslPolicyErrors.None;
                    },
                },
            };
            using var http = new HttpClient(handler);
            using var request = new HttpRequestMessage(HttpMethod.Get, url + "/socket.io/?EIO=4&transport=polling") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await http.SendAsync(request);
            Assert.StartsWith("0{", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            return shown;
        }
    }
}
