using System.Reflection;

namespace SocketIO.Gateway.Tests;

/// <summary>The tables of the documentation have every setting.</summary>
public sealed class SettingsTableTests
{
    public static TheoryData<string, Type> Sections => new()
    {
        { "", typeof(GatewayOptions) },
        { "Certificate:", typeof(CertificateOptions) },
        { "Cors:", typeof(CrossOriginOptions) },
        { "Authentication:", typeof(AuthenticationOptions) },
        { "Operations:", typeof(OperationsOptions) },
        { "Operations:Otlp:", typeof(OtlpOptions) },
        { "Silo:", typeof(SiloOptions) },
        { "Silo:AdoNet:", typeof(AdoNetOptions) },
        { "Silo:Tls:", typeof(SiloTlsOptions) },
        { "Publish:", typeof(PublishOptions) },
    };

    [Theory]
    [MemberData(nameof(Sections))]
    public void Every_setting_is_in_a_table(string section, Type type)
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", section == "Publish:" ? "publish.md" : "gateway.md")).Where(static line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();

        Assert.All(
            type.GetProperties(BindingFlags.Public | BindingFlags.Instance),
            property => Assert.Contains(rows, row => row.Contains($"`{(section == "Publish:" ? "" : section)}{property.Name}", StringComparison.Ordinal) || (row.Contains($"`{section}", StringComparison.Ordinal) && row.Contains($"`{property.Name}`", StringComparison.Ordinal))));
    }
}
