using System.Text;
using System.Text.RegularExpressions;
using SocketIO.Server;

namespace SocketIO.Cluster.Tests;

/// <summary>What only a cluster has to show: partitions and gateways that die, and links that are cut.</summary>
public sealed class ClusterAdapterTests : IAsyncLifetime
{
    private static readonly PartitionKey Main = new("/", 0);

    private readonly List<Node> _nodes = [];
    private MemoryCluster _cluster = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task B06_local_sockets_get_a_broadcast_that_can_not_be_published()
    {
        _cluster = new MemoryCluster { Options = new ClusterOptions { Outbox = new PublisherOutboxOptions { MaxPackets = 2 }, CloseTimeout = TimeSpan.Zero } };
        var clients = await StartAsync();
        _cluster.IsCut = true;
        var adapter = _nodes[0].Io.Sockets.Adapter;
        var payload = new EventPayload("""["test"]"""u8.ToArray());
        await adapter.BroadcastAsync(payload, BroadcastOptions.All);
        await adapter.BroadcastAsync(payload, BroadcastOptions.All);

        await Assert.ThrowsAsync<ClusterUnavailableException>(() => adapter.BroadcastAsync(payload, BroadcastOptions.All).AsTask());

        await clients[0].NextAsync("test");
        await Assert.ThrowsAsync<ClusterUnavailableException>(() => adapter.FetchSocketsAsync(BroadcastOptions.All).AsTask());
        _cluster.IsCut = false;
        // The two that waited come late, to all.
        foreach (var client in clients)
        {
            await client.NextAsync("test");
            await client.NextAsync("test");
        }
    }

    [Fact]
    public async Task A_namespace_too_many_for_the_cluster_is_refused_everywhere()
    {
        _cluster = new MemoryCluster { Options = new ClusterOptions { MaxNamespaces = 2 } };
        var clients = await StartAsync();
        _nodes[0].Io.Of(new Regex("^/tenant-"));
        var tenant = await _nodes[0].ConnectAsync("/tenant-1");
        _nodes[0].Io.Of("/tenant-1").Emit("test");
        await tenant.NextAsync("test");

        var refused = await Assert.ThrowsAsync<TestRefusedException>(() => _nodes[0].ConnectAsync("/tenant-2"));

        Assert.Equal("Invalid namespace", refused.Text);
        Assert.Throws<ClusterUnavailableException>(() => _nodes[1].Io.Of("/other"));
        _nodes[1].Io.Of("/tenant-1").Emit("test");
        await tenant.NextAsync("test");
        _nodes[2].Io.Emit("test");
        await clients[0].NextAsync("test");
    }

    [Fact]
    public async Task B27_foreign_messages_are_passed_over()
    {
        var clients = await StartAsync();
        foreach (var bytes in (byte[][])[[], [1], [1, 2], [99, 2, 0], [1, 200, 0, 0], "not ours at all"u8.ToArray()])
        {
            _cluster.Inject(Main, bytes);
        }

        _nodes[0].Io.Emit("test");
        foreach (var client in clients)
        {
            await client.NextAsync("test");
        }
    }

    [Fact]
    public async Task A_join_that_can_not_be_published_is_published_when_it_can_be()
    {
        _cluster = new MemoryCluster { Options = new ClusterOptions { Outbox = new PublisherOutboxOptions { MaxPackets = 1 }, CloseTimeout = TimeSpan.Zero } };
        var clients = await StartAsync();
        _cluster.IsCut = true;
        var socket = _nodes[1][clients[1]];
        var first = socket.JoinAsync("first").AsTask();
        var second = socket.JoinAsync("second").AsTask();
        var third = socket.JoinAsync("third").AsTask();
        await socket.LeaveAsync("third");
        Assert.False(first.IsCompleted || second.IsCompleted);

        _cluster.IsCut = false;

        await Patience.Within(Task.WhenAll(first, second, third));
        foreach (var room in (string[])["second", "third", "first"])
        {
            await _nodes[0].Io.Sockets.Adapter.BroadcastAsync(new EventPayload(Encoding.UTF8.GetBytes($"""["test","{room}"]""")), new BroadcastOptions { Rooms = [room] });
            await _cluster.WhenPublishedAsync(_nodes[0]);
        }

        Assert.Equal("second", (await clients[1].NextAsync("test")).Text(0));
        Assert.Equal("first", (await clients[1].NextAsync("test")).Text(0));
    }

