// The table of a chart's values, from their comments, which begin with "# --" as helm-docs has them.
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>Writes and reads the table of values in a chart's README.</summary>
internal static class ValuesTable
{
    private const string Begin = "<!-- Written from values.yaml: SOCKETIO_WRITE_README=1 dotnet test tests/Deployment.Tests --filter Readme -->\n";
    private const string End = "<!-- end -->\n";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A README with the table of values as they are now.</summary>
    public static string Write(string readme, string values, JsonNode defaults)
    {
        var begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = readme.IndexOf(End, StringComparison.Ordinal);
        return end < begin ? throw new InvalidOperationException("The README has no place for the table of values.") : $"{readme[..begin]}\n{TableOf(values, defaults)}\n{readme[end..]}";
    }

    /// <summary>The values with a comment, by their paths.</summary>
    public static Dictionary<string, string> Comments(string values)
    {
        var found = new Dictionary<string, string>();
        var path = new List<(int Indent, string Name)>();
        var comment = new StringBuilder();
        foreach (var line in values.Split('\n'))
        {
            var text = line.TrimStart();
            if (text.StartsWith("# -- ", StringComparison.Ordinal))
            {
                comment.Clear().Append(text.AsSpan(5));
            }
            else if (text.StartsWith('#'))
            {
                if (comment.Length > 0)
                {
                    comment.Append(text.AsSpan(1));
                }
            }
            else if (text.Length > 0 && text[0] is not '-')
            {
                var indent = line.Length - text.Length;
                path.RemoveAll(part => part.Indent >= indent);
                path.Add((indent, text[..text.IndexOf(':', StringComparison.Ordinal)]));
                if (comment.Length > 0)
                {
                    found.Add(string.Join('.', path.Select(static part => part.Name)), comment.ToString());
                    comment.Clear();
                }
            }
        }

        return found;
    }

    private static string TableOf(string values, JsonNode defaults)
    {
        var table = new StringBuilder("| value | default | |\n|---|---|---|\n");
        foreach (var (path, comment) in Comments(values))
        {
            var value = path.Split('.').Aggregate((JsonNode?)defaults, static (at, name) => at![name]);
            table.Append($"| `{path}` | {Show(value)} | {comment.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        return table.ToString();
    }

    private static string Show(JsonNode? value) => value switch
    {
        JsonValue text when text.TryGetValue<string>(out var shown) && shown.Length == 0 => "",
        JsonValue text when text.TryGetValue<string>(out var shown) => $"`{shown}`",
        _ => $"`{value!.ToJsonString(Json)}`",
    };
}
