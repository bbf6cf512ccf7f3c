using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace SocketIO.Benchmarks.Cluster;

/// <summary>What idle sessions cost a gateway and its storage where clients can come back to them.</summary>
internal static class Sessions
{
    // Addresses of the client's end: the ports of one are not enough for every number of connections.
    private const int ConnectionsPerAddress = 8000;
    private const int OpenedAtATime = 64;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    public static async Task<bool> MeasureAsync(IConfiguration configuration)
    {
        var connections = configuration.GetValue("connections", 10_000);
        var redis = configuration["redis"]!;
        await using var storage = await ConnectionMultiplexer.ConnectAsync(redis + ",allowAdmin=true");
        using var server = await ServerProcess.StartAsync(
            "SocketIO.Benchmarks.Cluster.dll", "gateway", "--redis", redis, "--SocketIO:ConnectionStateRecovery:MaxDisconnectionDuration=00:02:00");
        // One client takes what the first one costs.
        await IdleConnection.OpenAsync(IPAddress.Loopback, server.EndPoint);
        var before = await server.GetStatsAsync(collect: true);
        var storedBefore = await StoredAsync(storage);

        var clock = Stopwatch.StartNew();
        var clients = new IdleConnection[connections];
        await Parallel.ForAsync(0, connections, new ParallelOptions { MaxDegreeOfParallelism = OpenedAtATime }, async (i, _) =>
            clients[i] = await IdleConnection.OpenAsync(new IPAddress([127, 0, 0, (byte)(1 + (i / ConnectionsPerAddress))]), server.EndPoint));
        Write($"opened {connections} in {clock.Elapsed.TotalSeconds:F1} s");
        var after = await server.GetStatsAsync(collect: true);
        Write(after, before, connections);
        while (after.SessionGrains > 0 && clock.Elapsed < Deadline)
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            after = await server.GetStatsAsync();
        }

        after = await server.GetStatsAsync(collect: true);
        Write(after, before, connections);
        Write($"{(await StoredAsync(storage) - storedBefore) / (double)connections:F0} bytes per session in Redis");
        // Timers of the silo and of connections that are just served come and go; a timer for each session would be thousands.
        var passed = after.SessionGrains == 0 && after.Timers - before.Timers < connections / 100 && clients.All(static client => client.IsOpen);
        Write(passed ? (FormattableString)$"passed" : $"failed; expected are all {connections} connected, no timer for each, and no session grain");
        return passed;
    }

    private static void Write(ServerStats after, ServerStats before, int connections)
    {
        Write($"{after.Sockets} sockets, {after.SessionGrains} session grains, {after.Timers} timers ({before.Timers} before)");
        Write($"{(after.LiveBytes - before.LiveBytes) / (double)connections:F0} live bytes, {(after.ResidentBytes - before.ResidentBytes) / 1024.0 / connections:F1} KiB RSS per session");
    }

    private static void Write(FormattableString line) => Console.WriteLine("sessions " + line.ToString(CultureInfo.InvariantCulture));

    private static async Task<long> StoredAsync(ConnectionMultiplexer storage)
    {
        var info = await storage.GetServers()[0].InfoAsync("memory");
        return long.Parse(info.SelectMany(static section => section).Single(static line => line.Key == "used_memory_dataset").Value, CultureInfo.InvariantCulture);
    }
}