    [Fact]
    public async Task Promise2_and_3_all_see_one_order_and_everything_once_though_the_sequencer_dies_again_and_again()
    {
        const int perNode = 300;
        _cluster = Impatient();
        var clients = await StartAsync();
        foreach (var client in clients)
        {
            await NodeOf(client)[client].JoinAsync("room1", "room2");
        }

        var publishing = _nodes.Select((node, number) => Task.Run(async () =>
        {
            for (var i = 0; i < perNode; i++)
            {
                node.Io.To("room1", "room2").Emit("test", number, i);
                if (i % 50 == 0)
                {
                    await Task.Delay(10);
                }
            }
        })).ToArray();
        while (!Array.TrueForAll(publishing, static task => task.IsCompleted))
        {
            _cluster.KillPartition(Main);
            await Task.Delay(25);
        }

        await Task.WhenAll(publishing);
        var orders = await Task.WhenAll(clients.Select(async client =>
        {
            var order = new List<(int Node, int Number)>();
            while (order.Count < perNode * _nodes.Count)
            {
                var received = await client.NextAsync("test");
                order.Add((received.Int(0), received.Int(1)));
            }

            return order;
        }));

        Assert.Equal(perNode * _nodes.Count, orders[0].Distinct().Count());
        Assert.All(orders, order => Assert.Equal(orders[0], order));
        for (var node = 0; node < _nodes.Count; node++)
        {
            Assert.Equal(Enumerable.Range(0, perNode), orders[0].Where(packet => packet.Node == node).Select(static packet => packet.Number));
        }

        Assert.True(_cluster.Activations > 1);
    }

    [Fact]
    public async Task Promise5_the_sockets_of_a_dead_gateway_are_in_no_list_and_the_others_go_on()
    {
        var clients = await StartAsync();
        foreach (var client in clients)
        {
            await NodeOf(client)[client].JoinAsync("room1");
        }

        _cluster.KillGateway(_nodes[2]);

        var living = clients.Take(2).Select(static client => client.Id).Order().ToList();
        Assert.Equal(living, (await _nodes[0].Io.FetchSocketsAsync()).Select(static socket => socket.Id).Order());
        Assert.Equal(living, (await _nodes[1].Io.In("room1").FetchSocketsAsync()).Select(static socket => socket.Id).Order());
        _nodes[0].Io.To("room1").Emit("test");
        await clients[0].NextAsync("test");
        await clients[1].NextAsync("test");
        Assert.Equal(2, await _nodes[0].Io.Sockets.Adapter.GetServerCountAsync());
    }

    [Fact]
    public async Task Promise7_a_dead_gateways_answers_are_not_waited_for()
    {
        var clients = await StartAsync();
        clients[0].Answer = _ => ["here"];
        clients[1].Answer = _ => ["here"];
        var answers = _nodes[0].Io.Timeout(TimeSpan.FromHours(1)).EmitWithAckAsync<string>("question");
        await clients[2].NextAsync("question");

        _cluster.KillGateway(_nodes[2]);

        Assert.Equal(["here", "here"], await Patience.Within(answers));
    }

    [Fact]
    public async Task A_node_that_comes_later_gets_what_is_sent_from_then_on()
    {
        var clients = await StartAsync();
        _nodes[0].Io.Emit("early");
        foreach (var client in clients)
        {
            await client.NextAsync("early");
        }

        _nodes.Add(await _cluster.StartNodeAsync(static _ => { }));
        var late = await _nodes[3].ConnectAsync();
        await _nodes[3][late].JoinAsync("room1");
        _nodes[0].Io.To("room1").Emit("test", 1);
        _nodes[3].Io.Emit("test", 2);

        Assert.Equal(1, (await late.NextAsync("test")).Int(0));
        Assert.Equal(2, (await late.NextAsync("test")).Int(0));
        Assert.Equal(2, (await clients[0].NextAsync("test")).Int(0));
        Assert.Equal(4, (await _nodes[1].Io.FetchSocketsAsync()).Count);
    }

    [Fact]
    public async Task A_namespace_that_one_node_alone_has_is_asked_there()
    {
        await StartAsync();
        _nodes[1].Io.Of("/only-here");
        var client = await _nodes[1].ConnectAsync("/only-here");

        Assert.Equal(client.Id, Assert.Single(await _nodes[1].Io.Of("/only-here").FetchSocketsAsync()).Id);
        Assert.Empty(await _nodes[1].Io.Of("/only-here").ServerSideEmitWithAckAsync<int>("ask"));
    }

