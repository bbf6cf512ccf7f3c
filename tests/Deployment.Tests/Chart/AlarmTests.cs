using System.Text.RegularExpressions;

namespace Deployment.Tests;

/// <summary>The chart's alarms are those of the documentation.</summary>
public sealed partial class AlarmTests
{
    [Fact]
    public void Each_alarm_of_the_page_is_a_rule_about_the_gateways_of_the_release()
    {
        var rows = Row().Matches(File.ReadAllText(Sources.PathOf("docs", "observability.md"))).Select(static match => match.Groups[1].Value).ToList();
        var rules = Rendering.OfSet("network-policy").All("PrometheusRule").Single().At("spec/groups")![0]!["rules"].Each();

        var expressions = rules.Select(static rule => rule["expr"]!.ToString()).ToList();
        Assert.All(expressions, static expression => Assert.Contains("{namespace=\"sockets\",pod=~\"demo-socketio-orleans-.*\"", expression));
        Assert.NotEmpty(rows);
        Assert.Equal(rows.Order(StringComparer.Ordinal), expressions.Select(static expression => Ours().Replace(expression, "").Replace("{,", "{", StringComparison.Ordinal).Replace("{}", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\| `([^`]*socketio_[^`]* (?:==|>) 0)`", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("namespace=\"sockets\",pod=~\"demo-socketio-orleans-\\.\\*\"")]
    private static partial Regex Ours();
}
