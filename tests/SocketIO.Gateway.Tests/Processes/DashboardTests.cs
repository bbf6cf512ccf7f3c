using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using SocketIO.Client;

namespace SocketIO.Gateway.Tests;

/// <summary>The dashboard asks for nothing that a gateway does not show, and shows each of its figures.</summary>
public sealed partial class DashboardTests
{
    // What Prometheus adds to what it scrapes.
    private static readonly string[] Added = ["job", "instance", "le"];

    [Fact]
    public async Task Every_query_names_metrics_and_labels_that_a_gateway_shows_and_no_metric_of_ours_is_left_out()
    {
        await using var gateway = new GatewayProcess();
        await gateway.StartAndWaitAsync();
        // Durations are there once something has ended.
        await using (var client = new SocketIOClient(gateway.Url))
        {
            await client.ConnectAsync();
        }

        using (await gateway.Publish.PostAsJsonAsync("emit", new { @event = "news" }))
        {
        }

        var shown = Read(await gateway.Operations.GetStringAsync("metrics"));
        for (var i = 0; i < 200 && !shown.ContainsKey("socketio_server_connection_duration_seconds_count"); i++)
        {
            await Task.Delay(50);
            shown = Read(await gateway.Operations.GetStringAsync("metrics"));
        }

        var queries = Queries().ToList();
        Assert.True(queries.Count > 40);
        var asked = new HashSet<string>();
        foreach (var query in queries)
        {
            var metrics = Metric().Matches(query).Select(static match => match.Value).ToList();
            Assert.True(metrics.Count > 0, query);
            foreach (var metric in metrics)
            {
                Assert.True(shown.ContainsKey(metric), $"No gateway shows {metric}: {query}");
                asked.Add(metric);
            }

            foreach (var label in Grouping().Matches(query).SelectMany(static match => match.Groups[1].Value.Split(", ")).Except(Added))
            {
                Assert.True(shown[metrics[0]].Contains(label), $"{metrics[0]} has no label {label}: {query}");
            }
        }

        var ours = shown.Keys.Where(static metric => metric.StartsWith("socketio_", StringComparison.Ordinal)).ToList();
        Assert.Empty(ours.Where(static metric => !metric.EndsWith("_sum", StringComparison.Ordinal)).Except(asked));
        // The page lists a histogram once.
        var listed = Listed().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "observability.md"))).Select(static match => match.Groups[1].Value);
        Assert.Equal(listed.Order(StringComparer.Ordinal), ours.Select(static metric => Part().Replace(metric, "")).Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "deploy", "grafana", "socketio-orleans.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .Where(static panel => panel.TryGetProperty("targets", out _))
            .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
            .Select(static target => target.GetProperty("expr").GetString()!)];
    }

    /// <summary>The names of Prometheus' text, each with its labels.</summary>
    private static Dictionary<string, HashSet<string>> Read(string text)
    {
        var shown = new Dictionary<string, HashSet<string>>();
        foreach (var line in text.Split('\n').Where(static line => line.Length > 0 && line[0] != '#'))
        {
            var name = line[..line.IndexOfAny(['{', ' '])];
            if (!shown.TryGetValue(name, out var labels))
            {
                shown[name] = labels = [];
            }

            labels.UnionWith(Label().Matches(line).Select(static match => match.Groups[1].Value));
        }

        return shown;
    }

    [GeneratedRegex(@"\b[a-z][a-z0-9_]*(?=\{)")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bby \(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"^\| `(socketio_[a-z_]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Listed();

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex Part();

    [GeneratedRegex(@"([a-z_]+)=""")]
    private static partial Regex Label();
}
