using System.Globalization;
using Microsoft.Extensions.Options;
using SocketIO.Admin;
using SocketIO.Orleans;
using SocketIO.Server;

namespace SocketIO.Gateway;

/// <summary>Reads the gateway's options and refuses what can't work.</summary>
internal static class GatewaySettings
{
    private const string Server = "Server";
    private const string Cluster = "Cluster";
    private const string Shutdown = "ShutdownTimeoutSeconds";

    /// <summary>The path of the server's options.</summary>
    public const string ServerPath = GatewayOptions.Section + ":" + Server;

    /// <summary>The path of the cluster's options.</summary>
    public const string ClusterPath = GatewayOptions.Section + ":" + Cluster;

    /// <summary>Reads and checks them.</summary>
    /// <exception cref="SettingsException">The gateway can't run with them.</exception>
    public static GatewayOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(GatewayOptions.Section);
        var reader = new SettingsReader();
        reader.Check(section, typeof(GatewayOptions), Server, Cluster);
        reader.Check(section.GetSection(Server), typeof(SocketIOOptions));
        reader.Check(section.GetSection(Cluster), typeof(SocketIOClusterOptions));
        if (reader.Problems.Count > 0)
        {
            throw new SettingsException(reader.Problems);
        }

        var options = section.Get<GatewayOptions>() ?? new GatewayOptions();
        options.Listen ??= ["http://localhost:3000"];
        options.Namespaces ??= [];
        options.Proxies ??= [];
        options.Silo.Storage ??= options.Silo.Clustering switch
        {
            Clustering.Redis => StateStorage.Redis,
            Clustering.AdoNet => StateStorage.AdoNet,
            _ => StateStorage.Folder,
        };
        var problems = new Problems();
        problems.Check(options);
        problems.CheckRecovery(options, section);
        problems.CheckPath(options, section.GetSection(Server)[nameof(SocketIOOptions.Path)]);
        problems.CheckShutdown(configuration[Shutdown]);
        problems.CheckAdmin(options, section.GetSection(Cluster).GetSection(nameof(SocketIOClusterOptions.Handlers)).GetChildren().Select(static handler => handler.Key));
        return problems.Found.Count == 0 ? options : throw new SettingsException(problems.Found);
    }

    /// <summary>The problems that options of other projects have found, by the keys that they have here.</summary>
    public static SettingsException Translate(OptionsValidationException invalid) => new([.. invalid.Failures.Select(static failure => failure
        .Replace(nameof(SocketIOOptions) + ".", ServerPath + ":", StringComparison.Ordinal)
        .Replace(nameof(SocketIOClusterOptions) + ".", ClusterPath + ":", StringComparison.Ordinal))]);

    private sealed class Problems
    {
        public List<string> Found { get; } = [];

        public void Check(GatewayOptions options)
        {
            Require(options.Listen!.Length > 0, "Listen", "", "one or more addresses");
            for (var i = 0; i < options.Listen.Length; i++)
            {
                CheckAddress(options.Listen[i], $"Listen:{i}", options.Certificate is not null);
            }

            for (var i = 0; i < options.Namespaces!.Length; i++)
            {
                Require(options.Namespaces[i].StartsWith('/'), $"Namespaces:{i}", options.Namespaces[i], "a name with a leading slash, such as /chat");
            }

            for (var i = 0; i < options.Proxies!.Length; i++)
            {
                Require(ProxyHeaders.TryParse(options.Proxies[i], out _), $"Proxies:{i}", options.Proxies[i], "an IP address, or a network such as 10.0.0.0/8");
            }

            Require(options.RecoveryWindow >= TimeSpan.Zero && options.RecoveryWindow <= TimeSpan.FromDays(1), "RecoveryWindow", options.RecoveryWindow, "0 to 1 day");
            Require(options.MaxConnectionAge is null || options.MaxConnectionAge >= TimeSpan.FromMinutes(1), "MaxConnectionAge", options.MaxConnectionAge, "1 minute or more, or nothing");
            CheckCertificate(options.Certificate, "Certificate");
            CheckAddress(options.Operations.Listen, "Operations:Listen", hasCertificate: false);
            if (options.Operations.Otlp is { } otlp)
            {
                Require(Uri.TryCreate(otlp.Endpoint, UriKind.Absolute, out var collector) && collector.Scheme is "http" or "https", "Operations:Otlp:Endpoint", otlp.Endpoint, "an http:// or https:// URL");
                Require(otlp.TraceRatio is >= 0 and <= 1, "Operations:Otlp:TraceRatio", otlp.TraceRatio, "0 to 1");
            }

            CheckCors(options.Cors);
            CheckPorts(options);
            CheckAuthentication(options.Authentication);
            CheckPublish(options.Publish);
            CheckSilo(options.Silo);
        }

        private void CheckAddress(string url, string key, bool hasCertificate)
        {
            var address = ListenAddress.Parse(url);
            Require(address is not null, key, url, ListenAddress.Allowed);
            Require(address?.IsSecure != true || hasCertificate, key, url, $"http://, as there is no certificate ({GatewayOptions.Section}:Certificate:Path){(key.StartsWith("Listen", StringComparison.Ordinal) ? "" : " for it")}");
        }

        // Each of the ports is one listener's.
        private void CheckPorts(GatewayOptions options)
        {
            var taken = new HashSet<(string, int)> { ("*", options.Silo.SiloPort), ("*", options.Silo.ClientPort) };
            IEnumerable<(string Key, string Url)> all = options.Listen!.Select(static (url, i) => ($"Listen:{i}", url)).Append(("Operations:Listen", options.Operations.Listen));
            foreach (var (key, url) in options.Publish is { } publish ? all.Append(("Publish:Listen", publish.Listen)) : all)
            {
                if (ListenAddress.Parse(url) is { } address)
                {
                    Require(taken.Add((address.Host, address.Port)) && (address.Host == "*" || !taken.Contains(("*", address.Port))), key, url, "an address that is not listened to already, by another setting");
                }
            }
        }

        public void CheckRecovery(GatewayOptions options, IConfigurationSection section)
        {
            var partitions = section.GetSection(Cluster).GetValue(nameof(SocketIOClusterOptions.Partitions), 1);
            var isServers = section.GetSection(Server).GetSection(nameof(SocketIOOptions.ConnectionStateRecovery)).Exists();
            Require(
                partitions == 1 || (options.RecoveryWindow == TimeSpan.Zero && !isServers),
                isServers ? $"{Server}:{nameof(SocketIOOptions.ConnectionStateRecovery)}" : nameof(options.RecoveryWindow),
                isServers ? "set" : options.RecoveryWindow,
                $"{(isServers ? "nothing" : "0")}, with {Cluster}:{nameof(SocketIOClusterOptions.Partitions)} above 1: who comes back needs one order of all rooms");
        }

        public void CheckPath(GatewayOptions options, string? path) =>
            Require(options.Publish is null || path?.StartsWith(PublishGuard.Path, StringComparison.OrdinalIgnoreCase) != true, $"{Server}:{nameof(SocketIOOptions.Path)}", path, $"a path that is not below {PublishGuard.Path}, where back-ends publish");

        // The host's own, which it would pass over.
        public void CheckShutdown(string? seconds)
        {
            if (seconds is not null && (!int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var read) || read == 0))
            {
                Found.Add($"{Shutdown} is '{seconds}'; allowed: a number of seconds, 1 or more.");
            }
        }

        private void CheckCertificate(CertificateOptions? certificate, string section)
        {
            if (certificate is null)
            {
                return;
            }

            var (isThere, hasKey) = (File.Exists(certificate.Path), certificate.KeyPath is null || File.Exists(certificate.KeyPath));
            Require(isThere, section + ":Path", certificate.Path, "an existing file");
            Require(hasKey, section + ":KeyPath", certificate.KeyPath, "an existing file, or nothing");
            if (isThere && hasKey)
            {
                Try(() => CertificateReader.Load(certificate).TargetCertificate.Dispose(), section + ":Path", certificate.Path, "a certificate with its key");
            }
        }

        private void CheckCors(CrossOriginOptions? cors)
        {
            if (cors is null)
            {
                return;
            }

            Require(cors.Origins.Length > 0, "Cors:Origins", "", "one or more origins");
            for (var i = 0; i < cors.Origins.Length; i++)
            {
                var isAll = cors.Origins[i] == "*";
                Require(isAll || (Uri.TryCreate(cors.Origins[i], UriKind.Absolute, out var origin) && origin.GetLeftPart(UriPartial.Authority) == cors.Origins[i]), $"Cors:Origins:{i}", cors.Origins[i], "an origin such as https://app.example.com, or *");
                Require(!isAll || !cors.Credentials, "Cors:Credentials", cors.Credentials, "false, where all origins are allowed");
            }
        }

        private void CheckAuthentication(AuthenticationOptions? authentication)
        {
            if (authentication is null)
            {
                return;
            }

            Require(authentication.Audience.Length > 0, "Authentication:Audience", authentication.Audience, "the audience that the tokens name");
            if (authentication.Authority is { } authority)
            {
                Require(Uri.TryCreate(authority, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.IsLoopback), "Authentication:Authority", authority, "an https:// URL");
                Require(authentication.SigningKey is null, "Authentication:SigningKey", "…", "nothing, where there is an Authority");
            }
            else
            {
                Require(TryDecode(authentication.SigningKey, out var length) && length >= 32, "Authentication:SigningKey", authentication.SigningKey is null ? "" : "…", "32 bytes or more in base64; or nothing, with an Authority");
            }
        }

        public void CheckAdmin(GatewayOptions options, IEnumerable<string> handled)
        {
            if (options.Admin is not { } admin)
            {
                return;
            }

            const string Key = "Admin:";
            if (new AdminOptionsValidator(Options.DefaultName).Validate(Options.DefaultName, admin) is { Failed: true } invalid)
            {
                Found.AddRange(invalid.Failures.Select(static failure => failure.Replace(nameof(AdminOptions) + ".", $"{GatewayOptions.Section}:{Key}", StringComparison.Ordinal)));
            }

            Require(
                !options.Namespaces!.Concat(handled).Contains(admin.Namespace, StringComparer.Ordinal),
                Key + nameof(admin.Namespace),
                admin.Namespace,
                "a namespace that is neither among the Namespaces nor has a handler");
        }

        private void CheckPublish(PublishOptions? publish)
        {
            if (publish is null)
            {
                return;
            }

            CheckAddress(publish.Listen, "Publish:Listen", hasCertificate: false);
            Require(publish.Keys.Length > 0, "Publish:Keys", "", "one or more keys");
            for (var i = 0; i < publish.Keys.Length; i++)
            {
                // A secret is not for the log.
                Require(publish.Keys[i].Length >= 32 && publish.Keys[i].All(static character => character is >= ' ' and <= '~') && publish.Keys[i].Trim() == publish.Keys[i], $"Publish:Keys:{i}", "…", "32 characters or more of ASCII, no line break among them, and no blank at either end");
            }

            Require(publish.MaxRequestsPerSecond >= 1, "Publish:MaxRequestsPerSecond", publish.MaxRequestsPerSecond, "1 or more");
            Require(publish.MaxBodyBytes >= 1000, "Publish:MaxBodyBytes", publish.MaxBodyBytes, "1000 or more");
            Require(publish.MaxTimeout >= TimeSpan.FromMilliseconds(1) && publish.MaxTimeout <= TimeSpan.FromMinutes(5), "Publish:MaxTimeout", publish.MaxTimeout, "1 ms to 5 minutes");
        }

        private void CheckSilo(SiloOptions silo)
        {
            Require(silo.Storage != StateStorage.Folder || silo.Clustering == Clustering.Localhost, "Silo:Storage", silo.Storage, "Redis or AdoNet, as silos that find each other share their state");
            Require(silo.Storage != StateStorage.Folder || silo.Folder.Length > 0, "Silo:Folder", silo.Folder, "a folder's path");
            Require(silo.ClusterId.Length > 0, "Silo:ClusterId", silo.ClusterId, "a name");
            Require(silo.ServiceId.Length > 0, "Silo:ServiceId", silo.ServiceId, "a name");
            Require(silo.Address is null || System.Net.IPAddress.TryParse(silo.Address, out _), "Silo:Address", silo.Address, "an IP address, or nothing");
            Require(silo.SiloPort is > 0 and <= ushort.MaxValue, "Silo:SiloPort", silo.SiloPort, "1 to 65535");
            Require(silo.ClientPort is > 0 and <= ushort.MaxValue && silo.ClientPort != silo.SiloPort, "Silo:ClientPort", silo.ClientPort, "1 to 65535, and not the SiloPort");
            CheckDatabase(silo);
            CheckKubernetes(silo);
            CheckTls(silo.Tls);
            if (silo.Clustering == Clustering.Redis || silo.Storage == StateStorage.Redis)
            {
                Require(IsRedis(silo.Redis), "Silo:Redis", "…", "an address and options as StackExchange.Redis writes them, such as redis:6379,password=…");
            }
        }

        private void CheckDatabase(SiloOptions silo)
        {
            if (silo.Clustering != Clustering.AdoNet && silo.Storage != StateStorage.AdoNet)
            {
                return;
            }

            var database = silo.AdoNet ??= new AdoNetOptions();
            Require(database.Invariant == "Npgsql", "Silo:AdoNet:Invariant", database.Invariant, "Npgsql");
            Require(IsDatabase(database.ConnectionString), "Silo:AdoNet:ConnectionString", database.ConnectionString.Length == 0 ? "" : "…", "where the database is, as Npgsql writes it, such as Host=postgres;Database=socketio;Username=socketio;Password=…");
        }

        private void CheckKubernetes(SiloOptions silo)
        {
            if (!silo.Kubernetes)
            {
                return;
            }

            Require(silo.Clustering != Clustering.Localhost, "Silo:Clustering", silo.Clustering, "Redis or AdoNet, with Silo:Kubernetes: pods are several");
            Require(silo.Address is null, "Silo:Address", silo.Address, "nothing, with Silo:Kubernetes: the pod's address is POD_IP");
            foreach (var variable in KubernetesEnvironment.Variables.Where(static variable => KubernetesEnvironment.Read(variable) is null))
            {
                Require(false, "Silo:Kubernetes", silo.Kubernetes, $"true in a pod whose environment has {variable}, from the downward API");
            }

            Require(KubernetesEnvironment.Read("POD_IP") is not { } address || System.Net.IPAddress.TryParse(address, out _), "Silo:Kubernetes", silo.Kubernetes, $"true in a pod whose POD_IP is an IP address; it is '{KubernetesEnvironment.Read("POD_IP")}'");
            // Both become labels of the pod.
            Require(KubernetesEnvironment.IsLabel(silo.ClusterId), "Silo:ClusterId", silo.ClusterId, KubernetesEnvironment.Labels);
            Require(KubernetesEnvironment.IsLabel(silo.ServiceId), "Silo:ServiceId", silo.ServiceId, KubernetesEnvironment.Labels);
            Require(KubernetesEnvironment.IsThere, "Silo:Kubernetes", silo.Kubernetes, "true in a pod that has a service account (automountServiceAccountToken), or where KUBECONFIG names a file");
        }

        private void CheckTls(SiloTlsOptions? tls)
        {
            if (tls is null)
            {
                return;
            }

            var before = Found.Count;
            CheckCertificate(tls, "Silo:Tls");
            if (Found.Count == before)
            {
                Require(CertificateReader.IsForBothSides(CertificateReader.Load(tls).TargetCertificate), "Silo:Tls:Path", tls.Path, "a certificate for both server and client authentication, as silos are both, or one that names no extended key usage");
            }

            var hasAuthority = File.Exists(tls.AuthorityPath);
            Require(hasAuthority, "Silo:Tls:AuthorityPath", tls.AuthorityPath, "an existing file, with the certificate of the authority that signs those of all silos and Orleans clients");
            if (hasAuthority)
            {
                Try(() => CertificateReader.LoadAuthorities(tls.AuthorityPath), "Silo:Tls:AuthorityPath", tls.AuthorityPath, "one or more certificates as PEM");
            }
        }

        private static bool IsDatabase(string value)
        {
            try
            {
                return new Npgsql.NpgsqlConnectionStringBuilder(value) is { Host.Length: > 0 };
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                return false;
            }
        }

        private void Try(Action load, string key, string value, string allowed)
        {
            try
            {
                load();
            }
            catch (Exception e) when (CertificateReader.IsUnusable(e))
            {
                Require(false, key, value, $"{allowed}. {e.Message.TrimEnd('.')}");
            }
        }

        private static bool IsRedis(string value)
        {
            try
            {
                return StackExchange.Redis.ConfigurationOptions.Parse(value).EndPoints.Count > 0;
            }
            catch (ArgumentException)
            {
                return false;
            }
        }

        private static bool TryDecode(string? base64, out int length)
        {
            length = 0;
            return base64 is not null && Convert.TryFromBase64String(base64, new byte[base64.Length], out length);
        }

        private void Require(bool isAllowed, string key, object? value, string allowed)
        {
            if (!isAllowed)
            {
                Found.Add(string.Create(CultureInfo.InvariantCulture, $"{GatewayOptions.Section}:{key} is '{value}'; allowed: {allowed}."));
            }
        }
    }
}
