namespace Deployment.Tests;

/// <summary>What a user reads after the installation.</summary>
public sealed class NotesTests
{
    [Theory]
    [InlineData("{}", "demo-socketio-orleans: 2 gateways, cluster demo-socketio-orleans.")]
    [InlineData("{}", "kubectl --namespace sockets port-forward service/demo-socketio-orleans 8080:80")]
    [InlineData("{}", "helm --namespace sockets test demo")]
    [InlineData("replicaCount: 1", "1 gateway, cluster")]
    [InlineData("replicaCount: 1", "With one gateway, clients wait while it is replaced")]
    [InlineData("autoscaling: { enabled: true }", "2 to 10 gateways, cluster")]
    [InlineData("ingress: { enabled: true, hosts: [chat.example.com] }", "  http://chat.example.com\n")]
    [InlineData("ingress: { enabled: true, hosts: [chat.example.com], tls: [{ secretName: chat }] }", "  https://chat.example.com\n")]
    [InlineData("ingress: { enabled: true }", "the address of your ingress")]
    [InlineData("httpRoute: { enabled: true, parentRefs: [{ name: public }], hostnames: [chat.example.com] }", "chat.example.com, by the listeners of your Gateway")]
    [InlineData("service: { type: LoadBalancer }", "get service demo-socketio-orleans")]
    [InlineData("publish: { enabled: true, existingSecret: keys }", "http://demo-socketio-orleans-publish.sockets:3080/api/v1/")]
    [InlineData("redis: { persistence: { enabled: false } }", "Redis has no volume")]
    [InlineData("networkPolicy: { enabled: true }\nserviceMonitor: { enabled: true }", "networkPolicy.monitoring")]
    [InlineData("networkPolicy: { enabled: true }\npublish: { enabled: true, existingSecret: keys }", "networkPolicy.publish")]
    [InlineData("server: { MaxConnections: 100000 }", "A full gateway needs more than drain.timeoutSeconds (60) to let server.MaxConnections go at 500 a second")]
    public void The_notes_say_what_to_do_next(string values, string note) => Assert.Contains(note, Helm.Notes(Sources.Chart, "demo", values));

    [Fact]
    public void The_notes_do_not_warn_of_what_is_well()
    {
        var notes = Helm.Notes(Sources.Chart, "demo", "server: { MaxConnections: 30000 }\nnetworkPolicy: { enabled: true }");

        Assert.DoesNotContain("drain", notes);
        Assert.DoesNotContain("networkPolicy", notes);
        Assert.DoesNotContain("volume", notes);
    }
}
