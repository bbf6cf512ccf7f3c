using System.Diagnostics;
using Orleans;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>The cluster's promises on silos that are killed. Three nodes; the one that dies is chosen by each test.</summary>
public sealed class PromiseTests : IAsyncLifetime
{
    private const int Rounds = 150;

    private readonly OrleansCluster _cluster = new() { NoticesDeathSoon = true };
    private List<Node> _nodes = [];

    public async Task InitializeAsync() => _nodes = [.. await _cluster.StartAsync(
        3,
        static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions(),
        static options => options.CloseTimeout = TimeSpan.Zero)];

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _cluster.WhenEndedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Promise2_what_is_sent_to_several_rooms_arrives_once_though_a_silo_dies(bool isSequencer)
    {
        var victim = await FindAsync(isSequencer);
        var (publisher, other) = Others(victim);
        var clients = new[] { await ConnectAsync(publisher, "red", "green"), await ConnectAsync(other, "red", "green", "blue"), await ConnectAsync(other, "blue") };
        await ConnectAsync(victim, "red", "green", "blue");
        await PublishAsync(victim, async i =>
        {
            publisher.Io.To("red", "green", "blue").Emit("news", i);
            await Task.Yield();
        });
        foreach (var client in clients)
        {
            Assert.Equal(Enumerable.Range(0, Rounds), await ReadAsync(client, Rounds));
        }
    }

    [Fact]
    public Task Promise3_order_survives_the_death_of_the_sequencer() => SeeOneOrderAsync(isSequencer: true);

    [Fact]
    public Task Promise3_order_survives_the_death_of_another_gateway() => SeeOneOrderAsync(isSequencer: false);

