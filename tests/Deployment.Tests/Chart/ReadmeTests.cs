using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>The chart's README has all its values.</summary>
public sealed class ReadmeTests
{
    private static readonly string Path = System.IO.Path.Combine(Sources.Chart, "README.md");
    private static readonly string Values = File.ReadAllText(System.IO.Path.Combine(Sources.Chart, "values.yaml"));
    private static readonly JsonNode Defaults = Yaml.ReadFile(System.IO.Path.Combine(Sources.Chart, "values.yaml"));

    [Fact]
    public void The_table_is_what_the_values_say()
    {
        var readme = ValuesTable.Write(File.ReadAllText(Path), Values, Defaults);
        if (Environment.GetEnvironmentVariable("SOCKETIO_WRITE_README") is "1")
        {
            File.WriteAllText(Path, readme);
        }

        Assert.Equal(readme, File.ReadAllText(Path));
    }

    [Fact]
    public void Every_value_is_in_the_table()
    {
        var comments = ValuesTable.Comments(Values);

        Assert.All(Uncommented(Defaults, "", comments), path => Assert.Fail($"{path} has no comment that begins with '# --'."));
    }

    // A map with a comment has its values in the default that is shown.
    private static IEnumerable<string> Uncommented(JsonNode? node, string path, Dictionary<string, string> comments) =>
        comments.ContainsKey(path) ? []
        : node is JsonObject { Count: > 0 } map ? map.SelectMany(pair => Uncommented(pair.Value, path.Length == 0 ? pair.Key : $"{path}.{pair.Key}", comments))
        : [path];
}
