using System.Text;
using Deployment.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SocketIO.Server;

namespace SocketIO.Gateway.Tests;

/// <summary>What the chart tells a gateway, the gateway takes.</summary>
[Collection(nameof(ProcessEnvironment))]
public sealed class ChartSettingsTests
{
    public static TheoryData<string> Sets => [.. Rendering.Sets];

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_gateway_starts_with_what_the_chart_tells_it(string set)
    {
        using var pod = new Pod(Rendering.OfSet(set));

        var options = GatewaySettings.Read(pod.Configuration);

        Assert.NotEqual(Clustering.Localhost, options.Silo.Clustering);
        Assert.Equal(pod.Configuration["SocketIO:Silo:Kubernetes"] is "True" ? null : "10.0.0.1", options.Silo.Address);
        Assert.DoesNotContain("$(", options.Silo.Redis);
        Assert.Equal("http://*:9464", options.Operations.Listen);
    }

    [Fact]
    public void The_host_takes_the_time_to_stop_that_the_chart_gives_it()
    {
        using var pod = new Pod(Rendering.OfSet("defaults"));
        var host = Host.CreateEmptyApplicationBuilder(null);
        host.Configuration.AddConfiguration(pod.Configuration);

        Assert.Equal(TimeSpan.FromSeconds(60), host.Build().Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public void Options_of_the_server_and_handlers_arrive()
    {
        using var pod = new Pod(Rendering.Of("""
            server: { MaxConnections: 100000, PingInterval: "00:00:20", Generations: "Current, Version09", DrainRate: 2000 }
            handlers: { /chat: { GrainType: chat } }
            namespaces: [/news]
            """));
        var server = pod.Configuration.GetSection(GatewaySettings.ServerPath).Get<SocketIOOptions>()!;

        Assert.Equal((100_000, TimeSpan.FromSeconds(20), Generations.Current | Generations.Version09, 2000), (server.MaxConnections!.Value, server.PingInterval, server.Generations, server.DrainRate!.Value));
        Assert.Equal("chat", pod.Configuration["SocketIO:Cluster:Handlers:/chat:GrainType"]);
        Assert.Equal("/news", Assert.Single(GatewaySettings.Read(pod.Configuration).Namespaces!));
    }

    [Fact]
    public void Secrets_arrive()
    {
        using var pod = new Pod(Rendering.Of("""
            authentication: { enabled: true, audience: chat, existingSecret: tokens }
            publish: { enabled: true, keys: [the-first-example-key-of-a-back-end, the-second-example-key-of-a-back-end] }
            redis: { auth: { password: secret-of-redis } }
            """));

        var options = GatewaySettings.Read(pod.Configuration);

        Assert.Equal(["the-first-example-key-of-a-back-end", "the-second-example-key-of-a-back-end"], options.Publish!.Keys);
        Assert.Equal("demo-socketio-orleans-redis:6379,password=secret-of-redis", options.Silo.Redis);
        Assert.Equal(32, Convert.FromBase64String(options.Authentication!.SigningKey!).Length);
    }

    /// <summary>Files, variables and configuration as the gateway's pod has them, as long as it is there.</summary>
    private sealed class Pod : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("socketio-pod-").FullName;
        private readonly Dictionary<string, string> _environment;

        public Pod(Rendering rendering)
        {
            using var certificate = new CertificateFiles();
            foreach (var mount in rendering.Gateway()["volumeMounts"].Each().Select(static mount => mount["mountPath"]!.ToString()).Where(static path => path.Contains("tls", StringComparison.Ordinal)))
            {
                var folder = Directory.CreateDirectory(_folder + mount).FullName;
                File.Copy(certificate.Path, Path.Combine(folder, "tls.crt"));
                File.Copy(certificate.KeyPath, Path.Combine(folder, "tls.key"));
                // It is signed by itself.
                File.Copy(certificate.Path, Path.Combine(folder, "ca.crt"));
            }

            _environment = PodSettings.EnvironmentOf(rendering);
            if (rendering.One("Deployment", "gateway").At("spec/template/spec/automountServiceAccountToken")!.GetValue<bool>())
            {
                // In place of the service account's token, which is in a folder of root's.
                _environment.Add("KUBECONFIG", Path.Combine(_folder, "config"));
            }

            foreach (var (name, value) in _environment)
            {
                Environment.SetEnvironmentVariable(name, value);
            }

            Configuration = new ConfigurationBuilder()
                .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(rendering.Settings().Replace("\"/etc/", $"\"{_folder}/etc/", StringComparison.Ordinal))))
                .AddEnvironmentVariables()
                .Build();
        }

        public IConfiguration Configuration { get; }

        public void Dispose()
        {
            foreach (var name in _environment.Keys)
            {
                Environment.SetEnvironmentVariable(name, null);
            }

            Directory.Delete(_folder, recursive: true);
        }
    }
}
