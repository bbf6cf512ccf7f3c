using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Deployment.Tests;

/// <summary>What a gateway in a pod is told.</summary>
internal static partial class PodSettings
{
    private static readonly Dictionary<string, string> Fields = new()
    {
        ["metadata.name"] = "demo-socketio-orleans-0",
        ["metadata.namespace"] = "sockets",
        ["metadata.labels['orleans/serviceId']"] = "demo",
        ["metadata.labels['orleans/clusterId']"] = "demo",
        ["status.podIP"] = "10.0.0.1",
    };

    // What somebody has put into a Secret of their own, by the variable that takes it.
    private static readonly Dictionary<string, string> Secrets = new()
    {
        ["REDIS_PASSWORD"] = "a password",
        ["SocketIO__Authentication__SigningKey"] = Convert.ToBase64String(new byte[32]),
        ["SocketIO__Silo__AdoNet__ConnectionString"] = "Host=postgres;Database=socketio;Username=socketio;Password=a password",
        ["SocketIO__Admin__PasswordHash"] = "$2b$10$heqvAkYMez.Va6Et2uXInOnkCT6/uQj1brkrbyG3LpopDklcq7ZOS",
    };

    /// <summary>The gateway's environment, as Kubernetes makes it: later variables may name earlier ones.</summary>
    public static Dictionary<string, string> EnvironmentOf(Rendering rendering)
    {
        var kept = rendering.All("Secret").ToDictionary(static secret => secret.Name(), static secret => secret["data"].Map());
        var environment = new Dictionary<string, string>();
        foreach (var variable in rendering.Gateway()["env"].Each())
        {
            var name = variable["name"]!.ToString();
            environment[name] = Variable().Replace(variable["value"]?.ToString() ?? ValueOf(name, variable["valueFrom"]!, kept), match => environment.GetValueOrDefault(match.Groups[1].Value, match.Value));
        }

        return environment;
    }

    private static string ValueOf(string name, JsonNode source, Dictionary<string, Dictionary<string, string>> kept) =>
        source.At("fieldRef/fieldPath") is { } field ? Fields[field.ToString()]
        : kept.GetValueOrDefault(source.At("secretKeyRef/name")!.ToString())?[source.At("secretKeyRef/key")!.ToString()] is { } made ? Encoding.UTF8.GetString(Convert.FromBase64String(made))
        : name.StartsWith("SocketIO__Publish__Keys__", StringComparison.Ordinal) ? "a key that somebody else keeps, long enough"
        : Secrets[name];

    [GeneratedRegex(@"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")]
    private static partial Regex Variable();
}
