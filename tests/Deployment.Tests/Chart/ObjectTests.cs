using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Deployment.Tests;

/// <summary>What holds for every object of the chart, whatever the values.</summary>
public sealed partial class ObjectTests
{
    private static readonly string[] Labels =
    [
        "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/component",
        "app.kubernetes.io/part-of", "app.kubernetes.io/managed-by", "helm.sh/chart",
    ];

    public static TheoryData<string, string> Renderings => RenderingTests.Renderings;

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Every_object_and_every_pod_says_of_what_it_is_a_part(string set, string release)
    {
        var rendering = Rendering.OfSet(set, release);
        var metadata = rendering.Objects.Select(static found => found["metadata"]!).Concat(rendering.Pods().Select(static pod => pod.Metadata));

        Assert.All(metadata, found => Assert.Subset(found["labels"].Map().Keys.ToHashSet(), Labels.ToHashSet()));
        Assert.All(metadata, found => Assert.All(found["labels"].Map(), static label => Assert.Matches(LabelValue(), label.Value)));
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Names_are_as_Kubernetes_allows_them_and_unlike(string set, string release)
    {
        var objects = Rendering.OfSet(set, release).Objects;

        Assert.All(objects, static found => Assert.Matches(ObjectName(), found.Name()));
        // The names of its revisions get eleven characters more.
        Assert.All(objects.Where(static found => found.Kind() == "StatefulSet"), static found => Assert.InRange(found.Name().Length, 1, 52));
        Assert.Equal(objects.Count, objects.Select(static found => (found.Kind(), found.Name())).Distinct().Count());
    }

    [Fact]
    public void Two_long_names_with_the_same_beginning_stay_two() =>
        Assert.NotEqual(
            Rendering.OfSet("defaults", Rendering.LongRelease).One("Deployment", "gateway").Name(),
            Rendering.OfSet("defaults", Rendering.LongRelease[..^1] + "d").One("Deployment", "gateway").Name());

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Every_container_says_what_it_needs(string set, string release) =>
        Assert.All(Rendering.OfSet(set, release).Containers(), static found =>
        {
            Assert.NotNull(found.Container.At("resources/requests/cpu"));
            Assert.NotNull(found.Container.At("resources/requests/memory"));
            Assert.NotNull(found.Container.At("resources/limits/memory"));
        });

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Every_container_runs_without_rights(string set, string release) =>
        Assert.All(Rendering.OfSet(set, release).Containers(), static found =>
        {
            Assert.True(found.Pod.At("securityContext/runAsNonRoot")!.GetValue<bool>());
            Assert.NotEqual(0, found.Pod.At("securityContext/runAsUser")!.GetValue<int>());
            Assert.Equal("RuntimeDefault", found.Pod.At("securityContext/seccompProfile/type")!.ToString());
            Assert.False(found.Container.At("securityContext/allowPrivilegeEscalation")!.GetValue<bool>());
            Assert.True(found.Container.At("securityContext/readOnlyRootFilesystem")!.GetValue<bool>());
            Assert.Equal(["ALL"], found.Container.At("securityContext/capabilities/drop").Each().Select(static capability => capability.ToString()));
        });

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Only_gateways_that_ask_Kubernetes_get_a_token_for_it(string set, string release)
    {
        var rendering = Rendering.OfSet(set, release);
        var isHosted = set is "kubernetes-hosting" or "everything";

        Assert.All(rendering.Pods(), pod => Assert.Equal(isHosted && pod.Name.StartsWith("Deployment/", StringComparison.Ordinal), pod.Spec["automountServiceAccountToken"]!.GetValue<bool>()));
        Assert.Equal(isHosted, rendering.All("Role").Any());
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Whatever_runs_on_is_probed_at_ports_that_it_has(string set, string release) =>
        Assert.All(Rendering.OfSet(set, release).Containers().Where(static found => found.Name[..4] != "Pod/"), static found =>
        {
            var ports = found.Container["ports"].Each().Select(static port => port["name"]!.ToString()).ToList();
            foreach (var probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
            {
                Assert.NotNull(found.Container[probe]);
                if ((found.Container[probe].At("httpGet/port") ?? found.Container[probe].At("tcpSocket/port")) is { } port)
                {
                    Assert.Contains(port.ToString(), ports);
                }
            }
        });

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Every_selector_finds_the_pods_that_it_is_for(string set, string release)
    {
        var rendering = Rendering.OfSet(set, release);
        var selectors =
            from found in rendering.Objects
            let selector = found.Kind() switch
            {
                "Service" => found.At("spec/selector"),
                "NetworkPolicy" => found.At("spec/podSelector/matchLabels"),
                "Deployment" or "StatefulSet" or "PodDisruptionBudget" => found.At("spec/selector/matchLabels"),
                _ => null,
            }
            where selector is not null
            select (Found: found, Selector: selector.Map());

        Assert.All(selectors, selector =>
        {
            var pod = Assert.Single(rendering.Pods(), pod => selector.Selector.Selects(pod.Metadata["labels"].Map()));
            Assert.StartsWith(selector.Found.Name().EndsWith("-redis", StringComparison.Ordinal) ? "StatefulSet/" : "Deployment/", pod.Name, StringComparison.Ordinal);
        });
        var spec = rendering.One("Deployment", "gateway").At("spec/template/spec")!;
        Assert.All(spec["topologySpreadConstraints"].Each(), constraint => Assert.True(constraint.At("labelSelector/matchLabels").Map().Selects(rendering.One("Deployment", "gateway").At("spec/template/metadata/labels").Map())));
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void What_names_another_object_names_one_that_is_there(string set, string release)
    {
        var rendering = Rendering.OfSet(set, release);
        bool Has(string kind, string name) => rendering.All(kind).Any(found => found.Name() == name);
        bool HasPort(string service, Func<JsonNode, bool> isIt) => rendering.All("Service").Single(found => found.Name() == service).At("spec/ports").Each().Any(isIt);

        Assert.All(rendering.All("HorizontalPodAutoscaler"), found => Assert.True(Has("Deployment", found.At("spec/scaleTargetRef/name")!.ToString())));
        Assert.All(
            rendering.All("Ingress").SelectMany(static found => found.At("spec/rules").Each()).SelectMany(static rule => rule.At("http/paths").Each()),
            path => Assert.True(HasPort(path.At("backend/service/name")!.ToString(), port => port["name"]!.ToString() == path.At("backend/service/port/name")!.ToString())));
        Assert.All(
            rendering.All("HTTPRoute").SelectMany(static found => found.At("spec/rules").Each()).SelectMany(static rule => rule["backendRefs"].Each()),
            backend => Assert.True(HasPort(backend["name"]!.ToString(), port => port["port"]!.GetValue<int>() == backend["port"]!.GetValue<int>())));
        Assert.All(rendering.All("ServiceMonitor"), found =>
        {
            var service = Assert.Single(rendering.All("Service"), service => found.At("spec/selector/matchLabels").Map().Selects(service["metadata"]!["labels"].Map()));
            Assert.True(HasPort(service.Name(), port => port["name"]!.ToString() == found.At("spec/endpoints").Each().Single()["port"]!.ToString()));
        });
        Assert.All(rendering.All("RoleBinding"), found =>
        {
            Assert.True(Has("Role", found.At("roleRef/name")!.ToString()));
            Assert.True(Has("ServiceAccount", found["subjects"]![0]!["name"]!.ToString()));
            Assert.Equal(found["subjects"]![0]!["name"]!.ToString(), rendering.One("Deployment", "gateway").At("spec/template/spec/serviceAccountName")!.ToString());
        });
        Assert.All(rendering.Pods(), pod => Assert.All(pod.Spec["volumes"].Each().Where(static volume => volume["configMap"] is not null), volume => Assert.True(Has("ConfigMap", volume.At("configMap/name")!.ToString()))));
        Assert.All(rendering.Containers(), found =>
        {
            var volumes = found.Pod["volumes"].Each().Concat(rendering.All("StatefulSet").SelectMany(static set => set.At("spec/volumeClaimTemplates").Each()).Select(static claim => claim["metadata"]!)).Select(static volume => volume["name"]!.ToString());
            Assert.All(found.Container["volumeMounts"].Each(), mount => Assert.Contains(mount["name"]!.ToString(), volumes));
        });
    }

    [Fact]
    public void Kubernetes_hosting_finds_the_labels_and_variables_that_it_reads()
    {
        var rendering = Rendering.OfSet("kubernetes-hosting");
        var labels = rendering.One("Deployment", "gateway").At("spec/template/metadata/labels").Map();
        var variables = rendering.Gateway()["env"].Each().ToDictionary(static variable => variable["name"]!.ToString(), static variable => variable.At("valueFrom/fieldRef/fieldPath")?.ToString());

        Assert.Equal(("chat", "production"), (labels["orleans/serviceId"], labels["orleans/clusterId"]));
        Assert.Equal("metadata.labels['orleans/serviceId']", variables["ORLEANS_SERVICE_ID"]);
        Assert.Equal("metadata.labels['orleans/clusterId']", variables["ORLEANS_CLUSTER_ID"]);
        Assert.Equal(("metadata.name", "metadata.namespace", "status.podIP"), (variables["POD_NAME"], variables["POD_NAMESPACE"], variables["POD_IP"]));
        Assert.Equal(["get", "list", "watch", "patch"], rendering.All("Role").Single()["rules"]![0]!["verbs"].Each().Select(static verb => verb.ToString()));
    }

    [Fact]
    public void Redis_keeps_what_it_has_acknowledged()
    {
        var redis = Rendering.OfSet("defaults").One("StatefulSet", "redis");
        var arguments = string.Join(' ', redis.At("spec/template/spec/containers")![0]!["args"].Each());

        Assert.Contains("--appendonly yes --appendfsync always", arguments);
        Assert.Contains("--maxmemory-policy noeviction", arguments);
        Assert.Contains("--dir /data", arguments);
        Assert.Equal("/data", redis.At("spec/template/spec/containers")![0]!["volumeMounts"]![0]!["mountPath"]!.ToString());
        Assert.Equal("8Gi", redis.At("spec/volumeClaimTemplates")![0].At("spec/resources/requests/storage")!.ToString());
    }

    [GeneratedRegex("^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex LabelValue();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex ObjectName();
}
