using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;

namespace SocketIO.Gateway.Tests;

/// <summary>What a gateway tells a collector.</summary>
public sealed class TelemetryTests
{
    private const string Span = "b7ad6b7169203331";

    [Fact]
    public async Task Metrics_traces_and_logs_arrive_and_traces_of_clients_and_back_ends_go_on_in_them()
    {
        await using var collector = await Collector.StartAsync();
        await using var gateway = new GatewayProcess("Operations:Otlp:Endpoint=" + collector.Url, "Operations:Otlp:Protocol=HttpProtobuf", "Namespaces:0=/chat") { LogLevel = "Information" };
        await gateway.StartAndWaitAsync();
        var (ofClient, ofBackEnd, ofNobody) = (ActivityTraceId.CreateRandom(), ActivityTraceId.CreateRandom(), ActivityTraceId.CreateRandom());

        using var client = new ClientWebSocket();
        client.Options.SetRequestHeader("traceparent", $"00-{ofClient}-{Span}-01");
        await client.ConnectAsync(new Uri($"ws://127.0.0.1:{gateway.Port}/socket.io/?EIO=4&transport=websocket"), CancellationToken.None);
        await client.SendAsync(Encoding.ASCII.GetBytes("40/chat,"), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[4096];
        while (!Encoding.ASCII.GetString(buffer, 0, (await client.ReceiveAsync(buffer, CancellationToken.None)).Count).StartsWith("40/chat,", StringComparison.Ordinal))
        {
        }

        await PublishAsync(gateway, $"00-{ofBackEnd}-{Span}-01");
        await PublishAsync(gateway, $"00-{ofNobody}-{Span}-00");
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());

        Assert.True(collector.Has("traces", "/chat/connect", Bytes(ofClient), "rpc.system"));
        Assert.True(collector.Has("traces", "POST /api/v1/emit", Bytes(ofBackEnd)));
        // The grain that the back-end's request asked.
        Assert.True(collector.Has("traces", "Microsoft.Orleans.Application", Bytes(ofBackEnd)));
        Assert.False(collector.Has("traces", Bytes(ofNobody)));
        Assert.False(collector.Has("traces", "DeliverAsync"));
        Assert.True(collector.Has("metrics", "socketio.server.namespaces"));
        Assert.True(collector.Has("metrics", "socketio.relay.sent"));
        Assert.True(collector.Has("metrics", "socketio.publish.duration"));
        Assert.True(collector.Has("logs", "socketio-gateway", "Partition {Partition} of namespace {Namespace} starts"));
    }

    private static async Task PublishAsync(GatewayProcess gateway, string traceParent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "emit") { Content = JsonContent.Create(new { @namespace = "/chat", @event = "news" }) };
        request.Headers.Add("traceparent", traceParent);
        using var response = await gateway.Publish.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    private static byte[] Bytes(ActivityTraceId trace) => Convert.FromHexString(trace.ToHexString());
}
