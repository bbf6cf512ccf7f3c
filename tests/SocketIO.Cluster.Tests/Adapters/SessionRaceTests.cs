using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>Clients that come back while their sessions are being written: whoever owned a session last knows more of it than the storage.</summary>
public sealed class SessionRaceTests : IAsyncLifetime
{
    private readonly MemoryCluster _cluster = new();
    private readonly TaskCompletionSource _saves = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Node> _nodes = [];

    public async Task InitializeAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            _nodes.Add(await _cluster.StartNodeAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { SkipMiddlewares = false }));
        }
    }

    public async Task DisposeAsync()
    {
        _saves.TrySetResult();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_refused_because_the_client_is_back_comes_from_the_owner(bool isLost)
    {
        var client = await ConnectUnsavedAsync();
        if (isLost)
        {
            await LoseAsync(client);
        }

        // The claim is first; what the owner writes after it is refused before the question what it knows arrives there.
        _cluster.Sessions.Claimed = async () =>
        {
            _saves.TrySetResult();
            await Patience.Until(() => _cluster.Sessions.Refused > 0);
            await Task.Delay(100);
        };

        AssertBack(client, _nodes[1], await ReturnAsync(1, client));
    }

    [Fact]
    public async Task What_is_known_goes_on_though_the_client_is_at_a_third_before_it_is_at_the_second()
    {
        var client = await ConnectUnsavedAsync();
        await LoseAsync(client);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _nodes[1].Io.Use(async (_, next) =>
        {
            arrived.SetResult();
            await mayGoOn.Task;
            await next();
        });
        var second = await _nodes[1].OpenAsync();
        await second.StartJoinAsync(auth: new { pid = client.PrivateId, offset = client.Offset });
        await Patience.Within(arrived.Task);

        var third = await ReturnAsync(2, client);
        mayGoOn.SetResult();

        await second.Closed;
        AssertBack(client, _nodes[2], third);
        _nodes[0].Io.To("room1").Emit("test");
        await third.NextAsync("test");
    }

    [Fact]
    public async Task Who_is_refused_by_a_middleware_may_try_again()
    {
        var client = await ConnectUnsavedAsync();
        _saves.SetResult();
        await LoseAsync(client);
        _nodes[1].Io.Use(static (_, _) => throw new ConnectRefusedException("not now"));

        await Assert.ThrowsAsync<TestRefusedException>(() => ReturnAsync(1, client));

        AssertBack(client, _nodes[2], await ReturnAsync(2, client));
    }

    [Fact]
    public async Task A_socket_that_is_late_to_end_does_not_end_the_session_that_goes_on()
    {
        var client = await ConnectUnsavedAsync();
        _saves.SetResult();
        var ending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayEnd = new TaskCompletionSource();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _nodes[0][client].OnDisconnecting(_ =>
        {
            ending.SetResult();
            mayEnd.Task.Wait();
        });
        _nodes[0][client].OnDisconnect(_ => ended.SetResult());
        client.Client.Abort();
        await Patience.Within(ending.Task);
        var back = await ReturnAsync(0, client);
        mayEnd.SetResult();
        await Patience.Within(ended.Task);

        AssertBack(client, _nodes[0], back);
        await _nodes[0][back].JoinAsync("room2");
        await Patience.Within(_cluster.Sessions.WhenSavedAsync(client.PrivateId!, "room2"));
    }

    [Fact]
    public async Task An_attempt_that_another_one_has_overtaken_leaves_it_alone()
    {
        var client = await ConnectUnsavedAsync();
        _saves.SetResult();
        await LoseAsync(client);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempts = 0;
        _nodes[1].Io.Use(async (_, next) =>
        {
            if (++attempts == 1)
            {
                arrived.SetResult();
                await mayGoOn.Task;
            }

            await next();
        });
        var first = await _nodes[1].OpenAsync();
        await first.StartJoinAsync(auth: new { pid = client.PrivateId, offset = client.Offset });
        await Patience.Within(arrived.Task);

        var second = await ReturnAsync(1, client);
        mayGoOn.SetResult();
        await first.Closed;

        AssertBack(client, _nodes[1], second);
        _nodes[0].Io.Emit("test");
        await second.NextAsync("test");
        _nodes[0].Io.To(client.Id).Emit("test");
        await second.NextAsync("test");
        // What it owns is written, as before.
        await _nodes[1][second].JoinAsync("room2");
        await Patience.Within(_cluster.Sessions.WhenSavedAsync(client.PrivateId!, "room2"));
        await LoseAsync(second, _nodes[1]);
        Assert.Equal(client.Id, (await ReturnAsync(2, client, second)).Id);
    }

    [Fact]
    public async Task A_session_that_has_grown_beyond_its_bound_is_not_come_back_to_as_it_was()
    {
        var client = await ConnectUnsavedAsync();
        _saves.SetResult();
        await Patience.Within(_cluster.Sessions.WhenSavedAsync(client.PrivateId!, "room1"));
        _nodes[0][client].Data["large"] = new string('x', new SessionOptions().MaxStateBytes);
        await LoseAsync(client);

        var back = await ReturnAsync(1, client);

        Assert.NotEqual(client.Id, back.Id);
        Assert.False(_nodes[1][back].Recovered);
    }

    // In a room that the storage does not know of.
    private async Task<TestSocket> ConnectUnsavedAsync()
    {
        _cluster.Sessions.MaySave = _saves.Task;
        var client = await _nodes[0].ConnectAsync();
        await _nodes[0][client].JoinAsync("room1");
        _nodes[0].Io.To(client.Id).Emit("first");
        await client.NextAsync("first");
        return client;
    }

    private async Task LoseAsync(TestSocket client, Node? node = null)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (node ?? _nodes[0])[client].OnDisconnect(_ => gone.TrySetResult());
        client.Client.Abort();
        await Patience.Within(gone.Task);
    }

    private Task<TestSocket> ReturnAsync(int node, TestSocket lost, TestSocket? last = null) =>
        _nodes[node].ConnectAsync(auth: new { pid = lost.PrivateId, offset = (last ?? lost).Offset });

    private static void AssertBack(TestSocket lost, Node node, TestSocket back)
    {
        Assert.Equal(lost.Id, back.Id);
        Assert.Equal(new[] { lost.Id, "room1" }.Order(), node[back].Rooms.Order());
    }
}
