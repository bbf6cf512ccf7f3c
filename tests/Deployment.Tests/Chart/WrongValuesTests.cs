using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Deployment.Tests;

/// <summary>What can't work is refused before anything is installed, and said.</summary>
public sealed class WrongValuesTests
{
    // Maps whose names are the user's, or Kubernetes'.
    private static readonly string[] Open =
    [
        "server", "cluster", "handlers", "settings", "logging", "podSecurityContext", "securityContext", "podLabels", "podAnnotations", "nodeSelector", "affinity", "serviceAccount.annotations",
        "service.annotations", "ingress.annotations", "httpRoute.annotations", "redis.nodeSelector", "serviceMonitor.labels", "prometheusRule.labels", "dashboard.labels", "dashboard.annotations",
        "resources.requests", "resources.limits", "redis.resources.requests", "redis.resources.limits", "autoscaling.behavior.scaleUp", "autoscaling.behavior.scaleDown", "securityContext.capabilities", "podSecurityContext.seccompProfile",
    ];

    public static TheoryData<string> Levels => [.. LevelsOf(Yaml.ReadFile(Path.Combine(Sources.Chart, "values.yaml")), "").Where(static level => !Open.Contains(level))];

    // Both validators that helm has had name the value; they write its path with dots or slashes.
    [Theory]
    [InlineData("replicaCount: 0", "replicaCount", "1")]
    [InlineData("replicaCount: two", "replicaCount", "integer")]
    [InlineData("replicas: 3", "replicas", "")]
    [InlineData("image: { pullPolicy: Sometimes }", "image.pullPolicy", "IfNotPresent")]
    [InlineData("image: { digest: sha1 }", "image.digest", "sha256:")]
    [InlineData("image: { repository: '' }", "image.repository", "")]
    [InlineData("nameOverride: My_Chart", "nameOverride", "a-z0-9")]
    [InlineData("namespaces: [chat]", "namespaces.0", "^/")]
    [InlineData("server: { maxConnections: 5 }", "server", "maxConnections")]
    [InlineData("server: { MaxConnections: many }", "server.MaxConnections", "integer")]
    [InlineData("server: { Path: live }", "server.Path", "^/")]
    [InlineData("handlers: { chat: { GrainType: chat } }", "handlers", "chat")]
    [InlineData("handlers: { /chat: { Key: Socket } }", "handlers./chat", "GrainType")]
    [InlineData("recoveryWindow: 2m", "recoveryWindow", "")]
    [InlineData("recoveryWindow: 120", "recoveryWindow", "string")]
    [InlineData("recoveryWindow: '24:00:00'", "recoveryWindow", "")]
    [InlineData("maxConnectionAge: soon", "maxConnectionAge", "")]
    [InlineData("cors: { origins: [app.example.com] }", "cors.origins.0", "https?://")]
    [InlineData("authentication: { authority: http://login.example.com }", "authentication.authority", "https://")]
    [InlineData("authentication: { signingKey: c2hvcnQ= }", "authentication.signingKey", "")]
    [InlineData("publish: { keys: [short] }", "publish.keys.0", "32")]
    [InlineData("admin: { passwordHash: secret }", "admin.passwordHash", "")]
    [InlineData("admin: { mode: Test }", "admin.mode", "Production")]
    [InlineData("silo: { clusterId: 'a b' }", "silo.clusterId", "")]
    [InlineData("redis: { auth: { password: 'with,comma' } }", "redis.auth.password", "[^,]")]
    [InlineData("redis: { persistence: { size: huge } }", "redis.persistence.size", "Gi")]
    [InlineData("redis: { maxMemory: 640Mi }", "redis.maxMemory", "mb")]
    [InlineData("externalRedis: { address: 'redis://redis:6379' }", "externalRedis.address", "")]
    [InlineData("proxies: [ingress-nginx]", "proxies.0", "")]
    [InlineData("otlp: { protocol: Http }", "otlp.protocol", "HttpProtobuf")]
    [InlineData("service: { type: ExternalName }", "service.type", "LoadBalancer")]
    [InlineData("service: { port: 70000 }", "service.port", "65535")]
    [InlineData("ingress: { hosts: ['https://chat.example.com'] }", "ingress.hosts.0", "")]
    [InlineData("httpRoute: { parentRefs: [{ namespace: gateways }] }", "httpRoute.parentRefs.0", "name")]
    [InlineData("httpRoute: { timeout: 60 }", "httpRoute.timeout", "string")]
    [InlineData("podDisruptionBudget: { maxUnavailable: 0 }", "podDisruptionBudget.maxUnavailable", "1")]
    [InlineData("autoscaling: { maxReplicas: 1000 }", "autoscaling.maxReplicas", "256")]
    [InlineData("topologySpread: { zones: Always }", "topologySpread.zones", "DoNotSchedule")]
    [InlineData("networkPolicy: { orleans: [{ podSelectors: {} }] }", "networkPolicy.orleans.0", "podSelectors")]
    [InlineData("drain: { timeoutSeconds: 0 }", "drain.timeoutSeconds", "1")]
    [InlineData("logging: { Default: Verbose }", "logging.Default", "Debug")]
    [InlineData("extraEnv: { A: b }", "extraEnv", "array")]
    public void A_value_that_can_not_work_is_named_with_what_is_allowed(string values, string path, string allowed)
    {
        var result = Helm.Template(Sources.Chart, "demo", values);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("values don't meet the specifications of the schema", result.Error);
        Assert.Contains(result.Error.Split('\n'), line => Regex.IsMatch(line, string.Join("[./]", path.Split('.').Select(Regex.Escape))) && line.Contains(allowed, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("externalRedis: { address: 'redis:6379' }", "externalRedis.address is set, and redis.enabled too")]
    [InlineData("externalRedis: { options: 'ssl=true,password=secret' }", "externalRedis.options has a password")]
    [InlineData("redis: { enabled: false }", "gateways need Redis, or another provider in settings.Silo.Clustering")]
    [InlineData("authentication: { enabled: true, existingSecret: tokens }", "authentication.audience is empty")]
    [InlineData("authentication: { enabled: true, audience: chat }", "set one of them")]
    [InlineData("authentication: { enabled: true, audience: chat, authority: 'https://a.example', existingSecret: tokens }", "authentication.authority is set, and a signing key too")]
    [InlineData("publish: { enabled: true }", "back-ends need a key")]
    [InlineData("admin: { enabled: true }", "nobody may log in without a password")]
    [InlineData("cors: { origins: ['*'], credentials: true }", "name the origins that may send cookies")]
    [InlineData("httpRoute: { enabled: true }", "name the Gateway")]
    [InlineData("autoscaling: { enabled: true, connections: 0 }", "autoscaling.connections nor autoscaling.cpu")]
    [InlineData("autoscaling: { minReplicas: 9, maxReplicas: 3 }", "autoscaling.minReplicas is 9, above autoscaling.maxReplicas, which is 3")]
    [InlineData("cluster: { Partitions: 2 }", "cluster.Partitions is 2 and recoveryWindow is 00:02:00; with more than one partition it is 00:00:00")]
    [InlineData("service: { externalTrafficPolicy: Local }", "it is for NodePort and LoadBalancer")]
    [InlineData("silo: { kubernetes: { enabled: true } }\nserviceAccount: { create: false }", "silo.kubernetes.enabled needs a service account of its own")]
    public void Values_that_do_not_go_together_are_named(string values, string problem)
    {
        var result = Helm.Template(Sources.Chart, "demo", values);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(problem, result.Error);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void A_value_that_is_misspelt_is_refused_at_every_level(string level)
    {
        var values = "{ misspelt: 1 }";
        foreach (var name in level.Split('.', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            values = $"{{ {name}: {values} }}";
        }

        var result = Helm.Template(Sources.Chart, "demo", values);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("misspelt", result.Error);
    }

    private static IEnumerable<string> LevelsOf(JsonNode? node, string path) =>
        node is JsonObject map ? map.SelectMany(pair => LevelsOf(pair.Value, path.Length == 0 ? pair.Key : $"{path}.{pair.Key}")).Prepend(path) : [];
}
