using System.Net.Http.Json;
using System.Text.Json;

namespace SocketIO.Gateway.Tests;

/// <summary>Gateways that are pods.</summary>
public sealed class KubernetesTests
{
    [RedisFact]
    public async Task A_silo_whose_pod_is_gone_is_declared_dead_though_it_still_answers_and_the_others_go_on()
    {
        using var redis = new RedisProcess();
        redis.Start();
        await using var kubernetes = await FakeKubernetes.StartAsync();
        string[] settings = ["Silo:Clustering=Redis", "Silo:Redis=" + redis.Address, "Silo:Kubernetes=true"];
        await using var first = new GatewayProcess(settings) { Variables = kubernetes.AddPod("gateway-0") };
        await using var second = new GatewayProcess(settings) { Variables = kubernetes.AddPod("gateway-1") };
        await first.StartAndWaitAsync();
        await second.StartAndWaitAsync();
        await using var room = await SpanningRoom.OpenAsync(first, second);
        await room.AssertHearsAsync(first);
        Assert.Equal("""{"orleans/clusterId":"blue","orleans/serviceId":"socketio"}""", kubernetes.LabelsOf("gateway-1"));

        await kubernetes.UntilWatchedByAsync("gateway-0");
        kubernetes.Delete("gateway-1");
        Assert.NotEqual(0, await second.WaitForExitAsync());

        // The membership has said so, and its sockets are nobody's.
        for (var sockets = default(string?[]); sockets is not [_] || sockets[0] != room.Clients[0].Id; await Task.Delay(200))
        {
            using var response = await first.Publish.PostAsJsonAsync("sockets", new { rooms = new[] { "span" } });
            sockets = response.IsSuccessStatusCode ? [.. (await response.Content.ReadFromJsonAsync<JsonElement>()).EnumerateArray().Select(static socket => socket.GetProperty("id").GetString())] : null;
        }

        Assert.Equal("Healthy", await first.Operations.GetStringAsync("healthz/ready"));
    }
}
