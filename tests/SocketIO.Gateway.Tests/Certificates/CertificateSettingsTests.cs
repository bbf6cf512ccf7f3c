using Microsoft.Extensions.Configuration;

namespace SocketIO.Gateway.Tests;

/// <summary>Certificates that can't be used stop the start, and are said with the other problems.</summary>
public sealed class CertificateSettingsTests : IDisposable
{
    private readonly AuthorityFiles _authority = new("ours");

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void A_certificate_has_its_own_key_and_the_right_password()
    {
        var (path, other) = (_authority.Issue("a"), _authority.Issue("b"));

        Assert.Empty(Read($"Certificate:Path={path}", $"Certificate:KeyPath={_authority.KeyOf("a")}"));
        Assert.StartsWith($"SocketIO:Certificate:Path is '{path}'; allowed: a certificate with its key. ", Assert.Single(Read($"Certificate:Path={path}", $"Certificate:KeyPath={_authority.KeyOf("b")}")));
        Assert.StartsWith($"SocketIO:Certificate:Path is '{other}'; allowed: a certificate with its key. ", Assert.Single(Read($"Certificate:Path={other}")));
        var pkcs12 = _authority.IssuePkcs12("c");
        Assert.Empty(Read($"Certificate:Path={pkcs12}", "Certificate:Password=" + AuthorityFiles.Password));
        var problem = Assert.Single(Read($"Certificate:Path={pkcs12}", "Certificate:Password=a-wrong-secret"));
        Assert.StartsWith($"SocketIO:Certificate:Path is '{pkcs12}'; allowed: a certificate with its key. ", problem);
        Assert.DoesNotContain("a-wrong-secret", problem);
    }

    [Fact]
    public void A_silo_shows_its_certificate_as_a_server_and_as_a_client()
    {
        var path = _authority.Issue("a", isForClients: false);

        Assert.StartsWith(
            $"SocketIO:Silo:Tls:Path is '{path}'; allowed: a certificate for both server and client authentication",
            Assert.Single(Read($"Silo:Tls:Path={path}", $"Silo:Tls:KeyPath={_authority.KeyOf("a")}", $"Silo:Tls:AuthorityPath={_authority.Path}")));
        Assert.Empty(Read(_authority.Tls("a")));
    }

    [Fact]
    public void An_authority_is_a_certificate()
    {
        _authority.Issue("a");

        Assert.StartsWith(
            $"SocketIO:Silo:Tls:AuthorityPath is '{_authority.KeyOf("a")}'; allowed: one or more certificates as PEM. It has no certificate.",
            Assert.Single(Read([.. _authority.Tls("a"), $"Silo:Tls:AuthorityPath={_authority.KeyOf("a")}"])));
    }

    private static IReadOnlyCollection<string> Read(params string[] settings)
    {
        var values = new Dictionary<string, string?>();
        foreach (var setting in settings)
        {
            var pair = setting.Split('=', 2);
            values["SocketIO:" + pair[0]] = pair[1];
        }

        try
        {
            GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
            return [];
        }
        catch (SettingsException e)
        {
            return [.. e.Problems];
        }
    }
}
