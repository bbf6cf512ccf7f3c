using System.Diagnostics;
using System.Globalization;
using SocketIO.Orleans;
using StackExchange.Redis;

namespace SocketIO.Benchmarks.Cluster;

/// <summary>What a durable join costs, from the call to its end, in rooms of several sizes.</summary>
internal static class Joins
{
    private const string Namespace = "/";

    private const int FilledAtATime = 2000;
    private const int WarmUp = 300;

    public static async Task MeasureAsync(WebApplication gateway)
    {
        var grains = gateway.Services.GetRequiredService<IGrainFactory>();
        var sizes = (gateway.Configuration["rooms"] ?? "10,10000,1000000").Split(',').Select(static size => int.Parse(size, CultureInfo.InvariantCulture)).ToArray();
        var joins = int.Parse(gateway.Configuration["joins"] ?? "1000", CultureInfo.InvariantCulture);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(gateway.Configuration["redis"]! + ",allowAdmin=true");
        var server = redis.GetServers()[0];
        await server.ConfigSetAsync("auto-aof-rewrite-percentage", 0);
        var synchronize = gateway.Configuration["fsync"] ?? "always";
        await server.ConfigSetAsync("appendfsync", "no");
        foreach (var size in sizes)
        {
            await FillAsync(grains, size);
        }

        await server.ConfigSetAsync("appendfsync", synchronize);
        var times = sizes.ToDictionary(static size => size, static _ => new List<double>());
        var bytes = sizes.ToDictionary(static size => size, static _ => 0L);
        for (var i = -WarmUp; i < joins; i++)
        {
            foreach (var size in sizes)
            {
                var member = string.Create(CultureInfo.InvariantCulture, $"new:{size:D7}:{i + WarmUp:D4}");
                var room = grains.GetRoom(Namespace, NameOf(size));
                var before = await AppendedAsync(server);
                var start = Stopwatch.GetTimestamp();
                await room.AddMemberAsync(member);
                var time = Stopwatch.GetElapsedTime(start);
                if (i >= 0)
                {
                    times[size].Add(time.TotalMicroseconds);
                    bytes[size] += await AppendedAsync(server) - before;
                }

                // So that a room has its size for every join.
                await room.RemoveMemberAsync(member);
            }
        }

        foreach (var size in sizes)
        {
            var sorted = times[size].Order().ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"joins {size} members, appendfsync {synchronize}: median {sorted[sorted.Length / 2]:F0} us, mean {sorted.Average():F0} us, {(double)bytes[size] / sorted.Length:F0} bytes/join"));
        }
    }

    /// <summary>Fills the roster itself; the members' own states have no part in what is measured.</summary>
    private static async Task FillAsync(IGrainFactory grains, int size)
    {
        var roster = grains.GetGrain<IRoster>(ScopedKey.Write(Namespace, NameOf(size)));
        var clock = Stopwatch.StartNew();
        await Parallel.ForAsync(0, size, new ParallelOptions { MaxDegreeOfParallelism = FilledAtATime }, async (i, _) =>
        {
            while (await roster.ChangeAsync(string.Create(CultureInfo.InvariantCulture, $"user:{i:D7}"), 1, isPresent: true, enforces: false) != 0)
            {
                await Task.Delay(10, CancellationToken.None);
            }
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"joins filled a room with {size} members in {clock.Elapsed.TotalSeconds:F0} s"));
    }

    private static string NameOf(int size) => string.Create(CultureInfo.InvariantCulture, $"room:{size}");

    private static async Task<long> AppendedAsync(IServer server)
    {
        var info = await server.InfoAsync("persistence");
        return long.Parse(info.SelectMany(static section => section).Single(static line => line.Key == "aof_current_size").Value, CultureInfo.InvariantCulture);
    }
}
