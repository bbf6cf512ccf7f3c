using System.Diagnostics;
using Xunit.Abstractions;

namespace SocketIO.Orleans.Tests;

/// <summary>SIGTERM in the middle of the traffic.</summary>
/// <param name="output">Takes the figures.</param>
[Trait("Category", "Kill")]
public sealed class ProcessDrainTests(ITestOutputHelper output)
{
    [ClusterFact]
    public Task A_gateway_is_stopped_that_sequences_nothing() => StopAsync(holder: false);

    [ClusterFact]
    public Task The_gateway_is_stopped_that_holds_the_namespace() => StopAsync(holder: true);

    private async Task StopAsync(bool holder)
    {
        await using var cluster = await ProcessCluster.StartAsync();
        await cluster.StartClientsAsync();
        await cluster.WaitForPacketsAsync(perClient: 20);
        var leaving = cluster.All.First(gateway => gateway.HoldsNamespace == holder);
        var staying = cluster.All.First(gateway => gateway != leaving);
        var owned = (await leaving.GetAsync<string[]>("connections")).ToHashSet();
        var start = Stopwatch.GetTimestamp();

        leaving.Terminate();
        await leaving.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var taken = Stopwatch.GetElapsedTime(start);
        await ProcessCluster.WaitForServersAsync(staying, ProcessCluster.Gateways - 1);
        await cluster.WaitForClientsAsync();
        await cluster.WaitForPacketsAsync(perClient: 20);
        var listed = await staying.GetAsync<string[]>("sockets");
        var report = await cluster.FinishAsync();

        Assert.Equal(0, leaving.Process.ExitCode);
        var check = new TrafficCheck(report);
        check.EverybodyHasEverything();
        check.ListsWhoIsThere(listed);
        var goneName = $"p{cluster.All.ToList().IndexOf(leaving)}";
        check.SeesOneOrder(goneName);
        Assert.All(report.Clients, static client => Assert.True(client.WasKept, client.ToString()));
        Assert.All(report.Clients.Where(client => owned.Contains(client.Connections[0])), static client => Assert.True(client.Returns > 0, client.ToString()));
        var gone = report.Publishers.Single(publisher => publisher.Name == goneName);
        var rooms = report.Clients.DistinctBy(static client => client.Room).ToList();
        output.WriteLine(
            $"{owned.Count} connections closed, {report.Clients.Count(static client => client.Returns > 0)} clients returned, all recovered; "
            + $"{report.Clients.Sum(static client => client.Seen.Count)} packets, 0 lost; of {rooms.Sum(room => gone.SentTo(room.Room))} emits of the publisher there, "
            + $"{rooms.Sum(room => room.Seen.Count(packet => packet.Publisher == goneName))} arrived, none twice; "
            + $"longest pause {report.LongestPause.TotalMilliseconds:0} ms; stopped in {taken.TotalSeconds:0.0} s");
    }
}
