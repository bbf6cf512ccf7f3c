using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;

namespace SocketIO.Benchmarks.Cluster;

/// <summary>A WebSocket at its session's gateway, and one that another gateway relays.</summary>
internal static class WebSockets
{
    private const int Clients = 20;
    private const int OpenedAtATime = 16;

    // Of a client: 1000 a second in all.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static async Task MeasureAsync(IConfiguration configuration)
    {
        string[] arguments = ["gateway", "--redis", configuration["redis"]!];
        using var owner = await ServerProcess.StartAsync("SocketIO.Benchmarks.Cluster.dll", arguments);
        using var other = await ServerProcess.StartAsync("SocketIO.Benchmarks.Cluster.dll", arguments);
        await MeasureAsync("direct", [owner, other], owner, configuration);
        await MeasureAsync("relayed", [owner, other], other, configuration);
    }

    private static async Task MeasureAsync(string name, ServerProcess[] servers, ServerProcess edge, IConfiguration configuration)
    {
        var connections = configuration.GetValue("connections", 2_000);
        var time = TimeSpan.FromSeconds(configuration.GetValue("seconds", 5));
        using var http = new HttpClient();
        Task<UpgradedConnection> OpenAsync() => UpgradedConnection.OpenAsync(http, servers[0].EndPoint, edge.EndPoint);

        var clients = new UpgradedConnection[Clients];
        for (var i = 0; i < Clients; i++)
        {
            clients[i] = await InsistAsync(OpenAsync);
        }

        // Once for nothing: code has to be compiled.
        await LoadAsync(clients, TimeSpan.Zero, time);
        var paced = await LoadAsync(servers, clients, Interval, time);
        Write(name, $"{1000 * Clients / Interval.TotalMilliseconds:F0} acknowledgements/s: {paced.Cpu:F1} us of CPU each, p50 {paced.P50:F0} us, p99 {paced.P99:F0} us");
        var fast = await LoadAsync(servers, clients, TimeSpan.Zero, time);
        Write(name, $"as fast as {Clients} clients can: {fast.Cpu:F1} us of CPU each, p50 {fast.P50:F0} us, p99 {fast.P99:F0} us, {fast.Rate:F0} acknowledgements/s");

        var before = await MemoryAsync(servers);
        var idle = new UpgradedConnection[connections];
        await Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = OpenedAtATime }, async (i, _) => idle[i] = await OpenAsync());
        var after = await MemoryAsync(servers);
        Write(name, $"{connections} idle: {(after - before) / 1024.0 / connections:F1} KiB of live memory each");
        foreach (var client in clients.Concat(idle))
        {
            client.Dispose();
        }
    }

    // The gateways have to know each other first.
    private static async Task<UpgradedConnection> InsistAsync(Func<Task<UpgradedConnection>> open)
    {
        while (true)
        {
            try
            {
                return await open();
            }
            catch (WebSocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    private static async Task<(double Cpu, double P50, double P99, double Rate)> LoadAsync(
        ServerProcess[] servers, UpgradedConnection[] clients, TimeSpan interval, TimeSpan time)
    {
        var before = servers.Sum(static server => server.CpuTime.TotalMicroseconds);
        var latencies = await LoadAsync(clients, interval, time);
        var cpu = servers.Sum(static server => server.CpuTime.TotalMicroseconds) - before;
        Array.Sort(latencies);
        return (cpu / latencies.Length, latencies[latencies.Length / 2], latencies[latencies.Length * 99 / 100], latencies.Length / time.TotalSeconds);
    }

    private static async Task<double[]> LoadAsync(UpgradedConnection[] clients, TimeSpan interval, TimeSpan time)
    {
        var latencies = new ConcurrentBag<double>();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(clients.Select((client, i) => Task.Run(async () =>
        {
            // Not all at the same moment.
            await Task.Delay(interval * i / clients.Length);
            using var timer = interval > TimeSpan.Zero ? new PeriodicTimer(interval) : null;
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                latencies.Add((await client.AcknowledgeAsync()).TotalMicroseconds);
                if (timer is not null)
                {
                    await timer.WaitForNextTickAsync();
                }
            }
        })));
        return [.. latencies];
    }

    private static async Task<long> MemoryAsync(ServerProcess[] servers) =>
        (await Task.WhenAll(servers.Select(static server => server.GetStatsAsync(collect: true)))).Sum(static stats => stats.LiveBytes);

    private static void Write(string name, FormattableString line) => Console.WriteLine($"{name}: {line.ToString(CultureInfo.InvariantCulture)}");
}
