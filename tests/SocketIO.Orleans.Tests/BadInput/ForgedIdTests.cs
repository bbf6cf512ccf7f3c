using Microsoft.Extensions.DependencyInjection;
using SocketIO.Cluster;
using SocketIO.Server;

namespace SocketIO.Orleans.Tests;

/// <summary>Ids that no gateway has made are refused at the edge: nobody else in the cluster hears of them.</summary>
public sealed class ForgedIdTests : IAsyncLifetime
{
    private readonly CallBook _calls = new();
    private readonly OrleansCluster _cluster;
    private IReadOnlyList<Node> _nodes = [];

    public ForgedIdTests() => _cluster = new OrleansCluster { Calls = _calls };

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
    public async Task A_forged_session_id_is_unknown_and_nobody_is_called_about_it(string method)
    {
        using var client = await WanderingClient.JoinAsync(_nodes);
        foreach (var forged in Forge(client.Sid))
        {
            foreach (var node in _nodes)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), client.Address(node, forged));
                await WanderingClient.ExpectUnknownAsync(await client.SendAsync(request));
            }

            Assert.DoesNotContain(_calls.All, call => call.IsAbout(forged));
        }

        // About the real one, at the other gateway, somebody is.
        _nodes[0].Io.Emit("news");
        using var answer = await client.GetAsync(_nodes[1]);
        Assert.Contains(_calls.All, call => call.IsAbout(client.Sid));
    }

    [Fact]
    public async Task A_forged_private_id_gives_a_fresh_session_and_no_grain_is_called_about_it()
    {
        var lost = await _nodes[0].ConnectAsync();
        _nodes[0].Io.Emit("news");
        await lost.NextAsync("news");
        foreach (var forged in Forge(lost.PrivateId!))
        {
            var fresh = await _nodes[1].ConnectAsync(auth: new { pid = forged, offset = lost.Offset });
            Assert.NotEqual(lost.Id, fresh.Id);
            Assert.DoesNotContain(_calls.All, call => call.IsAbout(forged));
        }

        // Who has the real one comes back by its grain.
        Assert.Equal(lost.Id, (await _nodes[1].ConnectAsync(auth: new { pid = lost.PrivateId, offset = lost.Offset })).Id);
        Assert.Contains(_calls.All, call => call.IsAbout(lost.PrivateId!));
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
        yield return foreign.Create(_nodes[0].App.Services.GetRequiredService<GatewayMembership>().Local, "/");
        yield return new string('A', id.Length);
        yield return "no id at all";
    }
}
