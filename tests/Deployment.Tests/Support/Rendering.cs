using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>A chart as it is rendered with some values.</summary>
internal sealed class Rendering
{
    /// <summary>A release's name that is as long as helm lets it be.</summary>
    public const string LongRelease = "a-release-whose-name-is-as-long-as-helm-allows-it-53c";

    private static readonly ConcurrentDictionary<(string Values, string Release), Lazy<Rendering>> Known = new();

    private readonly Lazy<IReadOnlyList<string>> _problems;

    private Rendering(string text)
    {
        (Objects, var mistakes) = Yaml.Read(text);
        _problems = new(() => mistakes.Count > 0 ? mistakes : Yaml.Read(text, isKubernetes: true).Problems);
    }

    /// <summary>The names of the value sets: the files in the chart's folder <c>ci</c>.</summary>
    public static IReadOnlyList<string> Sets { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Sources.Chart, "ci"), "*-values.yaml").Select(static file => Path.GetFileName(file)[..^"-values.yaml".Length]).Order(StringComparer.Ordinal)];

    /// <summary>Everything that would be sent to Kubernetes.</summary>
    public IReadOnlyList<JsonNode> Objects { get; }

    /// <summary>What is wrong with it as YAML, or else what Kubernetes' schemas have against it.</summary>
    public IReadOnlyList<string> Problems => _problems.Value;

    /// <summary>A value set's text.</summary>
    public static string ValuesOf(string set) => File.ReadAllText(Path.Combine(Sources.Chart, "ci", $"{set}-values.yaml"));

    /// <summary>The gateway's chart with a value set.</summary>
    public static Rendering OfSet(string set, string release = "demo") => Of(ValuesOf(set), release);

    /// <summary>The gateway's chart with values.</summary>
    public static Rendering Of(string values, string release = "demo") =>
        Known.GetOrAdd((values, release), static key => new Lazy<Rendering>(() => Render(Sources.Chart, key.Values, key.Release))).Value;

    /// <summary>Another chart with its defaults.</summary>
    public static Rendering OfChart(string chart) => Render(chart, "{}", "demo");

    /// <summary>The objects of a kind.</summary>
    public IEnumerable<JsonNode> All(string kind) => Objects.Where(found => found.Kind() == kind);

    /// <summary>The object of a kind and component.</summary>
    public JsonNode One(string kind, string component) => All(kind).Single(found => found.Label("app.kubernetes.io/component") == component);

    /// <summary>What makes pods, and the pods themselves: their metadata and spec.</summary>
    public IEnumerable<(string Name, JsonNode Metadata, JsonNode Spec)> Pods() =>
        from found in Objects
        let pod = found.Kind() == "Pod" ? found : found.At("spec/template")
        where pod is not null
        select ($"{found.Kind()}/{found.Name()}", pod["metadata"]!, pod["spec"]!);

    /// <summary>All containers.</summary>
    public IEnumerable<(string Name, JsonNode Container, JsonNode Pod)> Containers() =>
        from pod in Pods()
        from container in pod.Spec["containers"]!.AsArray()
        select ($"{pod.Name}/{container!["name"]}", container, pod.Spec);

    /// <summary>The gateway's container.</summary>
    public JsonNode Gateway() => One("Deployment", "gateway").At("spec/template/spec/containers")![0]!;

    /// <summary>The gateway's <c>appsettings.json</c>.</summary>
    public string Settings() => One("ConfigMap", "gateway").At("data/appsettings.json")!.GetValue<string>();

    private static Rendering Render(string chart, string values, string release)
    {
        var result = Helm.Template(chart, release, values);
        return result.ExitCode == 0 ? new Rendering(result.Output) : throw new InvalidOperationException(result.Error);
    }
}
