using Microsoft.Extensions.DependencyInjection;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>Ids that no gateway has made are refused at the edge: nobody else in the cluster hears of them.</summary>
public sealed class ForgedIdTests : IAsyncLifetime
{
    private readonly OrleansCluster _cluster = new();
    private IReadOnlyList<Node> _nodes = [];

    public async Task InitializeAsync() =>
        _nodes = await _cluster.StartAsync(2, static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_forged_session_id_is_unknown_and_costs_no_call(string method)
    {
        using var client = await WanderingClient.JoinAsync(_nodes);
        await RestAsync();
        var before = _cluster.Calls.All.Length;
        foreach (var forged in Forge(client.Sid))
        {
            foreach (var node in _nodes)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), client.Address(node, forged));
                await WanderingClient.ExpectUnknownAsync(await client.SendAsync(request));
            }
        }

        Assert.Empty(_cluster.Calls.All[before..]);

        // The real one at the other gateway does cost some.
        _nodes[0].Io.Emit("news");
        await client.GetAsync(_nodes[1]);
        Assert.Contains("IGatewayService.DeliverAsync", _cluster.Calls.All[before..]);
    }

    [Fact]
    public async Task A_forged_private_id_gives_a_fresh_session_and_no_session_grain_is_asked()
    {
        var lost = await _nodes[0].ConnectAsync();
        _nodes[0].Io.Emit("news");
        await lost.NextAsync("news");
        foreach (var forged in Forge(lost.PrivateId!))
        {
            var fresh = await _nodes[1].ConnectAsync(auth: new { pid = forged, offset = lost.Offset });
            Assert.NotEqual(lost.Id, fresh.Id);
        }

        Assert.DoesNotContain("ISessionGrain.ClaimAsync", _cluster.Calls.All);

        // The real one is asked for.
        Assert.Equal(lost.Id, (await _nodes[1].ConnectAsync(auth: new { pid = lost.PrivateId, offset = lost.Offset })).Id);
        Assert.Contains("ISessionGrain.ClaimAsync", _cluster.Calls.All);
    }

    /// <summary>Each part of the id changed, another cluster's id, and some nonsense.</summary>
    private IEnumerable<string> Forge(string id)
    {
        foreach (var at in (int[])[0, 12, 24, 40, id.Length - 1])
        {
            yield return string.Concat(id.AsSpan(0, at), id[at] == 'A' ? "B" : "A", id.AsSpan(at + 1));
        }

        var foreign = new SessionIds();
        foreign.SetKey(new byte[SessionIds.KeyBytes]);
        yield return foreign.Create(_nodes[0].App.Services.GetRequiredService<GatewayMembership>().Local);
        yield return new string('A', id.Length);
        yield return id + "A";
        yield return "x";
    }

    /// <summary>Waits until nothing is under way any more.</summary>
    private async Task RestAsync()
    {
        for (var last = -1; last != _cluster.Calls.All.Length;)
        {
            last = _cluster.Calls.All.Length;
            await Task.Delay(500);
        }
    }
}
