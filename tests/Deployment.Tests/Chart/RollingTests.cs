using System.Globalization;
using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>What a change does to gateways that run.</summary>
public sealed class RollingTests
{
    public static TheoryData<string, string> Renderings => RenderingTests.Renderings;

    [Theory]
    [InlineData("server: { MaxConnections: 1 }", true)]
    [InlineData("namespaces: [/a]", true)]
    [InlineData("logging: { Default: Debug }", true)]
    [InlineData("redis: { auth: { password: another } }", true)]
    [InlineData("publish: { enabled: true, keys: [the-key-of-a-back-end-that-is-long-2] }", true)]
    [InlineData("service: { port: 8080 }", false)]
    [InlineData("autoscaling: { enabled: true }", false)]
    [InlineData("replicaCount: 5", false)]
    public void Gateways_are_replaced_where_what_they_were_told_has_changed_and_only_there(string values, bool isReplaced)
    {
        var before = Pod("{}");

        Assert.Equal(isReplaced, !JsonNode.DeepEquals(before, Pod(values)));
    }

    [Fact]
    public void Gateways_get_a_new_key_of_a_back_end() =>
        Assert.False(JsonNode.DeepEquals(
            Pod("publish: { enabled: true, keys: [the-key-of-a-back-end-that-is-long-2] }"),
            Pod("publish: { enabled: true, keys: [the-key-of-a-back-end-that-is-long-3] }")));

    [Theory]
    [MemberData(nameof(Renderings))]
    public void A_gateway_has_the_time_that_it_takes_to_let_its_clients_go(string set, string release)
    {
        var rendering = Rendering.OfSet(set, release);
        var host = JsonNode.Parse(rendering.Settings())!["ShutdownTimeoutSeconds"]!.GetValue<int>();
        var sleep = rendering.Gateway().At("lifecycle/preStop/sleep/seconds")?.GetValue<int>() ?? 0;

        Assert.InRange(rendering.One("Deployment", "gateway").At("spec/template/spec/terminationGracePeriodSeconds")!.GetValue<int>(), sleep + host + 5, int.MaxValue);
    }

    [Fact]
    public void An_update_brings_a_new_gateway_before_an_old_one_goes()
    {
        var spec = Rendering.OfSet("defaults").One("Deployment", "gateway")["spec"]!;

        Assert.Equal((0, 1), (spec.At("strategy/rollingUpdate/maxUnavailable")!.GetValue<int>(), spec.At("strategy/rollingUpdate/maxSurge")!.GetValue<int>()));
        Assert.Equal(2, spec["replicas"]!.GetValue<int>());
    }

    [Fact]
    public void An_autoscaler_has_the_say_in_how_many_there_are()
    {
        var rendering = Rendering.OfSet("autoscaling");
        var spec = rendering.All("HorizontalPodAutoscaler").Single()["spec"]!;

        Assert.Null(rendering.One("Deployment", "gateway").At("spec/replicas"));
        Assert.Equal((3, 20), (spec["minReplicas"]!.GetValue<int>(), spec["maxReplicas"]!.GetValue<int>()));
        Assert.Equal("20000", spec["metrics"]![0].At("pods/target/averageValue")!.ToString());
        Assert.Equal(70, spec["metrics"]![1].At("resource/target/averageUtilization")!.GetValue<int>());
    }

    [Fact]
    public void An_autoscaler_counts_what_the_server_shows()
    {
        var metric = Rendering.OfSet("autoscaling").All("HorizontalPodAutoscaler").Single().At("spec/metrics")![0].At("pods/metric/name")!.ToString();

        // Prometheus' names have underscores for dots, and no unit that is in braces.
        Assert.Contains($"Counter(\"{metric.Replace("socketio_server_", "socketio.server.", StringComparison.Ordinal)}\", CountConnections, \"{{connection}}\"", File.ReadAllText(Sources.PathOf("src", "SocketIO.Server", "Hosting", "ServerMetrics.cs")));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(123_456_789)]
    public void Large_numbers_stay_whole(int number)
    {
        var settings = JsonNode.Parse(Rendering.Of(string.Create(CultureInfo.InvariantCulture, $"{{ cluster: {{ MaxPublishedPackets: {number} }}, autoscaling: {{ enabled: true, connections: {number} }} }}")).Settings())!;

        Assert.Equal(number.ToString(CultureInfo.InvariantCulture), settings.At("SocketIO/Cluster/MaxPublishedPackets")!.ToJsonString());
    }

    private static JsonNode Pod(string values) => Rendering.Of(values).One("Deployment", "gateway").At("spec/template")!;

    [LookupFact]
    public void Autoscaling_that_is_turned_on_begins_with_the_gateways_that_there_are()
    {
        const string Running = """
            - apiVersion: apps/v1
              kind: Deployment
              metadata: { name: demo-socketio-orleans, namespace: sockets }
              spec: { replicas: 10 }
            """;
        const string Values = "autoscaling: { enabled: true }";

        var upgraded = Yaml.Read(Helm.TemplateWithObjects(Sources.Chart, "demo", Values, Running)).Documents.Single(static found => found.Kind() == "Deployment");

        Assert.Equal(10, (int)upgraded["spec"]!["replicas"]!);
        Assert.Null(Rendering.Of(Values).One("Deployment", "gateway")["spec"]!["replicas"]);
    }
}