    [Fact]
    public async Task Promise6_a_client_comes_back_though_its_gateway_is_dead()
    {
        _cluster = Impatient();
        var clients = await StartAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        var lost = clients[2];
        _nodes[2][lost].Data["user"] = "Grace";
        await _nodes[2][lost].JoinAsync("room1");
        _nodes[0].Io.To(lost.Id).Emit("first");
        await lost.NextAsync("first");
        await _cluster.Sessions.WhenSavedAsync(lost.PrivateId!, "room1");

        _cluster.KillGateway(_nodes[2]);
        for (var i = 0; i < 20; i++)
        {
            _nodes[0].Io.To("room1").Emit("missed", i);
            _nodes[0].Io.To("room2").Emit("missed", -1);
            _nodes[0].Io.To(lost.Id).Emit("missed", 100 + i);
        }

        var back = await _nodes[1].ConnectAsync(auth: new { pid = lost.PrivateId, offset = lost.Offset });

        Assert.Equal(lost.Id, back.Id);
        Assert.Equal("Grace", _nodes[1][back].Data.Get<string>("user"));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i, (await back.NextAsync("missed")).Int(0));
            Assert.Equal(100 + i, (await back.NextAsync("missed")).Int(0));
        }

        // Its id was made elsewhere; it is found all the same.
        _nodes[0].Io.To(lost.Id).Emit("missed", "now");
        Assert.Equal("now", (await back.NextAsync("missed")).Text(0));
    }

    [Fact]
    public async Task Promise6_a_client_comes_back_though_its_gateway_and_the_sequencer_died_together()
    {
        _cluster = Impatient();
        await StartAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        for (var round = 0; round < 3; round++)
        {
            var owner = await _cluster.StartNodeAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
            _nodes.Add(owner);
            var lost = await owner.ConnectAsync();
            await owner[lost].JoinAsync("room1");
            _nodes[0].Io.To(lost.Id).Emit("first");
            await lost.NextAsync("first");
            // Time goes by: the order moves on with what is for others, for nobody, and for the client alone, who does not read any more.
            lost.Client.Abort();
            for (var i = 0; i < 200; i++)
            {
                _nodes[i % 2].Io.To("elsewhere").Emit("other");
                if (i % 40 == 0)
                {
                    _nodes[i % 2].Io.To(lost.Id).Emit("missed", i);
                }
            }

            await _cluster.WhenPublishedAsync(_nodes[0]);
            await _cluster.WhenPublishedAsync(_nodes[1]);
            await _cluster.Sessions.WhenSavedAsync(lost.PrivateId!, "room1");
            _cluster.KillPartition(Main);
            _cluster.KillGateway(owner);
            _nodes[0].Io.To("room1").Emit("missed", 200);

            var back = await _nodes[1].ConnectAsync(auth: new { pid = lost.PrivateId, offset = lost.Offset });

            Assert.Equal(lost.Id, back.Id);
            foreach (var number in (int[])[0, 40, 80, 120, 160, 200])
            {
                Assert.Equal(number, (await back.NextAsync("missed")).Int(0));
            }
        }
    }

    [Fact]
    public async Task Promise6_no_client_comes_back_to_a_gap_though_the_sequencer_dies()
    {
        _cluster = Impatient();
        var clients = await StartAsync(static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        var recovered = 0;
        for (var round = 0; round < 10; round++)
        {
            var client = await _nodes[round % 3].ConnectAsync();
            await _nodes[round % 3][client].JoinAsync("room1");
            _nodes[0].Io.To(client.Id).Emit("test", -1);
            await client.NextAsync("test");
            client.Client.Abort();
            for (var i = 0; i < 10; i++)
            {
                _nodes[i % 3].Io.To("room1").Emit("test", i);
                if (i == 5 && round % 2 == 1)
                {
                    _cluster.KillPartition(Main);
                }
            }

            // Once the last was sequenced: then a gap would be one.
            await _nodes[0].Io.FetchSocketsAsync();
            var back = await _nodes[(round + 1) % 3].ConnectAsync(auth: new { pid = client.PrivateId, offset = client.Offset });
            if (back.Id == client.Id)
            {
                recovered++;
                var seen = new HashSet<int>();
                while (seen.Count < 10)
                {
                    Assert.True(seen.Add((await back.NextAsync("test")).Int(0)));
                }
            }
        }

        Assert.True(recovered >= 5);
        Assert.NotEmpty(clients);
    }

    private static MemoryCluster Impatient() => new()
    {
        Options = new ClusterOptions
        {
            TickInterval = TimeSpan.FromMilliseconds(20),
            QueryRetryDelay = TimeSpan.FromMilliseconds(100),
            Outbox = new PublisherOutboxOptions { RetryAfter = TimeSpan.FromMilliseconds(50) },
        },
        PartitionOptions = new PartitionOptions { RetryAfter = TimeSpan.FromMilliseconds(50) },
    };

    private Node NodeOf(TestSocket client) => _nodes.Single(node => node.Io.Sockets.Sockets.ContainsKey(client.Id));

    private async Task<IReadOnlyList<TestSocket>> StartAsync(Action<SocketIOOptions>? configure = null)
    {
        var clients = new List<TestSocket>();
        for (var i = 0; i < 3; i++)
        {
            _nodes.Add(await _cluster.StartNodeAsync(configure ?? (static _ => { })));
            clients.Add(await _nodes[i].ConnectAsync());
        }

        // All three are admitted.
        Assert.Equal(3, (await _nodes[0].Io.FetchSocketsAsync()).Count);
        return clients;
    }
}
