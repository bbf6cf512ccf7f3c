// Between silos, and from Orleans clients to silos, both sides show a certificate. Whoever has one that an authority of the cluster has signed is of the
// cluster. Names are not compared: silos know each other by addresses that come and go, and the authority is what says who is one.
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;

namespace SocketIO.Gateway;

/// <summary>Encrypts and authenticates what the silo sends and receives.</summary>
internal sealed class SiloTls
{
    private readonly RenewedFiles<SslStreamCertificateContext> _certificate;
    private readonly RenewedFiles<X509Certificate2Collection> _authorities;
    private readonly GatewayStatus _status;
    private readonly CertificateLog _log;

    /// <summary>The TLS of a gateway's silo.</summary>
    /// <param name="options">Where the certificates are.</param>
    /// <param name="status">Is told who is refused, while the gateway is not ready.</param>
    /// <param name="log">The log.</param>
    /// <param name="time">The clock.</param>
    public SiloTls(GatewayOptions options, GatewayStatus status, CertificateLog log, TimeProvider time)
    {
        var tls = options.Silo.Tls!;
        (_status, _log) = (status, log);
        _certificate = new(CertificateReader.PathsOf(tls), () => CertificateReader.Load(tls), message => log.Unusable(GatewayOptions.Section + ":Silo:Tls:Path", message), time);
        _authorities = new([tls.AuthorityPath], () => CertificateReader.LoadAuthorities(tls.AuthorityPath), message => log.Unusable(GatewayOptions.Section + ":Silo:Tls:AuthorityPath", message), time);
        Options = new TlsOptions
        {
            // Orleans wants one; what is shown is set below, with its chain.
            LocalServerCertificateSelector = (_, _) => _certificate.Current.TargetCertificate,
            RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
            RemoteCertificateValidation = Check,
            OnAuthenticateAsServer = (_, server) =>
            {
                var ssl = (SslServerAuthenticationOptions)server.SslServerAuthenticationOptions;
                ssl.ServerCertificateSelectionCallback = null;
                ssl.ServerCertificateContext = _certificate.Current;
                ssl.CertificateChainPolicy = Policy();
            },
            OnAuthenticateAsClient = (_, client) =>
            {
                var ssl = (SslClientAuthenticationOptions)client.SslClientAuthenticationOptions;
                ssl.ClientCertificateContext = _certificate.Current;
                ssl.CertificateChainPolicy = Policy();
            },
        };
    }

    /// <summary>What Orleans is told.</summary>
    public TlsOptions Options { get; }

    // Nothing is fetched: neither a missing certificate nor a list of revoked ones. Such a certificate is revoked by changing the authority.
    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(_authorities.Current);
        return policy;
    }

    private bool Check(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None)
        {
            return true;
        }

        var reason = chain?.ChainStatus is { Length: > 0 } problems ? string.Join(' ', problems.Select(static problem => problem.StatusInformation.Trim()).Distinct()) : errors.ToString();
        _log.Refused(certificate.Subject, reason);
        _status.Remark($"The certificate '{certificate.Subject}' of another silo or client is refused: {reason}");
        return false;
    }
}
