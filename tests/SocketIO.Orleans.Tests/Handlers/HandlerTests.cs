using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Metadata;
using Orleans.Runtime;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>A namespace that is served by grains of another service, which the gateways know by name alone.</summary>
#pragma warning disable CA1001 // DisposeAsync is xunit's, and disposes of the log.
public sealed class HandlerTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string Served = "/served";

    private readonly HandlerRecord _record = new();
    private readonly SiloLog _log = new();
    private readonly OrleansCluster _cluster;
    private IReadOnlyList<Node> _nodes = [];
    private IHost _service = null!;

    public HandlerTests() => _cluster = new OrleansCluster
    {
        ConfigureSilo = silo =>
        {
            silo.Services.AddSingleton<ILoggerProvider>(_log);
            silo.Services.PostConfigure<GrainTypeOptions>(static options => options.Classes.Remove(typeof(RecordingHandler)));
        },
    };

    public async Task InitializeAsync()
    {
        _nodes = await _cluster.StartAsync(
            2,
            static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions(),
            static options =>
            {
                options.Handlers["served"] = new NamespaceHandlerOptions { GrainType = RecordingHandler.TypeName, MaxQueuedBytes = 10_000 };
                options.Handlers["/one"] = new NamespaceHandlerOptions { GrainType = RecordingHandler.TypeName, Key = NamespaceHandlerKey.Namespace };
                options.Handlers["/nobody"] = new NamespaceHandlerOptions { GrainType = "not-there" };
            });
        await StartServiceAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _service.StopAsync();
        _service.Dispose();
        _log.Dispose();
    }

    [Fact]
    public Task A_service_is_no_gateway() => OrleansCluster.WaitForServersAsync(_nodes[0], 2);

    [Fact]
    public async Task The_handler_sees_how_a_client_came_in()
    {
        var client = await _nodes[0].ConnectAsync(Served, new { user = "ada" }, "&page=2");
        var handshake = _record.Handshakes[client.Id];
        Assert.Equal(new ClientSocket(Served, client.Id), handshake.Socket);
        Assert.Equal("2", handshake.GetQuery("page"));
        Assert.Equal("websocket", handshake.GetHeader("UPGRADE"));
        Assert.Null(handshake.GetHeader("nothing"));
        Assert.Equal("127.0.0.1", handshake.Address);
        Assert.StartsWith("/socket.io/", handshake.Url, StringComparison.Ordinal);
        Assert.False(handshake.IsSecure);
        Assert.False(handshake.Recovered);
        Assert.Empty(handshake.Claims);
        Assert.Equal(_nodes[0][client].Handshake.Issued, handshake.Issued);
    }

    [Fact]
    public async Task Who_is_accepted_has_its_rooms_and_data_and_is_a_member()
    {
        var client = await _nodes[1].ConnectAsync(Served, new { user = "ada" });
        var outside = _nodes[0].App.Services.GetRequiredService<IGrainFactory>().SocketIO(Served);
        var socket = Assert.Single(await outside.In("lobby").FetchSocketsAsync());
        Assert.Equal(new[] { client.Id, "lobby", MemberRoom.Of("user:ada") }.Order(), socket.Rooms.Order());
        Assert.Equal("ada", socket.GetData<string>("user"));
        Assert.Equal([1, 2], socket.GetData<byte[]>("key"));
        Assert.Equal("ada", _nodes[1][client].Data.Get<string>("user"));
    }

    [Fact]
    public async Task Who_is_refused_gets_the_handlers_message_and_data()
    {
        var refusal = (await Assert.ThrowsAsync<TestRefusedException>(() => _nodes[0].ConnectAsync(Served, new { user = "thief" }))).Payload;
        Assert.Equal("""{"message":"no thieves","data":{"code":7}}""", refusal.GetRawText());
    }

    [Fact]
    public async Task What_the_handler_returns_is_the_answer()
    {
        var client = await _nodes[0].ConnectAsync(Served);
        Assert.Equal(5, (await client.EmitWithAckAsync("sum", 2, 3)).Int(0));
        var reversed = await client.EmitWithAckAsync("reverse", new byte[] { 1, 2, 3 }, "more");
        Assert.Equal([3, 2, 1], reversed.Bytes(0));
        Assert.Equal(2, reversed.Int(1));
    }

    [Fact]
    public async Task The_handler_speaks_to_rooms_on_all_gateways()
    {
        var speaker = await _nodes[0].ConnectAsync(Served);
        var listener = await _nodes[1].ConnectAsync(Served);
        await speaker.EmitAsync("say", "hello");
        Assert.Equal("hello", (await listener.NextAsync("said")).Text(0));
    }

    [Theory]
    [InlineData(Served)]
    [InlineData("/one")]
    public async Task A_handler_is_keyed_by_its_socket_or_by_its_namespace(string ns)
    {
        var clients = new[] { await _nodes[0].ConnectAsync(ns, new { user = "ada" }), await _nodes[1].ConnectAsync(ns, new { user = "ada" }) };
        foreach (var client in clients)
        {
            var answer = await client.EmitWithAckAsync("who");
            Assert.Equal(ns == Served ? client.Id : ns, answer.Text(0));
            Assert.Equal(ns, answer.Text(1));
            Assert.Equal("user:ada", answer.Text(2));
        }
    }

    [Fact]
    public async Task Events_of_a_socket_are_handled_one_after_another_and_then_its_end()
    {
        var client = await _nodes[0].ConnectAsync(Served);
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _record.MayEnd = mayEnd.Task;
        for (var i = 0; i < 20; i++)
        {
            await client.EmitAsync($"event {i}");
        }

        await client.LeaveAsync();
        await Patience.Until(() => !_nodes[0].Io.Of(Served).Sockets.ContainsKey(client.Id));
        mayEnd.SetResult();
        await Patience.Until(() => _record.Calls.Count == 22);
        Assert.Equal(["connect", .. Enumerable.Range(0, 20).Select(static i => $"event {i}"), "disconnect: client namespace disconnect"], _record.Calls);
        Assert.Equal(1, _record.MostRunning);
    }

    [Fact]
    public async Task Sockets_of_one_handler_do_not_wait_for_each_other()
    {
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = await _nodes[0].ConnectAsync("/one");
        _record.MayEnd = mayEnd.Task;
        await slow.EmitAsync("slow");
        await Patience.Until(() => _record.Calls.Contains("slow"));
        _record.MayEnd = Task.CompletedTask;
        var other = await _nodes[1].ConnectAsync("/one");
        Assert.Equal(3, (await other.EmitWithAckAsync("sum", 1, 2)).Int(0));
        mayEnd.SetResult();
    }

    [Fact]
    public async Task A_client_that_is_faster_than_its_handler_is_not_read_from_and_loses_nothing()
    {
        var client = await _nodes[0].ConnectAsync(Served);
        var connection = _nodes[0][client].Connection;
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _record.MayEnd = mayEnd.Task;
        var text = new string('.', 4000);
        for (var i = 0; i < 10; i++)
        {
            await client.EmitAsync($"event {i}", text);
        }

        await Patience.Until(() => connection.IsReadingPaused);
        mayEnd.SetResult();
        Assert.Equal(3, (await client.EmitWithAckAsync("sum", 1, 2)).Int(0));
        Assert.False(connection.IsReadingPaused);
        Assert.Equal(["connect", .. Enumerable.Range(0, 10).Select(static i => $"event {i}"), "sum"], _record.Calls);
    }

    [Fact]
    public async Task An_exception_reaches_the_log_and_the_client_an_error_that_says_nothing_of_it()
    {
        var client = await _nodes[0].ConnectAsync(Served);
        var answer = await client.EmitWithAckAsync("throw");
        Assert.Equal("""{"error":{"code":"handler_failed","message":"The handler of this namespace has failed."}}""", answer.Args[0].GetRawText());
        await client.EmitAsync("throw");
        var error = (await client.NextAsync("handler_error")).Args[0];
        Assert.Equal("""{"code":"handler_failed","message":"The handler of this namespace has failed.","event":"throw"}""", error.GetRawText());
        var refusal = await Assert.ThrowsAsync<TestRefusedException>(() => _nodes[0].ConnectAsync(Served, new { user = "bomb" }));
        Assert.Equal("handler_failed", refusal.Payload.GetProperty("data").GetProperty("code").GetString());
        Assert.Equal(
            ["throw", "throw", "connect"],
            _log.Errors.Where(static error => error.Exception!.Message == "a secret of the application").Select(static error => error.Line.Split(": ")[1]));
        // The socket goes on.
        Assert.Equal(3, (await client.EmitWithAckAsync("sum", 1, 2)).Int(0));
    }

    [Fact]
    public async Task A_handler_that_no_silo_has_costs_the_client_an_error_and_the_log_a_line()
    {
        var refusal = await Assert.ThrowsAsync<TestRefusedException>(() => _nodes[0].ConnectAsync("/nobody"));
        Assert.Equal("handler_unavailable", refusal.Payload.GetProperty("data").GetProperty("code").GetString());
        var (_, line, exception) = Assert.Single(_log.Errors);
        Assert.Null(exception);
        Assert.Contains(" not-there,", line, StringComparison.Ordinal);
        Assert.Contains("/nobody", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_has_gone_costs_the_client_an_error_and_is_found_again_when_it_is_back()
    {
        var client = await _nodes[0].ConnectAsync(Served);
        await _service.StopAsync();
        _service.Dispose();
        await Patience.Until(() => _nodes.All(static node => !IsServed(node)));
        Assert.Equal("handler_unavailable", (await client.EmitWithAckAsync("sum", 1, 2)).Args[0].GetProperty("error").GetProperty("code").GetString());
        await StartServiceAsync();
        Assert.Equal(3, (await client.EmitWithAckAsync("sum", 1, 2)).Int(0));
    }

    [Fact]
    public async Task A_client_that_another_middleware_refuses_has_left_again()
    {
        _nodes[0].Io.Of(Served).Use(static (_, _) => throw new ConnectRefusedException("not here"));
        await Assert.ThrowsAsync<TestRefusedException>(() => _nodes[0].ConnectAsync(Served));
        await Patience.Until(() => _record.Calls.Count == 2);
        Assert.Equal(["connect", "disconnect: server namespace disconnect"], _record.Calls);
    }

    [Fact]
    public async Task A_client_that_goes_while_it_is_let_in_has_left_again()
    {
        var mayPass = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _nodes[0].Io.Of(Served).Use(async (_, next) =>
        {
            await mayPass.Task;
            await next();
        });
        var client = await _nodes[0].OpenAsync();
        await client.StartJoinAsync(Served);
        await Patience.Until(() => _record.Calls.Count == 1);
        client.Abort();
        await Patience.Until(() => _nodes[0].Io.Engine.ClientsCount == 0);
        mayPass.SetResult();
        await Patience.Until(() => _record.Calls.Count == 2);
        Assert.Equal(["connect", "disconnect: transport close"], _record.Calls);
    }

    [Fact]
    public async Task A_client_that_comes_back_to_its_session_connects_again()
    {
        var client = await _nodes[0].ConnectAsync(Served, new { user = "ada" });
        _nodes[0].Io.Of(Served).Emit("news");
        await client.NextAsync("news");
        client.Client.Abort();
        await Patience.Until(() => _record.Calls.Contains("disconnect: transport close"));
        await _cluster.Storage.WhenSavedAsync(client.PrivateId!, "lobby");
        var returned = await _nodes[1].ConnectAsync(Served, new { user = "ada", pid = client.PrivateId, offset = client.Offset });
        Assert.Equal(client.Id, returned.Id);
        Assert.Equal(3, (await returned.EmitWithAckAsync("sum", 1, 2)).Int(0));
        Assert.Equal(["connect", "disconnect: transport close", "connect again", "sum"], _record.Calls);
    }

    [Fact]
    public async Task A_gateway_that_ends_says_so_for_all_its_sockets()
    {
        await _nodes[1].ConnectAsync(Served);
        await _nodes[1].ConnectAsync("/one");
        await _nodes[1].App.StopAsync();
        Assert.Equal(["connect", "connect", "disconnect: server shutting down", "disconnect: server shutting down"], _record.Calls.Order());
    }

    [Fact]
    public async Task A_grain_that_is_no_handler_stops_the_start()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(
            () => _cluster.StartNodeAsync(null, static options => options.Handlers["/a"] = new NamespaceHandlerOptions { GrainType = "asking" }));
        Assert.Contains("Handlers[\"/a\"].GrainType is \"asking\", a grain that does not implement INamespaceHandler", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1, 0, "GrainType is \"\"")]
    [InlineData("a", 0, 0, "MaxQueuedBytes is 0")]
    [InlineData("a", 1, 7, "Key is 7")]
    public void An_entry_that_makes_no_sense_is_named(string grainType, int maxQueuedBytes, int key, string message)
    {
        var services = new ServiceCollection();
        services.AddSocketIO().UseOrleans(options =>
            options.Handlers["/a"] = new NamespaceHandlerOptions { GrainType = grainType, MaxQueuedBytes = maxQueuedBytes, Key = (NamespaceHandlerKey)key });
        using var provider = services.BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<SocketIOClusterOptions>>().Value);
        Assert.Contains($"Handlers[\"/a\"].{message}", error.Message, StringComparison.Ordinal);
    }

    private static bool IsServed(Node node) => node.App.Services.GetRequiredService<IClusterManifestProvider>().Current.AllGrainManifests
        .Any(static manifest => manifest.Grains.ContainsKey(GrainType.Create(RecordingHandler.TypeName)));

    private async Task StartServiceAsync()
    {
        _service = await _cluster.StartServiceAsync(silo =>
        {
            silo.Services.AddSingleton(_record);
            // Added again: the silos of this cluster are without it.
            silo.Services.PostConfigure<GrainTypeOptions>(static options => options.Classes.Add(typeof(RecordingHandler)));
        });
        // The gateways learn in their own time of what a silo has.
        await Patience.Until(() => _nodes.All(IsServed));
    }
}
