using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SocketIO.Gateway.Tests;

/// <summary>An authority made for a test, and the certificates that it signs, as files.</summary>
internal sealed class AuthorityFiles : IDisposable
{
    /// <summary>The password of PKCS #12 files.</summary>
    public const string Password = "a-secret-of-the-certificate";

    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-authority-").FullName;
    private readonly X509Certificate2 _root;

    public AuthorityFiles(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Write("CN=" + name, key, isAuthority: true);
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        File.WriteAllText(Path, _root.ExportCertificatePem());
    }

    /// <summary>The file of its own certificate.</summary>
    public string Path => System.IO.Path.Combine(_folder, "ca.pem");

    /// <summary>Its own certificate.</summary>
    public X509Certificate2 Root => X509CertificateLoader.LoadCertificateFromFile(Path);

    /// <summary>The settings of a silo with a new certificate, in PEM files.</summary>
    public string[] Tls(string name) => [$"Silo:Tls:Path={Issue(name)}", $"Silo:Tls:KeyPath={KeyOf(name)}", $"Silo:Tls:AuthorityPath={Path}"];

    /// <summary>Signs a certificate, or signs it anew, and gives its PEM file.</summary>
    public string Issue(string name, bool isForClients = true, bool byAnother = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(name, key, isForClients, byAnother, out var chain);
        File.WriteAllText(KeyOf(name), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf(name), chain.ExportCertificatePems());
        return PathOf(name);
    }

    /// <summary>Signs a certificate through an authority in between, and gives its PKCS #12 file.</summary>
    public string IssuePkcs12(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Sign(name, key, isForClients: true, byAnother: true, out var chain);
        using var withKey = certificate.CopyWithPrivateKey(key);
        chain.RemoveAt(0);
        chain.Add(withKey);
        var path = System.IO.Path.Combine(_folder, name + ".pfx");
        File.WriteAllBytes(path, chain.Export(X509ContentType.Pkcs12, Password)!);
        return path;
    }

    public string KeyOf(string name) => System.IO.Path.Combine(_folder, name + ".key");

    public void Dispose()
    {
        _root.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string PathOf(string name) => System.IO.Path.Combine(_folder, name + ".pem");

    private X509Certificate2 Sign(string name, ECDsa key, bool isForClients, bool byAnother, out X509Certificate2Collection chain)
    {
        var request = Write("CN=" + name, key, isAuthority: false);
        OidCollection usages = [new Oid(ServerUsage)];
        if (isForClients)
        {
            usages.Add(new Oid(ClientUsage));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        if (!byAnother)
        {
            var certificate = request.Create(_root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
            chain = [certificate];
            return certificate;
        }

        using var keyBetween = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var between = Write("CN=between", keyBetween, isAuthority: true).Create(_root, DateTimeOffset.UtcNow.AddDays(-1), _root.NotAfter, RandomNumberGenerator.GetBytes(8));
        using var signer = between.CopyWithPrivateKey(keyBetween);
        var signed = request.Create(signer, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        chain = [signed, X509CertificateLoader.LoadCertificate(between.RawData)];
        return signed;
    }

    private static CertificateRequest Write(string subject, ECDsa key, bool isAuthority)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        if (isAuthority)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        }
        else
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        return request;
    }
}
