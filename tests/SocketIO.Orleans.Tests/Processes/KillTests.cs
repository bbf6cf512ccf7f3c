using Xunit.Abstractions;

namespace SocketIO.Orleans.Tests;

/// <summary>SIGKILL in the middle of the traffic.</summary>
/// <param name="output">Takes the figures.</param>
[Trait("Category", "Kill")]
public sealed class KillTests(ITestOutputHelper output)
{
    [ClusterFact]
    public Task A_gateway_is_killed_that_sequences_nothing() => KillAsync(holder: false);

    [ClusterFact]
    public Task The_gateway_is_killed_that_holds_the_namespace() => KillAsync(holder: true);

    [ClusterFact]
    public async Task After_the_death_of_all_processes_every_durable_member_is_listed()
    {
        await using var cluster = await ProcessCluster.StartAsync();
        await cluster.StartClientsAsync();
        await cluster.AskClientsAsync("enlist");

        cluster.KillAll();
        await cluster.RestartAsync();

        for (var room = 0; room < ProcessCluster.Rooms; room++)
        {
            string[] members = [];
            // Silos that have just started may not reach each other's grains at first.
            await ProcessCluster.UntilAsync($"the members of room{room}", async () =>
            {
                members = await cluster.All[room % ProcessCluster.Gateways].GetAsync<string[]>($"members/room{room}");
                return true;
            });
            Assert.Equal(Enumerable.Range(room * ProcessCluster.PerRoom, ProcessCluster.PerRoom).Select(static index => $"user:{index}").Order(), members.Order());
        }
    }

    private async Task KillAsync(bool holder)
    {
        await using var cluster = await ProcessCluster.StartAsync();
        await cluster.StartClientsAsync();
        await cluster.WaitForPacketsAsync(perClient: 20);
        var victim = cluster.All.Single(gateway => gateway.HoldsNamespace);
        victim = holder ? victim : cluster.All.First(gateway => !gateway.HoldsNamespace);
        var survivor = cluster.All.First(gateway => gateway != victim);
        var owned = (await victim.GetAsync<string[]>("connections")).ToHashSet();
        await cluster.FindCutAsync();

        victim.Process.Kill();
        await ProcessCluster.WaitForServersAsync(survivor, ProcessCluster.Gateways - 1);
        await cluster.WaitForClientsAsync();
        await cluster.WaitForPacketsAsync(perClient: 20);
        var cut = await cluster.FindCutAsync();
        var listed = await survivor.GetAsync<string[]>("sockets");
        var report = await cluster.FinishAsync();

        var check = new TrafficCheck(report);
        check.EverybodyHasEverything();
        check.ListsWhoIsThere(listed);
        check.SeesOneOrder(goneName: $"p{cluster.All.ToList().IndexOf(victim)}");
        var stayed = report.Clients.Where(client => !owned.Contains(client.Connections[0]) && !cut.Contains(client.Connections[0])).ToList();
        var lost = report.Clients.Except(stayed).ToList();
        Assert.All(stayed, static client => Assert.Equal((client, 0), (client, client.Returns)));
        Assert.All(lost, static client => Assert.NotEqual(0, client.Returns));
        var recovered = lost.Count(static client => client.WasKept);
        output.WriteLine(
            $"{stayed.Count} clients whose owner and relay lived: 0 returned; {lost.Count} others: {recovered} recovered; "
            + $"{report.Clients.Sum(static client => client.Seen.Count)} packets; longest pause {report.LongestPause.TotalMilliseconds:0} ms");
        // Together with its sequencer a gateway may have shown its clients what nobody else has had: their place in the order died with it, and they begin anew.
        Assert.InRange(recovered, holder ? lost.Count / 2 : lost.Count, lost.Count);
    }
}
