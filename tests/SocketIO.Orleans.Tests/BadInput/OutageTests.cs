using Microsoft.Extensions.DependencyInjection;
using Orleans;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>The storage is out for ten seconds: longer than whoever waits for it may have to.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private const int Seconds = 10;

    private readonly LeapingTimeProvider _time = new();
    private readonly OrleansCluster _cluster;
    private IReadOnlyList<Node> _nodes = [];

    public OutageTests() => _cluster = new OrleansCluster { Time = _time };

    private IGrainFactory Grains => _nodes[1].App.Services.GetRequiredService<IGrainFactory>();

    public async Task InitializeAsync() =>
        _nodes = await _cluster.StartAsync(2, static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task In_an_outage_of_ten_seconds_no_join_is_acknowledged_and_what_is_acknowledged_after_it_is_stored()
    {
        _cluster.Storage.Outage = new IOException("The storage is out.");
        var patient = Join(0, 20);
        await Patience.Until(() => _cluster.Storage.Refusals >= patient.Count);
        for (var second = 0; second < Seconds; second++)
        {
            var refusals = _cluster.Storage.Refusals;
            _time.Leap(TimeSpan.FromSeconds(1));
            await Patience.Until(() => _cluster.Storage.Refusals > refusals + patient.Count);
            Assert.DoesNotContain(patient, static join => join.Join.IsCompletedSuccessfully);
        }

        // Whoever has waited all that time is told that nobody knows.
        foreach (var (_, join) in patient)
        {
            Assert.Equal(MembershipFailure.Unavailable, (await Assert.ThrowsAsync<MembershipException>(() => Patience.Within(join))).Failure);
        }

        var late = Join(20, 20);
        _cluster.Storage.Outage = null;
        foreach (var (member, join) in late)
        {
            await Patience.Within(join);
            AssertStored(member);
        }

        // What was in doubt can be made again.
        foreach (var (member, join) in Join(0, 20))
        {
            await Patience.Within(join);
            AssertStored(member);
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(static i => $"user:{i}").Order(), (await Grains.GetRoom("/", "lobby").GetMembersAsync()).Members.Order());
    }

    [Fact]
    public async Task In_an_outage_of_ten_seconds_clients_get_what_is_sent_and_come_back_after_it_to_what_they_had()
    {
        var client = await _nodes[0].ConnectAsync();
        await _nodes[0][client].JoinAsync("room");
        await _cluster.Storage.WhenSavedAsync(client.PrivateId!, "room");
        _cluster.Storage.Outage = new IOException("The storage is out.");
        _nodes[0][client].Data["draft"] = "kept";
        await _nodes[0][client].JoinAsync("late");
        var late = await _nodes[0].ConnectAsync();
        for (var second = 0; second < Seconds; second++)
        {
            _time.Leap(TimeSpan.FromSeconds(1));
            _nodes[1].Io.To("late").Emit("news", second);
            Assert.Equal(second, (await client.NextAsync("news")).Int(0));
        }

        Assert.Null(_cluster.Storage.Load(StateKey.Session(late.PrivateId!)));
        _cluster.Storage.Outage = null;
        await _cluster.Storage.WhenSavedAsync(client.PrivateId!, "late");
        await Patience.Until(() => _cluster.Storage.Load(StateKey.Session(late.PrivateId!)) is not null);
        client.Client.Abort();
        await Patience.Until(() => _nodes[0].Io.Sockets.Sockets.Count == 1);
        _nodes[1].Io.To("late").Emit("news", Seconds);
        var back = await _nodes[1].ConnectAsync(auth: new { pid = client.PrivateId, offset = client.Offset });
        Assert.Equal(client.Id, back.Id);
        Assert.Equal("kept", _nodes[1][back].Data.Get<string>("draft"));
        Assert.Equal(Seconds, (await back.NextAsync("news")).Int(0));
    }

    private List<(string Member, Task Join)> Join(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(static i => $"user:{i}").Select(member => (member, Grains.GetRoom("/", "lobby").AddMemberAsync(member)))];

    /// <summary>The member's state says so at this moment; that the room's list does is what the member waits for.</summary>
    private void AssertStored(string member)
    {
        var room = MemberState.Read(_cluster.Storage.Load(StateKey.Member("/", member))).Rooms["lobby"];
        Assert.True(room.Joined);
    }
}
