using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>Reads Kubernetes' objects.</summary>
internal static class Objects
{
    public static string Kind(this JsonNode found) => found["kind"]!.GetValue<string>();

    public static string Name(this JsonNode found) => found["metadata"]!["name"]!.GetValue<string>();

    public static string? Label(this JsonNode found, string label) => found["metadata"]?["labels"]?[label]?.GetValue<string>();

    /// <summary>What is at a path such as <c>spec/template</c>; <see langword="null"/>: nothing. The names have no slash themselves.</summary>
    public static JsonNode? At(this JsonNode? node, string path) => path.Split('/').Aggregate(node, static (at, name) => (at as JsonObject)?[name]);

    /// <summary>The elements of a list that may be missing.</summary>
    public static IEnumerable<JsonNode> Each(this JsonNode? node) => node is null ? [] : node.AsArray().Select(static element => element!);

    /// <summary>A map of texts; empty: it is missing.</summary>
    public static Dictionary<string, string> Map(this JsonNode? node) =>
        node is null ? [] : node.AsObject().ToDictionary(static pair => pair.Key, static pair => pair.Value!.ToString());

    /// <summary>Whether labels have all that a selector asks for.</summary>
    public static bool Selects(this IReadOnlyDictionary<string, string> selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Count > 0 && selector.All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value);

    /// <summary>All texts in a node, with their paths.</summary>
    public static IEnumerable<(string Path, string Text)> Texts(this JsonNode? node, string path = "") => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Value.Texts($"{path}/{pair.Key}")),
        JsonArray list => list.SelectMany((element, i) => element.Texts($"{path}/{i}")),
        null => [],
        _ => [(path, node.ToString())],
    };
}
