using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>Grafana's dashboard in the chart is the one in <c>deploy</c>.</summary>
public sealed class DashboardTests
{
    private static readonly string Dashboard = File.ReadAllText(Sources.PathOf("deploy", "grafana", "socketio-orleans.json"));

    [Fact]
    public void The_chart_has_the_dashboard_of_deploy() => Assert.Equal(Dashboard, File.ReadAllText(Path.Combine(Sources.Chart, "dashboards", "socketio-orleans.json")));

    [Fact]
    public void Grafana_finds_it_by_its_label_and_can_read_it()
    {
        var found = Rendering.OfSet("network-policy").One("ConfigMap", "dashboard");

        Assert.Equal("1", found.Label("grafana_dashboard"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Dashboard), JsonNode.Parse(found["data"]!["socketio-orleans.json"]!.ToString())));
    }
}
