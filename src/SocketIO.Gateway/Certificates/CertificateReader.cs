using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SocketIO.Gateway;

/// <summary>Certificates as files have them.</summary>
internal static class CertificateReader
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    /// <summary>Reads a certificate with its key and the others of its chain, which are shown with it.</summary>
    /// <exception cref="CryptographicException">There is none; <see cref="IsUnusable"/> knows what else can be thrown.</exception>
    public static SslStreamCertificateContext Load(CertificateOptions options)
    {
        var others = new X509Certificate2Collection();
        X509Certificate2? certificate;
        if (Path.GetExtension(options.Path).ToLowerInvariant() is ".pfx" or ".p12")
        {
            others = X509CertificateLoader.LoadPkcs12CollectionFromFile(options.Path, options.Password);
            certificate = others.FirstOrDefault(static candidate => candidate.HasPrivateKey) ?? throw new CryptographicException("It has no private key.");
        }
        else
        {
            certificate = options.Password is null
                ? X509Certificate2.CreateFromPemFile(options.Path, options.KeyPath)
                : X509Certificate2.CreateFromEncryptedPemFile(options.Path, options.Password, options.KeyPath);
            others.ImportFromPemFile(options.Path);
        }

        foreach (var same in others.Where(other => other.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)).ToList())
        {
            others.Remove(same);
        }

        return SslStreamCertificateContext.Create(certificate, others, offline: true);
    }

    /// <summary>Reads the certificates of authorities.</summary>
    /// <exception cref="CryptographicException">There are none; <see cref="IsUnusable"/> knows what else can be thrown.</exception>
    public static X509Certificate2Collection LoadAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("It has no certificate.");
    }

    /// <summary>Whether a certificate may be shown by a server and by a client; one that names no usages may.</summary>
    public static bool IsForBothSides(X509Certificate2 certificate) => certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().All(static extension =>
        extension.EnhancedKeyUsages[ServerUsage] is not null && extension.EnhancedKeyUsages[ClientUsage] is not null);

    /// <summary>The files of a certificate.</summary>
    public static IEnumerable<string> PathsOf(CertificateOptions options) => options.KeyPath is { } key ? [options.Path, key] : [options.Path];

    /// <summary>Whether an exception says that files can't be used: they are no certificate, or its key is another's, or they can't be read.</summary>
    public static bool IsUnusable(Exception exception) => exception is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException;
}
