namespace Deployment.Tests;

/// <summary>What the chart renders, Kubernetes takes.</summary>
public sealed class RenderingTests
{
    public static TheoryData<string, string> Renderings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var set in Rendering.Sets)
            {
                data.Add(set, "demo");
                data.Add(set, Rendering.LongRelease);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Kubernetes_takes_everything(string set, string release)
    {
        var rendering = Rendering.OfSet(set, release);

        Assert.NotEmpty(rendering.Objects);
        Assert.Empty(rendering.Problems);
    }

    [Fact]
    public void Kubernetes_takes_the_chart_of_the_chat()
    {
        var rendering = Rendering.OfChart(Sources.PathOf("helm", "chat"));

        Assert.Equal(["Deployment", "Service"], rendering.Objects.Select(Objects.Kind));
        Assert.Empty(rendering.Problems);
    }

    // The tests above are worth what these schemas find.
    [Theory]
    [InlineData("default", "replicas: 2", "replica: 2", "Deployment/demo-socketio-orleans: /spec/replica is not known")]
    [InlineData("default", "replicas: 2", "replicas: two", "Deployment/demo-socketio-orleans: /spec/replicas must be integer")]
    [InlineData("default", "mountPath: /tmp", "mountPth: /tmp", "/spec/template/spec/containers/0/volumeMounts/1 must have required property mountPath")]
    [InlineData("default", "seccompProfile:", "seccomProfile:", "Deployment/demo-socketio-orleans: /spec/template/spec/securityContext/seccomProfile is not known")]
    [InlineData("default", "preStop:", "prestop:", "Deployment/demo-socketio-orleans: /spec/template/spec/containers/0/lifecycle/prestop is not known")]
    [InlineData("default", "apiVersion: policy/v1", "apiVersion: policy/v9", "PodDisruptionBudget/demo-socketio-orleans: there is no PodDisruptionBudget in policy/v9")]
    [InlineData("default", "type: ClusterIP", "type: ClusterIP\n  type: ClusterIP", "Map keys must be unique")]
    [InlineData("http-route", "backendRequest:", "backendRequests:", "HTTPRoute/demo-socketio-orleans: /spec/rules/0/timeouts/backendRequests is not known")]
    [InlineData("http-route", "type: PathPrefix", "type: Prefix", "HTTPRoute/demo-socketio-orleans: /spec/rules/0/matches/0/path/type must be equal to one of the allowed values")]
    [InlineData("network-policy", "scrapeTimeout:", "scrapeTimeOut:", "ServiceMonitor/demo-socketio-orleans: /spec/endpoints/0/scrapeTimeOut is not known")]
    public void A_mistake_in_a_template_is_found(string set, string right, string wrong, string problem)
    {
        var rendered = Helm.Template(Sources.Chart, "demo", set == "default" ? "{}" : Rendering.ValuesOf(set)).Output;
        Assert.Contains(right, rendered);

        var (_, problems) = Yaml.Read(rendered.Replace(right, wrong, StringComparison.Ordinal), isKubernetes: true);

        Assert.Contains(problems, found => found.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_Kubernetes_without_the_sleep_of_preStop_is_refused()
    {
        var result = Helm.Template(Sources.Chart, "demo", "{}", "--kube-version", "v1.29.5");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("kubeVersion: >=1.30.0-0", result.Error);
    }

    [Fact]
    public void Nothing_is_installed_that_nobody_asked_for() =>
        Assert.Equal(
            [
                "ConfigMap/demo-socketio-orleans-gateway",
                "Deployment/demo-socketio-orleans",
                "Pod/demo-socketio-orleans-handshake",
                "PodDisruptionBudget/demo-socketio-orleans",
                "Secret/demo-socketio-orleans-redis",
                "Service/demo-socketio-orleans",
                "Service/demo-socketio-orleans-redis",
                "Service/demo-socketio-orleans-silos",
                "ServiceAccount/demo-socketio-orleans",
                "StatefulSet/demo-socketio-orleans-redis",
            ],
            Rendering.OfSet("defaults").Objects.Select(static found => $"{found.Kind()}/{found.Name()}").Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("autoscaling", "HorizontalPodAutoscaler")]
    [InlineData("tls-ingress", "Ingress")]
    [InlineData("http-route", "HTTPRoute")]
    [InlineData("network-policy", "NetworkPolicy")]
    [InlineData("network-policy", "ServiceMonitor")]
    [InlineData("network-policy", "PrometheusRule")]
    [InlineData("kubernetes-hosting", "Role")]
    [InlineData("kubernetes-hosting", "RoleBinding")]
    public void What_is_asked_for_is_there(string set, string kind) => Assert.NotEmpty(Rendering.OfSet(set).All(kind));

    [Fact]
    public void With_Redis_of_ones_own_there_is_no_other()
    {
        var rendering = Rendering.OfSet("external-redis");

        Assert.DoesNotContain(rendering.Objects, static found => found.Name().EndsWith("-redis", StringComparison.Ordinal));
        Assert.Contains(rendering.Gateway()["env"].Each(), static variable => variable["value"]?.ToString() == "redis.storage.svc:6380,ssl=true,user=gateway,password=$(REDIS_PASSWORD)");
    }
}
