using System.Text.RegularExpressions;

namespace Documentation.Tests;

/// <summary>Every feature of the founding systems has a test that says so by its id.</summary>
public sealed partial class FeatureTableTests
{
    private static readonly string Tests = Path.Combine(Examples.Root, "tests");

    [Fact]
    public void Every_feature_of_the_table_is_named_by_a_test() => Assert.Empty(ReadTable().Except(ReadTraits()));

    [Fact]
    public void No_test_names_a_feature_that_the_table_has_not() => Assert.Empty(ReadTraits().Except(ReadTable()));

    [Fact]
    public void No_feature_is_in_the_table_twice() => Assert.Equal(ReadTable().Distinct(), ReadTable());

    [Theory]
    [InlineData("    [Trait(\"Feature\", \"A-1\")]\n    [Fact]", "A-1")]
    [InlineData("[Trait(\"Feature\", \"A-1\")]\n[Trait(\"Feature\", \"A-2\")]\npublic class T", "A-1", "A-2")]
    [InlineData("    // [Trait(\"Feature\", \"A-1\")]")]
    [InlineData("    [Trait(\"Speed\", \"A-1\")]\n    [Fact]")]
    [InlineData("    var text = \"[Trait(\\\"Feature\\\", \\\"A-1\\\")]\";")]
    public void A_feature_is_named_by_a_trait_and_nothing_else(string source, params string[] ids) => Assert.Equal(ids, ReadTraits(source));

    private static List<string> ReadTable() =>
        [.. File.ReadAllLines(Path.Combine(Tests, "Conformance", "features.tsv")).Skip(1).Select(static line => line.Split('\t')[0])];

    private static IEnumerable<string> ReadTraits() =>
        Directory.EnumerateFiles(Tests, "*.cs", SearchOption.AllDirectories)
            .Where(static file => !NotWritten().IsMatch(file))
            .SelectMany(static file => ReadTraits(File.ReadAllText(file)))
            .Distinct();

    private static IEnumerable<string> ReadTraits(string source) => Feature().Matches(source).Select(static trait => trait.Groups["id"].Value);

    [GeneratedRegex(@"^[ \t]*\[Trait\(""Feature"", ""(?<id>[^""]*)""\)\]", RegexOptions.Multiline)]
    private static partial Regex Feature();

    [GeneratedRegex(@"[/\\](obj|bin|node_modules)[/\\]")]
    private static partial Regex NotWritten();
}
