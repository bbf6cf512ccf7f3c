namespace SocketIO.Gateway;

/// <summary>What the log is told of certificates.</summary>
/// <param name="logger">The log.</param>
internal sealed partial class CertificateLog(ILogger<CertificateLog> logger)
{
    /// <summary>Files have changed and can't be used.</summary>
    [LoggerMessage(101, LogLevel.Error, "{Setting} has changed and can't be used; the certificate that was read before is shown on: {Message}")]
    public partial void Unusable(string setting, string message);

    /// <summary>Another silo or an Orleans client has shown a certificate that does not count.</summary>
    [LoggerMessage(102, LogLevel.Warning, "The certificate '{Subject}' of another silo or client of the cluster is refused: {Reason}")]
    public partial void Refused(string subject, string reason);
}
