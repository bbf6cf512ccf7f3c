using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Deployment.Tests;

/// <summary>The compose file's parts fit together.</summary>
public sealed partial class ComposeTests
{
    [Fact]
    public void There_are_two_gateways_one_Redis_and_a_proxy() =>
        Assert.Equal(["gateway-1", "gateway-2", "proxy", "redis"], Compose.File["services"]!.AsObject().Select(static service => service.Key));

    [Fact]
    public void The_gateways_are_alike_and_are_built_from_their_Dockerfile()
    {
        Assert.True(JsonNode.DeepEquals(Compose.Service("gateway-1"), Compose.Service("gateway-2")));
        var build = Compose.Service("gateway-1")["build"]!;
        Assert.True(File.Exists(Path.Combine(Compose.Folder, build["context"]!.ToString(), build["dockerfile"]!.ToString())));
    }

    [Fact]
    public void Every_service_runs_without_rights_on_a_file_system_that_it_can_not_write_to() =>
        Assert.All(Compose.File["services"]!.AsObject(), static service =>
        {
            Assert.True(service.Value!["read_only"]!.GetValue<bool>());
            Assert.Equal(["ALL"], service.Value["cap_drop"].Each().Select(static capability => capability.ToString()));
            Assert.Equal(["no-new-privileges:true"], service.Value["security_opt"].Each().Select(static option => option.ToString()));
            // The gateway's image has a user of its own.
            Assert.True(service.Key.StartsWith("gateway-", StringComparison.Ordinal) || service.Value["user"] is not null);
        });

    [Fact]
    public void Redis_keeps_what_it_has_acknowledged_and_has_a_password()
    {
        var command = string.Join(' ', Compose.Service("redis")["command"].Each());

        Assert.Contains("--dir /data --appendonly yes --appendfsync always", command);
        Assert.Contains("--maxmemory-policy noeviction --requirepass ${REDIS_PASSWORD:?", command);
        Assert.Equal("redis:/data", Compose.Service("redis")["volumes"]![0]!.ToString());
        Assert.NotNull(Compose.File["volumes"]!.AsObject().Single(static volume => volume.Key == "redis").Key);
    }

    [Fact]
    public void Only_the_proxy_is_reached_from_outside_and_it_does_not_reach_silos_and_Redis()
    {
        Assert.All(Compose.File["services"]!.AsObject(), static service => Assert.Equal(service.Key == "proxy", service.Value!["ports"] is not null));
        Assert.Equal(["clients"], Compose.Service("proxy")["networks"].Each().Select(static network => network.ToString()));
        Assert.Equal(["silos"], Compose.Service("redis")["networks"].Each().Select(static network => network.ToString()));
        Assert.True(Compose.File["networks"]!["silos"]!["internal"]!.GetValue<bool>());
    }

    [Fact]
    public void The_proxy_has_its_files_and_names_the_gateways()
    {
        Assert.All(Compose.Service("proxy")["volumes"].Each(), static volume => Assert.True(File.Exists(Path.Combine(Compose.Folder, volume.ToString().Split(':')[0]))));
        var named = Server().Matches(File.ReadAllText(Path.Combine(Compose.Folder, "gateways.conf"))).Select(static match => match.Groups[1].Value).ToList();
        Assert.Equal(["gateway-1", "gateway-2"], named);
    }

    [Fact]
    public void A_gateway_has_longer_to_stop_than_its_host_takes() =>
        Assert.InRange(int.Parse(Compose.Service("gateway-1")["stop_grace_period"]!.ToString()[..^1], null), int.Parse(Compose.EnvironmentOf("gateway-1")["ShutdownTimeoutSeconds"], null) + 5, 600);

    [GeneratedRegex("server ([a-z0-9-]+):3000 ")]
    private static partial Regex Server();
}
