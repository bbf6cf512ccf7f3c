using System.Diagnostics;
using System.Text.Json;
using Deployment.Tests;
using Xunit.Abstractions;

namespace SocketIO.Gateway.Tests;

/// <summary>The topology of <c>deploy/compose</c> as processes: two gateways, Redis, and a proxy that sends each request to whichever gateway is next.</summary>
/// <param name="output">Takes the figures.</param>
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int Rooms = 12;
    private const int PerRoom = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [TopologyFact]
    public async Task Both_gateways_are_replaced_one_after_another_and_no_client_misses_a_packet()
    {
        using var redis = new RedisProcess();
        redis.Start();
        await using var first = new GatewayProcess("Silo:Clustering=Redis", "Silo:Redis=" + redis.Address, "Proxies:0=127.0.0.1");
        await using var second = new GatewayProcess("Silo:Clustering=Redis", "Silo:Redis=" + redis.Address, "Proxies:0=127.0.0.1");
        await first.StartAndWaitAsync();
        await second.StartAndWaitAsync();
        await using var proxy = new NginxProcess(first.Port, second.Port);
        await proxy.StartAsync();
        using var traffic = Process.Start(new ProcessStartInfo("node", [Path.Combine(Repository.Root, "tests", "SocketIO.Gateway.Tests", "Topology", "traffic.mjs"), Repository.Clients])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            await AskAsync(traffic, JsonSerializer.Serialize(new
            {
                url = $"http://127.0.0.1:{proxy.Port}",
                publish = new[] { first, second }.Select(static gateway => $"http://127.0.0.1:{gateway.PublishPort}"),
                key = GatewayProcess.Key,
                rooms = Rooms,
                perRoom = PerRoom,
            }));
            await UntilSeenAsync(traffic, perClient: 20);
            var stopped = new List<TimeSpan>();
            foreach (var gateway in new[] { first, second })
            {
                var start = Stopwatch.GetTimestamp();
                gateway.Terminate();
                Assert.Equal(0, await gateway.WaitForExitAsync());
                stopped.Add(Stopwatch.GetElapsedTime(start));
                await UntilSeenAsync(traffic, perClient: 20);
                await gateway.StartAndWaitAsync();
                await UntilSeenAsync(traffic, perClient: 20);
            }

            var report = await AskAsync(traffic, "finish");

            output.WriteLine(
                $"{Rooms * PerRoom} clients; {Figure("published")} published by HTTP, {Figure("askedAgain")} asked for again; {Figure("received")} packets received, {Figure("lost")} lost, {Figure("twice")} twice, "
                + $"{Figure("outOfOrder")} out of order; {Figure("returned")} clients returned, {Figure("returns")} times, {Figure("recoveries")} recovered; gateways stopped in "
                + string.Join(" and ", stopped.Select(static time => $"{time.TotalSeconds:0.0} s")));
            Assert.Equal(Rooms * PerRoom, Figure("connected"));
            Assert.Equal(0, Figure("lost"));
            Assert.Equal(0, Figure("twice"));
            Assert.Equal(0, Figure("outOfOrder"));
            // Every client has had to leave one of them at least.
            Assert.Equal(Rooms * PerRoom, Figure("returned"));
            Assert.Equal(Figure("returns"), Figure("recoveries"));

            int Figure(string name) => report.GetProperty(name).GetInt32();
        }
        finally
        {
            if (!traffic.HasExited)
            {
                traffic.Kill();
            }
        }
    }

    private static async Task UntilSeenAsync(Process traffic, int perClient)
    {
        var before = (await AskAsync(traffic, "state")).GetProperty("seen").GetInt32();
        for (var start = Stopwatch.GetTimestamp(); ; await Task.Delay(100))
        {
            var state = await AskAsync(traffic, "state");
            if (state.GetProperty("seen").GetInt32() - before >= perClient * Rooms * PerRoom && state.GetProperty("connected").GetInt32() == Rooms * PerRoom)
            {
                return;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"{state.GetProperty("connected")} clients are connected, and have seen {state.GetProperty("seen").GetInt32() - before} packets more.");
        }
    }

    private static async Task<JsonElement> AskAsync(Process traffic, string command)
    {
        await traffic.StandardInput.WriteLineAsync(command);
        return JsonElement.Parse(await traffic.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("The clients have ended."));
    }
}
