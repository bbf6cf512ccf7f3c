using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace SocketIO.Orleans.Tests;

/// <summary>
/// Gateways as processes of their own, Redis for their membership and storage, a balancer without affinity, and clients of npm's socket.io-client: 100 that poll,
/// 100 on WebSockets and 100 that upgrade as far as they can, in 30 rooms of 10 that span the gateways, and 200 broadcasts a second in all.
/// </summary>
internal sealed class ProcessCluster : IAsyncDisposable
{
    public const int Gateways = 3;
    public const int Rooms = 30;
    public const int PerRoom = 10;

    private const int Rate = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-kill-").FullName;
    private readonly List<Process> _processes = [];
    private readonly List<GatewayProcess> _gateways = [];
    private readonly int _redisPort = FindPort();
    private Process? _redis;
    private Process? _proxy;
    private Process? _clients;

    private ProcessCluster()
    {
    }

    /// <summary>The gateways.</summary>
    public IReadOnlyList<GatewayProcess> All => _gateways;

    /// <summary>Starts Redis and the gateways.</summary>
    public static async Task<ProcessCluster> StartAsync()
    {
        var cluster = new ProcessCluster();
        try
        {
            cluster.StartRedis();
            for (var i = 0; i < Gateways; i++)
            {
                cluster._gateways.Add(new GatewayProcess($"http://127.0.0.1:{FindPort()}", FindPort(), FindPort()));
            }

            foreach (var gateway in cluster._gateways)
            {
                // One after another: silos that join at the same moment wait for each other.
                cluster.StartGateway(gateway);
                await WaitForServersAsync(gateway, cluster._gateways.IndexOf(gateway) + 1);
            }

            await cluster.WaitForServersAsync();
            return cluster;
        }
        catch
        {
            // Nobody else would end them.
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts all that were killed, Redis included, where they were.</summary>
    public async Task RestartAsync()
    {
        StartRedis();
        // All at once: each is the proof that the one before it at its address is dead, and a silo that joins has to reach all that are not.
        _gateways.ForEach(StartGateway);
        await WaitForServersAsync();
    }

    /// <summary>Kills Redis and all gateways at once.</summary>
    public void KillAll()
    {
        Process[] all = [_redis!, .. _gateways.Select(static gateway => gateway.Process)];
        foreach (var process in all)
        {
            process.Kill();
        }

        foreach (var process in all)
        {
            process.WaitForExit();
        }
    }

    /// <summary>Connects the clients and begins the traffic.</summary>
    public async Task StartClientsAsync()
    {
        _proxy = Start("node", [Script("proxy.mjs"), .. _gateways.Select(static gateway => new Uri(gateway.Url).Port.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
        var port = (await ReadAsync(_proxy)).GetProperty("port").GetInt32();
        _clients = Start("node", Script("clients.mjs"), ClusterFactAttribute.Clients);
        var ready = await AskClientsAsync(JsonSerializer.Serialize(new
        {
            url = $"http://127.0.0.1:{port}",
            gateways = _gateways.Select(static gateway => gateway.Url),
            rooms = Rooms,
            perRoom = PerRoom,
            rate = Rate,
        }));
        Assert.Equal(Rooms * PerRoom, ready.GetProperty("ready").GetInt32());
    }

    /// <summary>Tells the clients something, and gives their answer.</summary>
    public async Task<JsonElement> AskClientsAsync(string command)
    {
        await _clients!.StandardInput.WriteLineAsync(command);
        return await ReadAsync(_clients);
    }

    /// <summary>Ends the traffic, and tells what everybody has seen once all have all.</summary>
    public async Task<ClientsReport> FinishAsync() => new(await AskClientsAsync("finish"));

    /// <summary>The sessions that had something under way at a gateway when that broke it off, since this was asked last.</summary>
    public async Task<HashSet<string>> FindCutAsync()
    {
        await _proxy!.StandardInput.WriteLineAsync("cut");
        return [.. (await ReadAsync(_proxy)).EnumerateArray().Select(static id => id.GetString()!)];
    }

    /// <summary>Traffic goes on until every client, on average, has seen so many packets more.</summary>
    public async Task WaitForPacketsAsync(int perClient)
    {
        var before = (await AskClientsAsync("state")).GetProperty("seen").GetInt32();
        await UntilAsync($"{perClient} packets more for each client", async () =>
            (await AskClientsAsync("state")).GetProperty("seen").GetInt32() - before >= perClient * Rooms * PerRoom);
    }

    /// <summary>Waits until all clients, and the publishers, are connected.</summary>
    public Task WaitForClientsAsync() => UntilAsync("all clients", async () =>
        (await AskClientsAsync("state")).GetProperty("connected").GetInt32() == (Rooms * PerRoom) + Gateways);

    /// <summary>Waits until a gateway counts so many.</summary>
    public static Task WaitForServersAsync(GatewayProcess gateway, int count) => UntilAsync($"{count} servers", async () =>
    {
        Assert.False(gateway.Process.HasExited, $"The gateway has ended.{Environment.NewLine}{gateway.Log}");
        return await gateway.GetAsync<int>("servers") == count;
    });

    /// <summary>Waits for something that comes true in its own time; whoever is asked may not be there yet.</summary>
    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        for (var start = Stopwatch.GetTimestamp(); ; await Task.Delay(100))
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && Stopwatch.GetElapsedTime(start) < Patience)
            {
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"Waited for {what} in vain.");
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.WaitForExit();
            process.Dispose();
        }

        if (Environment.GetEnvironmentVariable("SOCKETIO_KILL_LOGS") is { } folder)
        {
            for (var i = 0; i < _gateways.Count; i++)
            {
                File.WriteAllText(Path.Combine(folder, $"gateway{i}.log"), _gateways[i].Log);
            }
        }

        Directory.Delete(_folder, recursive: true);
        return default;
    }

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Processes", name);

    private static async Task<JsonElement> ReadAsync(Process process)
    {
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return JsonSerializer.Deserialize<JsonElement>(line ?? throw new InvalidOperationException("The process has ended."));
    }

    private static int FindPort() => OrleansCluster.FindPort();

    private void StartRedis() => _redis = Start(
        "redis-server", "--port", $"{_redisPort}", "--bind", "127.0.0.1", "--dir", _folder, "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--logfile", "redis.log");

    private void StartGateway(GatewayProcess gateway) => gateway.Run(Start(
        "dotnet",
        Path.Combine(AppContext.BaseDirectory, "SocketIO.Orleans.Process.dll"),
        "--urls", gateway.Url, "--silo-port", $"{gateway.SiloPort}", "--gateway-port", $"{gateway.ClientPort}", "--redis", $"127.0.0.1:{_redisPort}"));

    private async Task WaitForServersAsync()
    {
        foreach (var gateway in _gateways)
        {
            await WaitForServersAsync(gateway, Gateways);
        }
    }

    private Process Start(string command, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true, WorkingDirectory = _folder })!;
        _processes.Add(process);
        return process;
    }
}
