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

    [Fact]
    public void What_the_page_on_failures_points_at_is_there()
    {
        var failures = File.ReadAllText(Path.Combine(Examples.Root, "docs", "failures.md"));
        var observability = File.ReadAllText(Path.Combine(Examples.Root, "docs", "observability.md"));

        var ids = Ids().Matches(failures).SelectMany(static match => Number().Matches(match.Value)).Select(static match => match.Value).Distinct().ToList();
        Assert.True(ids.Count > 5);
        Assert.All(ids, id => Assert.Contains($"\n| {id} |", observability, StringComparison.Ordinal));
        var metrics = Metric().Matches(failures).Select(static match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(metrics.Count > 5);
        Assert.All(metrics, metric => Assert.Contains($"\n| `{metric}` |", observability, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\blog \d+(?:, \d+)*(?: and \d+)?")]
    private static partial Regex Ids();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex("`(socketio_[a-z_]+)(?=[`{])")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(\d+),\s*LogLevel\.(\w+),\s*""(.*?)""\)\]")]
    private static partial Regex Message();

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex Row();
}
