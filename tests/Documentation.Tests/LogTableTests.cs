using System.Globalization;
using System.Text.RegularExpressions;

namespace Documentation.Tests;

/// <summary>The page on observability has every message that the product logs.</summary>
public sealed partial class LogTableTests
{
    [Fact]
    public void Every_message_has_an_id_of_its_own_and_a_row()
    {
        var messages = Directory.EnumerateFiles(Path.Combine(Examples.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(static file => Message().Matches(File.ReadAllText(file)))
            .Select(static match => (Id: int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), Row: $"| {match.Groups[1].Value} | {match.Groups[2].Value} | {match.Groups[3].Value} |"))
            .OrderBy(static message => message.Id)
            .ToList();

        Assert.True(messages.Count > 40);
        Assert.Equal(messages.Select(static message => message.Id).Distinct(), messages.Select(static message => message.Id));
        var rows = File.ReadLines(Path.Combine(Examples.Root, "docs", "observability.md")).SkipWhile(static line => line != "## Logs").Where(static line => Row().IsMatch(line));
        Assert.Equal(messages.Select(static message => message.Row), rows);
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(\d+),\s*LogLevel\.(\w+),\s*""(.*?)""\)\]")]
    private static partial Regex Message();

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex Row();
}
