using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using SocketIO.Admin;
using SocketIO.Client;
using SocketIO.Server;

namespace Documentation.Tests;

/// <summary>The pages say what the code does: their code is this project's, and their tables are complete.</summary>
public sealed partial class DocumentationTests
{
    public static IEnumerable<object[]> Blocks { get; } = [.. Examples.Blocks.Select(static block => new object[] { block.Page, block.Name })];

    public static TheoryData<string> Pages { get; } = [.. Examples.Pages.Select(Examples.NameOf)];

    /// <summary>Pages for those who come from other systems, and the files of their lines: from-go-socket-io.md, FromGoSocketIo.cs.</summary>
    public static TheoryData<string, string> PagesOfOthers
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var page in Examples.Pages.Select(static page => Path.GetFileName(page)!).Where(static page => page.StartsWith("from-", StringComparison.Ordinal)))
            {
                var words = Path.GetFileNameWithoutExtension(page).Split('-').Select(static word => char.ToUpperInvariant(word[0]) + word[1..]);
                data.Add(page, string.Concat(words) + ".cs");
            }

            return data;
        }
    }

    public static TheoryData<Type> OptionTypes { get; } =
    [
        typeof(SocketIOOptions),
        typeof(EngineOptions),
        typeof(ConnectionStateRecoveryOptions),
        typeof(Version06Options),
        typeof(Version09Options),
        typeof(PerMessageDeflateOptions),
        typeof(HttpCompressionOptions),
        typeof(OldSocketOptions),
        typeof(FlashPolicyOptions),
        typeof(AdminOptions),
        typeof(SocketIOClientOptions),
    ];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void A_block_of_a_page_is_the_code_that_the_tests_run(string page, string name)
    {
        Assert.True(Examples.Regions.TryGetValue(name, out var code), $"{page} has a block '{name}', but there is no region '// docs: {name}'.");

        Assert.All(Examples.Blocks.Where(block => block.Page == page && block.Name == name), block => Assert.Equal(code, block.Code));
    }

    [Fact]
    public void Every_region_is_on_a_page() =>
        Assert.Empty(Examples.Regions.Keys.Except(Examples.Blocks.Select(static block => block.Name)));

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_link_between_pages_leads_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Examples.Root, page))!;
        foreach (Match link in Link().Matches(File.ReadAllText(Path.Combine(Examples.Root, page))))
        {
            var target = link.Groups["file"].Length == 0 ? Path.Combine(Examples.Root, page) : Path.Combine(folder, link.Groups["file"].Value);
            Assert.True(File.Exists(target), $"{page} links to {link.Groups["file"]}, which is not there.");
            if (link.Groups["anchor"].Value is { Length: > 0 } anchor)
            {
                Assert.Contains(anchor, Heading().Matches(File.ReadAllText(target)).Select(static heading => ToAnchor(heading.Groups["text"].Value)));
            }
        }
    }

    [Fact]
    public void Every_page_is_in_the_index()
    {
        var index = File.ReadAllText(Path.Combine(Examples.Root, "docs", "README.md"));

        Assert.All(
            Examples.Pages.Select(Examples.NameOf).Where(static page => page.StartsWith("docs/", StringComparison.Ordinal) && page != "docs/README.md"),
            page => Assert.Contains($"({Path.GetFileName(page)})", index));
    }

    [Theory]
    [MemberData(nameof(OptionTypes))]
    public void Every_option_is_in_the_table_with_its_default(Type type)
    {
        var page = type == typeof(SocketIOClientOptions) ? "dotnet-client.md" : type == typeof(AdminOptions) ? "admin.md" : "server.md";
        var rows = OptionRow().Matches(File.ReadAllText(Path.Combine(Examples.Root, "docs", page)))
            .ToDictionary(static row => row.Groups["name"].Value, static row => row.Groups["default"].Value);
        var options = Activator.CreateInstance(type);
        foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        {
            var prefix = type.Name switch
            {
                nameof(Version06Options) => nameof(EngineOptions.Version06) + ".",
                nameof(Version09Options) => nameof(EngineOptions.Version09) + ".",
                nameof(PerMessageDeflateOptions) or nameof(HttpCompressionOptions) or nameof(OldSocketOptions) or nameof(FlashPolicyOptions) => type.Name + ".",
                _ => "",
            };
            var name = prefix + property.Name;
            Assert.True(rows.TryGetValue(name, out var written), $"docs/{page} does not know {type.Name}.{property.Name}.");
            if (Format(property.GetValue(options)) is { } value)
            {
                Assert.Equal($"{name}: {value}", $"{name}: {written}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(PagesOfOthers))]
    public void Every_line_of_ours_beside_one_of_theirs_is_compiled(string page, string file)
    {
        var path = Directory.EnumerateFiles(Path.Combine(Examples.Root, "tests", "Documentation.Tests"))
            .Single(path => Path.GetFileName(path).Equals(file, StringComparison.OrdinalIgnoreCase));
        var source = Normalize(File.ReadAllText(path));
        var rows = File.ReadAllLines(Path.Combine(Examples.Root, "docs", page))
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(static line => line.Split(" | "));

        Assert.All(
            rows.SelectMany(static cells => Code().Matches(cells[1]).Select(static code => code.Groups["code"].Value)),
            code => Assert.Contains(Normalize(code), source));
    }

    /// <summary>How the tables write a default; null for what they describe in words.</summary>
    private static string? Format(object? value) => value switch
    {
        null => "none",
        bool truth => truth ? "true" : "false",
        TimeSpan time when time >= TimeSpan.FromMinutes(1) && time.Seconds == 0 => $"{time.TotalMinutes:0} min",
        TimeSpan time => $"{time.TotalSeconds:0} s",
        int or long when Convert.ToInt64(value, CultureInfo.InvariantCulture) is var number => number % (1024 * 1024) == 0
            ? $"{number / (1024 * 1024)} MiB"
            : number.ToString("N0", CultureInfo.InvariantCulture),
        string text => $"`{text}`",
        Enum flags => flags.ToString(),
        _ => null,
    };

    private static string Normalize(string code) => Space().Replace(code, "");

    private static string ToAnchor(string heading) =>
        NotInAnchors().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<file>[^)#:]*)(#(?<anchor>[^)]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^\| `(?<name>[\w.]+)` \| (?<default>[^|]*?) \|", RegexOptions.Multiline)]
    private static partial Regex OptionRow();

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
