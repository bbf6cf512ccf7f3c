using System.Text.Json.Nodes;

namespace Deployment.Tests;

/// <summary>Who reaches which port.</summary>
public sealed class NetworkTests
{
    public static TheoryData<string, string> Renderings => RenderingTests.Renderings;

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Each_port_has_a_Service_of_its_own_and_clients_find_theirs_alone(string set, string release)
    {
        var services = Rendering.OfSet(set, release).All("Service").ToDictionary(
            static service => service.Label("app.kubernetes.io/component")!,
            static service => (Ports: service.At("spec/ports").Each().Select(static port => port["targetPort"]!.ToString()).ToArray(), IsHeadless: service.At("spec/clusterIP")?.ToString() == "None"));

        Assert.Equal(["http"], services["gateway"].Ports);
        Assert.Equal(["silo", "orleans"], services["silos"].Ports);
        Assert.True(services["silos"].IsHeadless);
        Assert.All(services.Where(static service => service.Key is not ("gateway" or "silos")), static service => Assert.Equal([service.Key], service.Value.Ports));
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void Services_and_policies_name_ports_that_the_pods_have(string set, string release)
    {
        var rendering = Rendering.OfSet(set, release);
        IEnumerable<(Dictionary<string, string> Selector, string Port)> named =
        [
            .. from service in rendering.All("Service") from port in service.At("spec/ports").Each() select (service.At("spec/selector").Map(), port["targetPort"]!.ToString()),
            .. from policy in rendering.All("NetworkPolicy")
               from rule in policy.At("spec/ingress").Each()
               from port in rule["ports"].Each()
               select (policy.At("spec/podSelector/matchLabels").Map(), port["port"]!.ToString()),
        ];

        Assert.All(named, found =>
        {
            var pod = rendering.Pods().Single(pod => found.Selector.Selects(pod.Metadata["labels"].Map()));
            Assert.Contains(found.Port, pod.Spec["containers"]![0]!["ports"].Each().Select(static port => port["name"]!.ToString()));
        });
    }

    [Fact]
    public void Only_those_who_are_named_reach_a_port()
    {
        var peers = PeersByPort(Rendering.OfSet("everything").One("NetworkPolicy", "gateway"));

        Assert.Equal(["10.0.0.0/8", "test"], peers["http"]);
        Assert.Equal(["gateway", "orders"], peers["silo"]);
        Assert.Equal(["gateway", "orders"], peers["orleans"]);
        Assert.Equal(["prometheus"], peers["operations"]);
        Assert.Equal(["web"], peers["publish"]);
    }

    [Fact]
    public void Nobody_reaches_a_port_for_which_nobody_is_named_but_clients()
    {
        var peers = PeersByPort(Rendering.Of("{ networkPolicy: { enabled: true }, publish: { enabled: true, existingSecret: keys } }").One("NetworkPolicy", "gateway"));

        Assert.Equal(["http", "orleans", "silo"], peers.Keys.Order(StringComparer.Ordinal));
        // A rule without peers is for all.
        Assert.Empty(peers["http"]);
        Assert.Equal(["gateway"], peers["silo"]);
    }

    [Fact]
    public void Redis_is_for_gateways_and_the_silos_that_are_named()
    {
        var policy = Rendering.OfSet("everything").One("NetworkPolicy", "redis");

        Assert.Equal(["gateway", "orders"], PeersByPort(policy)["redis"]);
        Assert.Empty(policy.At("spec/egress").Each());
        Assert.Equal(["Ingress", "Egress"], policy.At("spec/policyTypes").Each().Select(static type => type.ToString()));
    }

    [Theory]
    [InlineData("defaults", "/socket.io", "http://demo-socketio-orleans:80/socket.io/?EIO=4&transport=polling")]
    [InlineData("http-route", "/live", "http://demo-socketio-orleans:80/live/?EIO=4&transport=polling")]
    [InlineData("tls-ingress", "/socket.io", "https://demo-socketio-orleans:80/socket.io/?EIO=4&transport=polling")]
    public void Routes_and_the_test_use_the_path_of_the_server(string set, string path, string url)
    {
        var rendering = Rendering.OfSet(set);

        Assert.All(rendering.All("Ingress").SelectMany(static found => found.At("spec/rules").Each()), rule => Assert.Equal(path, rule.At("http/paths")![0]!["path"]!.ToString()));
        Assert.All(rendering.All("HTTPRoute"), route => Assert.Equal(path, route.At("spec/rules")![0]!["matches"]![0].At("path/value")!.ToString()));
        Assert.Equal(url, rendering.One("Pod", "test").At("spec/containers")![0]!["env"]![0]!["value"]!.ToString());
    }

    [Fact]
    public void An_idle_WebSocket_is_not_cut_by_a_route()
    {
        Assert.Equal("0s", Rendering.OfSet("http-route").All("HTTPRoute").Single().At("spec/rules")![0].At("timeouts/request")!.ToString());
        var annotations = Rendering.OfSet("tls-ingress").All("Ingress").Single().At("metadata/annotations").Map();
        Assert.Equal(("3600", "3600", "off"), (annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"], annotations["nginx.ingress.kubernetes.io/proxy-send-timeout"], annotations["nginx.ingress.kubernetes.io/proxy-buffering"]));
        // Those of the values are added to them.
        Assert.Equal("HTTPS", annotations["nginx.ingress.kubernetes.io/backend-protocol"]);
    }

    private static Dictionary<string, string[]> PeersByPort(JsonNode policy) => (
        from rule in policy.At("spec/ingress").Each()
        from port in rule["ports"].Each()
        select (Port: port["port"]!.ToString(), Peers: rule["from"].Each().Select(NameOf).ToArray()))
        .ToDictionary(static found => found.Port, static found => found.Peers);

    private static string NameOf(JsonNode peer)
    {
        var labels = peer.At("podSelector/matchLabels").Map();
        return peer.At("ipBlock/cidr")?.ToString() ?? labels.GetValueOrDefault("app.kubernetes.io/component") ?? labels["app.kubernetes.io/name"];
    }
}
