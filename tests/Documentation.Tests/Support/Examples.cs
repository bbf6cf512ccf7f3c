using System.Reflection;
using System.Text.RegularExpressions;

namespace Documentation.Tests;

/// <summary>A block of code of a page, with the name that its fence gives.</summary>
public sealed record CodeBlock(string Page, string Name, string Code)
{
    public override string ToString() => $"{Page}: {Name}";
}

/// <summary>
/// The code of the documentation: regions of this project's tests and the cluster's, from <c>// docs: name</c> to <c>// end</c>, and the fences
/// <c>```csharp name</c> of the pages. Regions of the same name are one, in their order in the file, an empty line between them.
/// </summary>
internal static partial class Examples
{
    public static string Root { get; } = typeof(Examples).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static attribute => attribute.Key == "RepositoryRoot").Value!;

    public static IReadOnlyList<string> Pages { get; } =
    [
        Path.Combine(Root, "README.md"),
        Path.Combine(Root, "CONTRIBUTING.md"),
        Path.Combine(Root, "deploy", "README.md"),
        Path.Combine(Root, "helm", "README.md"),
        .. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Order(StringComparer.Ordinal),
    ];

    public static IReadOnlyDictionary<string, string> Regions { get; } = ReadRegions();

    public static IReadOnlyList<CodeBlock> Blocks { get; } = [.. Pages.SelectMany(ReadBlocks)];

    public static string NameOf(string page) => Path.GetRelativePath(Root, page).Replace('\\', '/');

    // The cluster's examples are compiled and run where its packages are.
    private static string[] Folders =>
    [
        Path.Combine(Root, "tests", "Documentation.Tests"),
        Path.Combine(Root, "tests", "SocketIO.Orleans.Tests", "Documentation"),
        Path.Combine(Root, "tests", "SocketIO.Gateway.Tests", "Documentation"),
    ];

    private static Dictionary<string, string> ReadRegions()
    {
        var regions = new Dictionary<string, string>();
        foreach (var file in Folders.SelectMany(static folder => Directory.EnumerateFiles(folder, "*.cs")))
        {
            foreach (Match match in Region().Matches(File.ReadAllText(file).ReplaceLineEndings("\n")))
            {
                var code = Unindent(match.Groups["code"].Value);
                var name = match.Groups["name"].Value;
                regions[name] = regions.TryGetValue(name, out var before) ? before + "\n\n" + code : code;
            }
        }

        return regions;
    }

    private static IEnumerable<CodeBlock> ReadBlocks(string page) =>
        from Match match in Fence().Matches(File.ReadAllText(page).ReplaceLineEndings("\n"))
        select new CodeBlock(NameOf(page), match.Groups["name"].Value.Trim(), match.Groups["code"].Value.TrimEnd('\n'));

    private static string Unindent(string code)
    {
        var lines = code.TrimEnd().Split('\n');
        var indent = lines.Where(static line => line.Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[indent..].TrimEnd()));
    }

    [GeneratedRegex(@"^[ \t]*// docs: (?<name>[\w-]+)\n(?<code>.*?)^[ \t]*// end$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"^```csharp(?<name>[^\n]*)\n(?<code>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}
