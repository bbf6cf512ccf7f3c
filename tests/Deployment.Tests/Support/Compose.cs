using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>Reads <c>deploy/compose/compose.yaml</c>.</summary>
internal static class Compose
{
    public static string Folder { get; } = Sources.PathOf("deploy", "compose");

    public static JsonNode File { get; } = Yaml.ReadFile(Path.Combine(Folder, "compose.yaml"));

    /// <summary>A service by its name.</summary>
    public static JsonNode Service(string name) => File["services"]![name]!;

    /// <summary>The environment of a gateway, where the shell has a password for Redis.</summary>
    public static Dictionary<string, string> EnvironmentOf(string gateway) =>
        Service(gateway)["environment"].Map().ToDictionary(static pair => pair.Key, static pair => pair.Value.Replace("${REDIS_PASSWORD:?set a password for Redis}", "a password", StringComparison.Ordinal));
}
