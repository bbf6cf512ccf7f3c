using Microsoft.Extensions.DependencyInjection;
using Orleans;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>A client that has the server join one room after another meets its own bounds, and nobody else does.</summary>
public sealed class FloodTests : IAsyncLifetime
{
    private const int Flood = 1_000;
    private const int MaxRoomsPerSocket = 50;
    private const int MaxRoomsPerMember = 20;
    private const int MaxConcurrentEvents = 30;

    private readonly OrleansCluster _cluster = new();
    private IReadOnlyList<Node> _nodes = [];
    private int _running;
    private int _mostRunning;

    private IGrainFactory Grains => _nodes[1].App.Services.GetRequiredService<IGrainFactory>();

    public async Task InitializeAsync()
    {
        _nodes = await _cluster.StartAsync(
            2,
            static options => (options.MaxRoomsPerSocket, options.MaxConcurrentEvents) = (MaxRoomsPerSocket, MaxConcurrentEvents),
            static options => options.MaxRoomsPerMember = MaxRoomsPerMember);
        foreach (var node in _nodes)
        {
            node.Io.OnConnection(socket =>
            {
                socket.On("join", (string room) => TryAsync(() => socket.JoinAsync(room).AsTask()));
                socket.On("join for good", (string room) => TryAsync(() => Grains.GetMember("/", "grace").JoinAsync(room)));
            });
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_client_that_floods_joins_gets_errors_at_its_bound_and_the_others_notice_nothing()
    {
        var flooder = await _nodes[0].ConnectAsync();
        var answers = await FloodAsync(flooder, "join");

        // Its own room is one of them.
        Assert.Equal(MaxRoomsPerSocket - 1, answers.Count(static answer => answer == "joined"));
        Assert.All(answers.Where(static answer => answer != "joined"), static answer => Assert.Contains("MaxRoomsPerSocket", answer, StringComparison.Ordinal));
        Assert.Equal(MaxRoomsPerSocket, _nodes[0][flooder].Rooms.Count);
        Assert.InRange(_mostRunning, 1, MaxConcurrentEvents);

        // All that it has joined is heard from afar, and nothing is left of it when it goes.
        foreach (var room in _nodes[0][flooder].Rooms)
        {
            _nodes[1].Io.To(room).Emit("heard");
            await flooder.NextAsync("heard");
        }

        flooder.Client.Abort();
        await Patience.Until(() => !_nodes[0].Io.Sockets.Adapter.Rooms.Keys.Any(static room => room.StartsWith("flood", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_socket_that_joins_too_many_rooms_at_once_is_heard_in_those_that_it_is_in()
    {
        var client = await _nodes[0].ConnectAsync();
        var socket = _nodes[0][client];
        await Assert.ThrowsAsync<InvalidOperationException>(() => socket.JoinAsync([.. Enumerable.Range(0, 2 * MaxRoomsPerSocket).Select(static i => $"room:{i}")]).AsTask());
        foreach (var room in socket.Rooms)
        {
            _nodes[1].Io.To(room).Emit("heard");
            await client.NextAsync("heard");
        }
    }

    [Fact]
    public async Task A_client_that_floods_joins_of_its_member_gets_errors_at_the_bound_and_other_members_join()
    {
        var flooder = await _nodes[0].ConnectAsync();
        var other = Grains.GetMember("/", "alan").JoinAsync("lobby");
        var answers = await FloodAsync(flooder, "join for good");
        await Patience.Within(other);

        Assert.Equal(MaxRoomsPerMember, answers.Count(static answer => answer == "joined"));
        Assert.All(answers.Where(static answer => answer != "joined"), static answer => Assert.Contains("MaxRoomsPerMember", answer, StringComparison.Ordinal));
        Assert.Equal(MaxRoomsPerMember, (await Grains.GetMember("/", "grace").GetRoomsAsync()).Length);
        Assert.Equal(MaxRoomsPerMember, MemberState.Read(_cluster.Storage.Load(StateKey.Member("/", "grace"))).Rooms.Count);
        Assert.InRange(_mostRunning, 1, MaxConcurrentEvents);
    }

    /// <summary>Asks for far too much without waiting, while everybody else goes on.</summary>
    private async Task<IReadOnlyList<string>> FloodAsync(TestSocket flooder, string name)
    {
        TestSocket[] others = [await _nodes[0].ConnectAsync(), await _nodes[1].ConnectAsync()];
        await _nodes[0][others[0]].JoinAsync("room");
        await _nodes[1][others[1]].JoinAsync("room");
        var answers = new List<Task<TestEvent>>();
        for (var i = 0; i < Flood; i++)
        {
            answers.Add(await flooder.StartEmitWithAckAsync(name, $"flood:{i}"));
            if (i % 10 == 0)
            {
                _nodes[i % 20 / 10].Io.To("room").Emit("news", i);
                foreach (var other in others)
                {
                    Assert.Equal(i, (await other.NextAsync("news")).Int(0));
                }
            }
        }

        return [.. (await Patience.Within(Task.WhenAll(answers))).Select(static answer => answer.Text(0))];
    }

    private async Task<string> TryAsync(Func<Task> join)
    {
        var running = Interlocked.Increment(ref _running);
        for (var most = _mostRunning; running > most; most = _mostRunning)
        {
            Interlocked.CompareExchange(ref _mostRunning, running, most);
        }

        try
        {
            await join();
            return "joined";
        }
        catch (Exception e) when (e is InvalidOperationException or MembershipException)
        {
            return e.Message;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
