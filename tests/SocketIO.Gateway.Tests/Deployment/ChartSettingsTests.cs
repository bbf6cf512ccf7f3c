using System.Text;
using Deployment.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SocketIO.Server;

namespace SocketIO.Gateway.Tests;

/// <summary>What the chart tells a gateway, the gateway takes.</summary>
public sealed class ChartSettingsTests
{
    public static TheoryData<string> Sets => [.. Rendering.Sets];

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_gateway_starts_with_what_the_chart_tells_it(string set)
    {
        using var files = new MountedFiles();

        var options = GatewaySettings.Read(files.Configure(Rendering.OfSet(set)));

        Assert.Equal((Clustering.Redis, StateStorage.Redis, "10.0.0.1"), (options.Silo.Clustering, options.Silo.Storage, options.Silo.Address));
        Assert.DoesNotContain("$(", options.Silo.Redis);
        Assert.Equal("http://*:9464", options.Operations.Listen);
    }

    [Fact]
    public void The_host_takes_the_time_to_stop_that_the_chart_gives_it()
    {
        using var files = new MountedFiles();
        var host = Host.CreateEmptyApplicationBuilder(null);
        host.Configuration.AddConfiguration(files.Configure(Rendering.OfSet("defaults")));

        Assert.Equal(TimeSpan.FromSeconds(60), host.Build().Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public void Options_of_the_server_and_handlers_arrive()
    {
        using var files = new MountedFiles();
        var configuration = files.Configure(Rendering.Of("""
            server: { MaxConnections: 100000, PingInterval: "00:00:20", Generations: "Current, Version09", DrainRate: 2000 }
            handlers: { /chat: { GrainType: chat } }
            namespaces: [/news]
            """));
        var server = configuration.GetSection(GatewaySettings.ServerPath).Get<SocketIOOptions>()!;

        Assert.Equal((100_000, TimeSpan.FromSeconds(20), Generations.Current | Generations.Version09, 2000), (server.MaxConnections!.Value, server.PingInterval, server.Generations, server.DrainRate!.Value));
        Assert.Equal("chat", configuration["SocketIO:Cluster:Handlers:/chat:GrainType"]);
        Assert.Equal("/news", Assert.Single(GatewaySettings.Read(configuration).Namespaces!));
    }

    [Fact]
    public void Secrets_arrive()
    {
        using var files = new MountedFiles();

        var options = GatewaySettings.Read(files.Configure(Rendering.Of("""
            authentication: { enabled: true, audience: chat, existingSecret: tokens }
            publish: { enabled: true, keys: [the-first-example-key-of-a-back-end, the-second-example-key-of-a-back-end] }
            redis: { auth: { password: secret-of-redis } }
            """)));

        Assert.Equal(["the-first-example-key-of-a-back-end", "the-second-example-key-of-a-back-end"], options.Publish!.Keys);
        Assert.Equal("demo-socketio-orleans-redis:6379,password=secret-of-redis", options.Silo.Redis);
        Assert.Equal(32, Convert.FromBase64String(options.Authentication!.SigningKey!).Length);
    }

    /// <summary>The files that a pod's volumes have.</summary>
    private sealed class MountedFiles : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("socketio-mounted-").FullName;

        public IConfiguration Configure(Rendering rendering)
        {
            foreach (var mount in rendering.Gateway()["volumeMounts"].Each().Select(static mount => mount["mountPath"]!.ToString()).Where(static path => path.Contains("tls", StringComparison.Ordinal)))
            {
                var folder = Directory.CreateDirectory(_folder + mount).FullName;
                foreach (var name in (string[])["tls.crt", "tls.key", "ca.crt"])
                {
                    File.WriteAllText(Path.Combine(folder, name), "");
                }
            }

            var settings = rendering.Settings().Replace("\"/etc/", $"\"{_folder}/etc/", StringComparison.Ordinal);
            return new ConfigurationBuilder()
                .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(settings)))
                .AddInMemoryCollection(PodSettings.EnvironmentOf(rendering).Select(static variable => new KeyValuePair<string, string?>(variable.Key.Replace("__", ":", StringComparison.Ordinal), variable.Value)))
                .Build();
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
