using System.Text.RegularExpressions;
using Deployment.Tests;
using Microsoft.Extensions.Configuration;

namespace SocketIO.Gateway.Tests;

/// <summary>What the image, compose and systemd tell a gateway, the gateway takes.</summary>
public sealed partial class DeploySettingsTests
{
    private static readonly string Image = Path.Combine(Repository.Root, "deploy", "gateway", "appsettings.json");

    [Fact]
    public void A_gateway_starts_with_what_its_image_tells_it()
    {
        var options = GatewaySettings.Read(new ConfigurationBuilder().AddJsonFile(Image).Build());

        Assert.Equal(("http://*:3000", "http://*:9464"), (options.Listen!.Single(), options.Operations.Listen));
        Assert.Equal((Clustering.Localhost, StateStorage.Folder, "/var/lib/socketio"), (options.Silo.Clustering, options.Silo.Storage, options.Silo.Folder));
    }

    [Theory]
    [InlineData("gateway-1")]
    [InlineData("gateway-2")]
    public void A_gateway_starts_with_what_compose_tells_it(string gateway)
    {
        var options = GatewaySettings.Read(Add(new ConfigurationBuilder().AddJsonFile(Image), Compose.EnvironmentOf(gateway)));

        Assert.Equal((Clustering.Redis, StateStorage.Redis, "redis:6379,password=a password"), (options.Silo.Clustering, options.Silo.Storage, options.Silo.Redis));
        Assert.Equal("http://*:3000", options.Listen!.Single());
    }

    [Fact]
    public void A_gateway_starts_with_what_systemd_tells_it()
    {
        var unit = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "systemd", "socketio-gateway.service"));
        var environment = Variable().Matches(unit).ToDictionary(static match => match.Groups[1].Value, static match => match.Groups[2].Value.Replace("%S", "/var/lib", StringComparison.Ordinal));

        Assert.Equal("/var/lib/socketio-gateway", GatewaySettings.Read(Add(new ConfigurationBuilder(), environment)).Silo.Folder);
    }

    [Fact]
    public void A_gateway_starts_with_the_variables_that_the_page_shows()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "README.md"));
        var variables = Shown().Matches(page).ToDictionary(static match => match.Groups[1].Value, static match => match.Groups[2].Value);

        Assert.Contains("SocketIO__Server__MaxConnections", variables.Keys);
        Assert.Equal("redis.internal:6379,password=change-me", GatewaySettings.Read(Add(new ConfigurationBuilder(), variables)).Silo.Redis);
    }

    private static IConfiguration Add(IConfigurationBuilder builder, Dictionary<string, string> environment) =>
        builder.AddInMemoryCollection(environment.Select(static variable => new KeyValuePair<string, string?>(variable.Key.Replace("__", ":", StringComparison.Ordinal), variable.Value))).Build();

    [GeneratedRegex("^Environment=([^=]+)=(.*)$", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex(@"(SocketIO__\w+)=([^\s`]+)")]
    private static partial Regex Shown();
}