    [Fact]
    public async Task Promise3_joins_and_leaves_keep_their_place_though_the_sequencer_dies()
    {
        var victim = await FindAsync(isSequencer: true);
        var (publisher, other) = Others(victim);
        var client = await ConnectAsync(other);
        var socket = other[client];
        await PublishAsync(victim, async i =>
        {
            await socket.JoinAsync("room");
            publisher.Io.To("room").Emit("in", i);
            await DeliverAsync(publisher);
            await socket.LeaveAsync("room");
            publisher.Io.To("room").Emit("out", i);
            await DeliverAsync(publisher);
        }, rounds: 20);
        publisher.Io.Emit("end", 0);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i, (await client.NextAsync("in")).Int(0));
        }

        await client.NextAsync("end");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Promise5_a_dead_gateways_sockets_leave_all_lists_and_broadcasts_go_on(bool isSequencer)
    {
        var victim = await FindAsync(isSequencer);
        var (publisher, other) = Others(victim);
        var clients = new[] { await ConnectAsync(publisher, "room"), await ConnectAsync(other, "room") };
        var ghost = await ConnectAsync(victim, "room");
        Assert.Equal(3, (await publisher.Io.In("room").FetchSocketsAsync()).Count);
        Kill(victim);
        await OrleansCluster.WaitForServersAsync(publisher, 2);
        await OrleansCluster.WaitForServersAsync(other, 2);
        foreach (var node in _nodes)
        {
            var found = await Eventually(async () => await node.Io.In("room").FetchSocketsAsync());
            Assert.Equal(clients.Select(static client => client.Id).Order(), found.Select(static socket => socket.Id).Order());
            Assert.DoesNotContain(ghost.Id, found.Select(static socket => socket.Id));
        }

        publisher.Io.To("room").Emit("news", 1);
        foreach (var client in clients)
        {
            Assert.Equal([1], await ReadAsync(client, 1));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Promise6_who_was_at_a_gateway_that_died_is_back_at_another_with_all_that_was_sent(bool isSequencer)
    {
        var victim = await FindAsync(isSequencer);
        var (publisher, other) = Others(victim);
        var lost = await ConnectAsync(victim, "room");
        victim[lost].Data["user"] = "Grace";
        publisher.Io.To("room").Emit("news", -1);
        await lost.NextAsync("news");
        await _cluster.Storage.WhenSavedAsync(lost.PrivateId!, "room");
        Kill(victim);
        for (var i = 0; i < Rounds; i++)
        {
            publisher.Io.To("room").Emit("news", i);
        }

        var back = await Patience.Within(other.ConnectAsync(auth: new { pid = lost.PrivateId, offset = lost.Offset }));
        Assert.Equal(lost.Id, back.Id);
        Assert.Contains("room", other[back].Rooms);
        Assert.Equal("Grace", other[back].Data.Get<string>("user"));
        Assert.Equal(Enumerable.Range(0, Rounds), await ReadAsync(back, Rounds));
    }

    [Fact]
    public async Task Promise7_a_dead_gateways_share_of_the_answers_ends_with_its_membership()
    {
        var victim = await FindAsync(isSequencer: false);
        var (publisher, other) = Others(victim);
        var living = await ConnectAsync(other);
        living.Answer = _ => ["here"];
        var silent = await ConnectAsync(victim);
        var answers = publisher.Io.Timeout(TimeSpan.FromSeconds(60)).EmitWithAckAsync<string>("who");
        await silent.NextAsync("who");
        await living.NextAsync("who");
        Kill(victim);
        Assert.Equal(["here"], await Patience.Within(answers));
    }

    [Fact]
    public async Task A_silo_that_joins_gets_what_is_sent_from_then_on()
    {
        var before = await ConnectAsync(_nodes[0], "room");
        var joined = await _cluster.StartNodeAsync();
        _nodes.Add(joined);
        var client = await ConnectAsync(joined, "room");
        _nodes[1].Io.To("room").Emit("news", 1);
        Assert.Equal([1], await ReadAsync(client, 1));
        Assert.Equal([1], await ReadAsync(before, 1));
    }

    [Fact]
    public async Task While_the_storage_is_out_nothing_is_lost_and_all_arrives_after()
    {
        var victim = await FindAsync(isSequencer: true);
        var (publisher, other) = Others(victim);
        var client = await ConnectAsync(other, "room");
        _cluster.Storage.Outage = new IOException("The storage is out.");
        Kill(victim);
        await OrleansCluster.WaitForServersAsync(publisher, 2);
        for (var i = 0; i < Rounds; i++)
        {
            publisher.Io.To("room").Emit("news", i);
        }

        // A new partition can't begin: whoever asks waits in vain.
        await Assert.ThrowsAsync<AckTimeoutException>(() => publisher.Io.Timeout(TimeSpan.FromSeconds(1)).FetchSocketsAsync().AsTask());
        _cluster.Storage.Outage = null;
        Assert.Equal(Enumerable.Range(0, Rounds), await ReadAsync(client, Rounds));
    }

    private async Task SeeOneOrderAsync(bool isSequencer)
    {
        var victim = await FindAsync(isSequencer);
        var (first, second) = Others(victim);
        var clients = new[] { await ConnectAsync(first, "room"), await ConnectAsync(second, "room"), await ConnectAsync(second, "room") };
        await ConnectAsync(victim, "room");
        await PublishAsync(victim, async i =>
        {
            first.Io.To("room").Emit("news", i);
            second.Io.To("room").Emit("news", Rounds + i);
            await Task.Yield();
        });
        var seen = new List<IReadOnlyList<int>>();
        foreach (var client in clients)
        {
            seen.Add(await ReadAsync(client, 2 * Rounds));
        }

        Assert.Equal(Enumerable.Range(0, Rounds), seen[0].Where(static i => i < Rounds));
        Assert.Equal(Enumerable.Range(Rounds, Rounds), seen[0].Where(static i => i >= Rounds));
        Assert.Equal(seen[0], seen[1]);
        Assert.Equal(seen[0], seen[2]);
    }

    /// <summary>The node that sequences the main namespace, or one that does not.</summary>
    private async Task<Node> FindAsync(bool isSequencer)
    {
        _nodes[0].Io.Emit("wake");
        await _nodes[0].Io.FetchSocketsAsync();
        var sequencer = await OrleansCluster.FindPartitionAsync(_nodes);
        return isSequencer ? sequencer : _nodes.First(node => node != sequencer);
    }

    private (Node First, Node Second) Others(Node victim)
    {
        var others = _nodes.FindAll(node => node != victim);
        return (others[0], others[1]);
    }

    private static async Task<TestSocket> ConnectAsync(Node node, params string[] rooms)
    {
        var client = await node.ConnectAsync();
        await node[client].JoinAsync(rooms);
        return client;
    }

    private void Kill(Node victim)
    {
        _nodes.Remove(victim);
        _cluster.Kill(victim);
    }

    /// <summary>Publishes round after round; a third of the way, a node dies.</summary>
    private async Task PublishAsync(Node victim, Func<int, Task> publish, int rounds = Rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            if (i == rounds / 3)
            {
                Kill(victim);
            }

            await publish(i);
            await Task.Delay(1);
        }
    }

    /// <summary>Waits until all that a node has published was delivered: a question comes after it, and so do its answers.</summary>
    private static async Task DeliverAsync(Node publisher) => await publisher.Io.Timeout(TimeSpan.FromSeconds(20)).FetchSocketsAsync();

    private static async Task<IReadOnlyList<int>> ReadAsync(TestSocket client, int count)
    {
        var seen = new List<int>();
        for (var i = 0; i < count; i++)
        {
            seen.Add((await client.NextAsync("news")).Int(0));
        }

        return seen;
    }

    /// <summary>While the cluster heals, a request may find nobody who answers in time.</summary>
    private static async Task<T> Eventually<T>(Func<Task<T>> action)
    {
        for (var start = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return await action();
            }
            catch (AckTimeoutException) when (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20))
            {
            }
        }
    }
}
