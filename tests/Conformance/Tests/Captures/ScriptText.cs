using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SocketIO.Conformance.Tests;

/// <summary>Texts as JavaScript's <c>JSON.stringify</c> writes them.</summary>
internal static class ScriptText
{
    public static string Stringify(string text)
    {
        var script = new StringBuilder("\"");
        foreach (var c in text)
        {
            script.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' or '\u2028' or '\u2029' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => c.ToString(),
            });
        }

        return script.Append('"').ToString();
    }

    public static string Parse(string script) => JsonSerializer.Deserialize<string>(script)!;
}
