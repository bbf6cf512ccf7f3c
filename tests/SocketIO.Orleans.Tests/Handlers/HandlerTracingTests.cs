using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>The trace that a client begins goes on in the grains that serve its namespace.</summary>
public sealed class HandlerTracingTests : IDisposable
{
    private readonly string _trace = Guid.NewGuid().ToString("N");
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public HandlerTracingTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "SocketIO.Server" or "SocketIO.Orleans" or "Microsoft.Orleans.Application",
            // What other tests do meanwhile is none of this trace.
            Sample = (ref options) => options.Parent.TraceId.ToHexString() == _trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = activity => _ended.Enqueue(activity),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Calls_of_handler_grains_are_of_the_trace_of_the_clients_handshake()
    {
        var record = new HandlerRecord();
        var cluster = new OrleansCluster
        {
            ConfigureSilo = silo =>
            {
                silo.Services.AddSingleton(record);
                silo.AddActivityPropagation();
            },
        };
        await using var node = await cluster.StartNodeAsync(cluster: static options => options.Handlers["/served"] = new NamespaceHandlerOptions { GrainType = RecordingHandler.TypeName });
        await using var client = await TestClient.OpenAsync(node.Address, configure: options => options.SetRequestHeader("traceparent", $"00-{_trace}-b7ad6b7169203331-01"));
        var socket = await client.JoinAsync("/served");

        Assert.Equal(5, (await socket.EmitWithAckAsync("sum", 2, 3)).Int(0));
        await socket.LeaveAsync();

        await Patience.Until(() => record.Calls.Count == 3 && _ended.Count(static activity => activity.Source.Name == "SocketIO.Orleans") == 2);
        var served = _ended.Where(static activity => activity is { Source.Name: "Microsoft.Orleans.Application", Kind: ActivityKind.Server }).Select(static activity => activity.DisplayName);
        Assert.Equal(
            ["INamespaceHandler/ConnectAsync", "INamespaceHandler/OnDisconnectAsync", "INamespaceHandler/OnEventAsync"],
            served.Where(static name => name.StartsWith("INamespaceHandler/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(["/served disconnect", "/served event"], Names("SocketIO.Orleans"));
        Assert.Equal(["/served/_OTHER", "/served/connect"], Names("SocketIO.Server"));
        Assert.DoesNotContain(_ended, static activity => activity.DisplayName.Contains("ReceiveAsync", StringComparison.Ordinal) || activity.DisplayName.Contains("DeliverAsync", StringComparison.Ordinal));

        // The call is a part of the event, and no part of a call before it.
        var call = _ended.Single(static activity => activity.DisplayName == "/served event");
        Assert.Equal(_ended.Single(static activity => activity.DisplayName == "/served/_OTHER").SpanId, call.ParentSpanId);
    }

    private IEnumerable<string> Names(string source) =>
        _ended.Where(activity => activity.Source.Name == source).Select(static activity => activity.DisplayName).Order(StringComparer.Ordinal);
}
