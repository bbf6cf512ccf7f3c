using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>What gateways of other versions send and store is refused, the log says which versions meet, and everybody goes on.</summary>
public sealed class ContractVersionTests : IAsyncLifetime
{
    private readonly OrleansCluster _cluster = new();
    private IReadOnlyList<Node> _nodes = [];

    private static byte Newer => BatchFormat.CurrentVersion + 1;

    private IGrainFactory Grains => _nodes[0].App.Services.GetRequiredService<IGrainFactory>();

    public async Task InitializeAsync() => _nodes = await _cluster.StartAsync(
        2,
        static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(BatchFormat.CurrentVersion + 1)]
    public async Task A_frame_of_another_version_is_refused(byte version)
    {
        var client = await _nodes[1].ConnectAsync();
        var frame = Frame.Write([new FrameEntry(null, GatewayAnswer())]);
        frame[0] = version;
        await Gateway(1).DeliverAsync(frame);
        await AssertRefusedAsync(71, version);
        await AssertGoesOnAsync(client);
    }

    [Theory]
    [InlineData((byte)BatchType.Delivery, 60)]
    [InlineData((byte)BatchType.Pull, 60)]
    [InlineData((byte)BatchType.Received, 60)]
    [InlineData((byte)BatchType.Answer, 60)]
    public async Task A_message_of_another_version_from_a_partition_is_refused(byte type, int entry)
    {
        var client = await _nodes[1].ConnectAsync();
        await Gateway(1).DeliverAsync(Frame.Write([new FrameEntry(new PartitionKey("/", 0), new byte[] { Newer, type, 0, 0 })]));
        await AssertRefusedAsync(entry, Newer);
        await AssertGoesOnAsync(client);
    }

    [Theory]
    [InlineData((byte)BatchType.Answer)]
    [InlineData((byte)BatchType.Evict)]
    [InlineData((byte)BatchType.Peer)]
    public async Task A_message_of_another_version_from_a_gateway_is_refused(byte type)
    {
        var client = await _nodes[1].ConnectAsync();
        await Gateway(1).DeliverAsync(Frame.Write([new FrameEntry(null, new byte[] { Newer, type, 0, 0 })]));
        await AssertRefusedAsync(61, Newer);
        await AssertGoesOnAsync(client);
    }

    [Theory]
    [InlineData((byte)BatchType.Publish)]
    [InlineData((byte)BatchType.PullReply)]
    [InlineData((byte)BatchType.Query)]
    [InlineData((byte)BatchType.Wake)]
    public async Task A_message_of_another_version_to_a_partition_is_refused(byte type)
    {
        var client = await _nodes[1].ConnectAsync();
        var partition = Grains.GetGrain<INamespacePartition>(0, "/", null);
        await partition.ReceiveAsync(Frame.Write([new FrameEntry(null, new byte[] { Newer, type, 0, 0 })]));
        await AssertRefusedAsync(74, Newer);
        await AssertGoesOnAsync(client);
    }

    [Fact]
    public async Task A_member_that_a_newer_version_has_stored_can_not_be_changed_and_is_left_as_it_is()
    {
        var key = StateKey.Member("/", "grace");
        byte[] stored = [(byte)StateKind.Member, StateWriter.CurrentVersion + 1, 1, 2, 3];
        _cluster.Storage.Put(key, stored);
        var join = await Assert.ThrowsAsync<MembershipException>(() => Grains.GetMember("/", "grace").JoinAsync("lobby"));
        var list = await Assert.ThrowsAsync<MembershipException>(() => Grains.GetMember("/", "grace").GetRoomsAsync());
        Assert.Equal((MembershipFailure.Unavailable, MembershipFailure.Unavailable), (join.Failure, list.Failure));
        Assert.Equal(stored, _cluster.Storage.Load(key));
        await AssertUnreadableAsync(key);
        await Grains.GetMember("/", "alan").JoinAsync("lobby");
    }

    [Fact]
    public async Task A_roster_that_a_newer_version_has_stored_can_not_be_listed_and_is_left_as_it_is()
    {
        var key = StateKey.Roster("/", "lobby");
        byte[] stored = [(byte)StateKind.RosterHead, StateWriter.CurrentVersion + 1, 1, 2, 3];
        _cluster.Storage.Put(key, stored);
        var list = await Assert.ThrowsAsync<MembershipException>(() => Grains.GetRoom("/", "lobby").GetMembersAsync());
        Assert.Equal(MembershipFailure.Unavailable, list.Failure);
        Assert.Equal(stored, _cluster.Storage.Load(key));
        await AssertUnreadableAsync(key);
    }

    [Fact]
    public async Task A_client_whose_session_a_newer_version_has_stored_gets_a_fresh_one()
    {
        var pid = _nodes[0].App.Services.GetRequiredService<SessionIds>().Create(default, "/");
        var key = StateKey.Session(pid);
        byte[] stored = [(byte)StateKind.Session, StateWriter.CurrentVersion + 1, 1, 2, 3];
        _cluster.Storage.Put(key, stored);
        var client = await _nodes[0].ConnectAsync(auth: new { pid, offset = new Offset(1, 1).ToString() });
        Assert.NotEqual(pid, client.PrivateId);
        Assert.False(_nodes[0][client].Recovered);
        Assert.Equal(stored, _cluster.Storage.Load(key));
        await AssertUnreadableAsync(key);
    }

    [Fact]
    public async Task A_partition_whose_epoch_a_newer_version_has_stored_does_not_start()
    {
        var key = StateKey.Epoch(new PartitionKey("/newer", 0));
        byte[] stored = [(byte)StateKind.Epoch, StateWriter.CurrentVersion + 1, 9];
        _cluster.Storage.Put(key, stored);
        await Assert.ThrowsAsync<AckTimeoutException>(() => _nodes[0].Io.Of("/newer").FetchSocketsAsync().AsTask());
        Assert.Equal(stored, _cluster.Storage.Load(key));
        await _cluster.Log.FindAsync(static entry => entry.Exception?.ToString().Contains($"Epoch has format version {StateWriter.CurrentVersion + 1}", StringComparison.Ordinal) == true);
    }

    private static byte[] GatewayAnswer() => new GatewayMessage(BatchType.AnswerCount, default, 1, 0, EventPayload.Empty).Write().ToArray();

    private IGatewayService Gateway(int node) => _nodes[0].App.Services.GetRequiredService<GatewayServiceClient>()[
        _nodes[node].App.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress];

    private async Task AssertRefusedAsync(int number, byte version)
    {
        var entry = await _cluster.Log.FindAsync(entry => entry.Event == number && entry.Exception is BatchFormatException);
        Assert.Contains($"version {version} can't be read: this node writes version {BatchFormat.CurrentVersion}", entry.Exception?.Message, StringComparison.Ordinal);
    }

    private async Task AssertUnreadableAsync(string key)
    {
        var entry = await _cluster.Log.FindAsync(static entry => entry.Event == 90);
        Assert.Contains(key, entry.Line, StringComparison.Ordinal);
        Assert.Contains($"version {StateWriter.CurrentVersion + 1}; this build reads", entry.Exception?.Message, StringComparison.Ordinal);
    }

    private async Task AssertGoesOnAsync(TestSocket client)
    {
        _nodes[0].Io.Emit("news");
        await client.NextAsync("news");
    }
}
