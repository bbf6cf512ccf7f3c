using System.Collections.Concurrent;
using System.Diagnostics;

namespace SocketIO.Server.Tests;

/// <summary>Whoever listens to activities hears those of all servers: by itself, as others count what they allocate.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class TracingCollection
{
    public const string Name = "Tracing";
}

/// <summary>A trace that a client begins goes on in what its events do.</summary>
[Collection(TracingCollection.Name)]
public sealed class TracingTests : IDisposable
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly string _namespace = "/traced-" + Guid.NewGuid().ToString("N");

    public TracingTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "SocketIO.Server",
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            // Other tests have servers of their own at the same time.
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("rpc.service"), _namespace))
                {
                    _ended.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task What_a_client_does_is_of_the_trace_of_its_handshake()
    {
        await using var node = await Node.StartAsync();
        Activity? during = null;
        node.Io.Of(_namespace).OnConnection(socket => socket.On("sum", async (int a, int b) =>
        {
            await Task.Yield();
            during = Activity.Current;
            return a + b;
        }));
        var client = await ConnectAsync(node);

        await client.EmitWithAckAsync("sum", 1, 2);

        await Patience.Until(() => _ended.Count == 2);
        Assert.Equal([$"{_namespace}/connect", $"{_namespace}/sum"], _ended.Select(static activity => activity.DisplayName));
        Assert.All(_ended, static activity =>
        {
            Assert.Equal(Trace, activity.TraceId.ToHexString());
            Assert.Equal("b7ad6b7169203331", activity.ParentSpanId.ToHexString());
            Assert.Equal(ActivityKind.Server, activity.Kind);
            Assert.Equal("congo=t61rcWkgMzE", activity.TraceStateString);
            Assert.Equal("socketio", activity.GetTagItem("rpc.system"));
        });
        Assert.Equal("sum", during?.GetTagItem("rpc.method"));
    }

    [Fact]
    public async Task Each_event_of_a_client_that_began_no_trace_is_one_of_its_own()
    {
        await using var node = await Node.StartAsync();
        node.Io.Of(_namespace).OnConnection(static socket => socket.On("ask", static () => 1));
        var client = await node.ConnectAsync(_namespace);

        await client.EmitWithAckAsync("ask");
        await client.EmitWithAckAsync("ask");

        await Patience.Until(() => _ended.Count == 3);
        Assert.Equal(3, _ended.Select(static activity => activity.TraceId).Distinct().Count());
        Assert.All(_ended, static activity => Assert.Equal(default, activity.ParentSpanId));
    }

    [Theory]
    [InlineData("00-xyz-b7ad6b7169203331-01")]
    [InlineData("00-00000000000000000000000000000000-0000000000000000-01")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task A_traceparent_that_is_none_begins_a_trace_anew(string header)
    {
        await using var node = await Node.StartAsync();
        node.Io.Of(_namespace);
        await using var client = await TestClient.OpenAsync(node.Address, configure: options => options.SetRequestHeader("traceparent", header));
        await client.JoinAsync(_namespace);

        await Patience.Until(() => _ended.Count == 1);
        var activity = Assert.Single(_ended);
        Assert.Equal(default, activity.ParentSpanId);
        Assert.NotEqual(default, activity.TraceId);
    }

    [Fact]
    public async Task Names_that_no_handler_has_make_no_activities_of_their_own_name()
    {
        await using var node = await Node.StartAsync();
        node.Io.Of(_namespace);
        var client = await node.ConnectAsync(_namespace);

        await client.EmitAsync(new string('n', 1000));

        await Patience.Until(() => _ended.Count == 2);
        var activity = _ended.Last();
        Assert.Equal($"{_namespace}/_OTHER", activity.DisplayName);
        Assert.Equal(new string('n', 128), activity.GetTagItem("rpc.method_original"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_that_fails_is_an_error_of_its_activity(bool later)
    {
        await using var node = await Node.StartAsync();
        node.Io.Of(_namespace).OnConnection(socket => socket.On("fail", async () =>
        {
            if (later)
            {
                await Task.Yield();
            }

            throw new FormatException("no");
        }));
        var client = await node.ConnectAsync(_namespace);

        await client.EmitAsync("fail");

        await Patience.Until(() => _ended.Count == 2);
        var activity = _ended.Last();
        Assert.Equal(ActivityStatusCode.Error, activity.Status);
        Assert.Equal("System.FormatException", activity.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Unset, _ended.First().Status);
    }

    [Fact]
    public async Task An_event_is_traced_until_its_handler_ends_and_the_next_is_no_part_of_it()
    {
        await using var node = await Node.StartAsync();
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.Of(_namespace).OnConnection(socket =>
        {
            socket.On("long", () => end.Task);
            socket.On("short", static () => 1);
        });
        var client = await node.ConnectAsync(_namespace);

        await client.EmitAsync("long");
        await client.EmitWithAckAsync("short");

        await Patience.Until(() => _ended.Count == 2);
        var after = _ended.Last();
        Assert.Equal(($"{_namespace}/short", default), (after.DisplayName, after.ParentSpanId));
        end.SetResult();
        await Patience.Until(() => _ended.Count == 3);
        Assert.Equal($"{_namespace}/long", _ended.Last().DisplayName);
    }

    private async Task<TestSocket> ConnectAsync(Node node)
    {
        var client = await TestClient.OpenAsync(node.Address, configure: static options =>
        {
            options.SetRequestHeader("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
            options.SetRequestHeader("tracestate", "congo=t61rcWkgMzE");
        });
        return await client.JoinAsync(_namespace);
    }
}
