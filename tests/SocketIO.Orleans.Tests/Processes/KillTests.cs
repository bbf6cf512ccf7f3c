using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace SocketIO.Orleans.Tests;

/// <summary>
/// Gateways as processes of their own, Redis for their membership and storage, clients of npm's socket.io-client, and SIGKILL in the middle of the traffic:
/// 3 gateways, 300 clients in 30 rooms of 10 that span the gateways, 200 broadcasts a second in all.
/// </summary>
[Trait("Category", "Kill")]
public sealed class KillTests : IAsyncLifetime
{
    private const int Gateways = 3;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-kill-").FullName;
    private readonly List<Process> _processes = [];
    private readonly List<Gateway> _gateways = [];
    private int _redis;

    public async Task InitializeAsync()
    {
        if (!ClusterFactAttribute.CanRun)
        {
            return;
        }

        try
        {
            await StartClusterAsync();
        }
        catch
        {
            // Nobody else would end them.
            await DisposeAsync();
            throw;
        }
    }

    public Task DisposeAsync()
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

        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [ClusterFact]
    public Task A_gateway_is_killed_that_sequences_nothing() => KillAsync(holder: false);

    [ClusterFact]
    public Task The_gateway_is_killed_that_holds_the_namespace() => KillAsync(holder: true);

    private async Task StartClusterAsync()
    {
        _redis = FindPort();
        Start("redis-server", "--port", $"{_redis}", "--bind", "127.0.0.1", "--dir", _folder, "--appendonly", "yes", "--appendfsync", "always", "--save", "");
        for (var i = 0; i < Gateways; i++)
        {
            // One after another: silos that join at the same moment wait for each other.
            _gateways.Add(StartGateway());
            await WaitForServersAsync(_gateways[^1], i + 1);
        }

        await WaitForServersAsync(_gateways[0], Gateways);
    }

    private static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task KillAsync(bool holder)
    {
        var clients = Start("node", Path.Combine(AppContext.BaseDirectory, "Processes", "clients.mjs"), ClusterFactAttribute.Clients);
        await clients.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new
        {
            urls = _gateways.Select(static gateway => gateway.Url),
            rooms = 30,
            perRoom = 10,
            rate = 200,
            transports = new[] { new[] { "websocket" } },
        }));
        var ready = await ReadAsync(clients);
        Assert.Equal(300, ready.GetProperty("ready").GetInt32());
        await Task.Delay(TimeSpan.FromSeconds(2));

        var victim = _gateways.FindIndex(gateway => gateway.HoldsNamespace == holder);
        Assert.True(victim >= 0);
        _gateways[victim].Process.Kill();
        // Long enough for everybody to be back, and for the dead to be forgotten.
        await Task.Delay(TimeSpan.FromSeconds(12));
        await clients.StandardInput.WriteLineAsync("stop");
        var publishers = (await ReadAsync(clients)).GetProperty("stopped").EnumerateArray().ToList();
        await Task.Delay(TimeSpan.FromSeconds(5));
        var listed = await Http.GetFromJsonAsync<string[]>($"{_gateways[(victim + 1) % Gateways].Url}/sockets");
        await clients.StandardInput.WriteLineAsync("report");
        var report = (await ReadAsync(clients)).GetProperty("clients").EnumerateArray().Select(static client => new Client(client)).ToList();

        Assert.All(report, static client => Assert.True(client.IsConnected));
        // No ghosts: who is listed is connected, and everybody who is connected is listed.
        Assert.Equal(report.Select(static client => client.Id).Order(), listed!.Intersect(report.Select(static client => client.Id)).Order());
        Assert.Equal(report.Count + Gateways - 1, listed!.Length);
        var survivors = report.Where(client => client.Gateway != victim).ToList();
        var others = report.Where(client => client.Gateway == victim).ToList();
        Assert.All(survivors, static client => Assert.Equal(0, client.Returns));
        Assert.All(others, static client => Assert.True(client.Returns > 0));
        var living = publishers.Where((_, index) => index != victim).ToList();
        foreach (var room in survivors.GroupBy(static client => client.Room))
        {
            var order = room.First().Seen;
            // One order for all whose gateway lived, nothing twice, and nothing missing of what living gateways were given.
            Assert.All(room, client => Assert.Equal(order, client.Seen));
            Assert.Equal(order.Count, order.Distinct().Count());
            foreach (var publisher in living)
            {
                var name = publisher.GetProperty("name").GetString()!;
                var sent = publisher.GetProperty("sent").TryGetProperty(room.Key, out var count) ? count.GetInt32() : 0;
                Assert.Equal(Enumerable.Range(1, sent), order.Where(packet => packet.Publisher == name).Select(static packet => packet.Number));
            }

            foreach (var client in others.Where(client => client.Room == room.Key))
            {
                // Who was on the dead gateway goes on where it was; with a fresh session, which knows nothing of what the one before has seen, it has one order in each.
                // What the dead gateway published itself and nobody else has had was never accepted.
                Assert.All(client.Sessions, session => Assert.Equal(order.Where(session.Contains), session.Where(packet => packet.Publisher != $"p{victim}" || order.Contains(packet))));
                if (client.Recoveries == client.Returns)
                {
                    Assert.Equal(order, client.Seen);
                }
            }
        }

        Assert.True(others.Count(static client => client.Recoveries == client.Returns) > others.Count / 2, $"Only {others.Count(static client => client.Recoveries > 0)} of {others.Count} were recovered.");
    }

    private static async Task<JsonElement> ReadAsync(Process clients)
    {
        var line = await clients.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return JsonSerializer.Deserialize<JsonElement>(line ?? throw new InvalidOperationException("The clients have ended."));
    }

    private static async Task WaitForServersAsync(Gateway gateway, int count)
    {
        for (var end = DateTime.UtcNow.AddSeconds(60); ; await Task.Delay(50))
        {
            Assert.True(DateTime.UtcNow < end && !gateway.Process.HasExited, $"The gateway does not count {count} servers.{Environment.NewLine}{gateway.Log}");
            try
            {
                if (await Http.GetFromJsonAsync<int>($"{gateway.Url}/servers") == count)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It starts.
            }
        }
    }

    private Gateway StartGateway()
    {
        var url = $"http://127.0.0.1:{FindPort()}";
        var process = Start(
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "SocketIO.Orleans.Process.dll"),
            "--urls", url, "--silo-port", $"{FindPort()}", "--gateway-port", $"{FindPort()}", "--redis", $"127.0.0.1:{_redis}");
        return new Gateway(url, process);
    }

    private Process Start(string command, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true, WorkingDirectory = _folder })!;
        _processes.Add(process);
        return process;
    }

    private sealed class Gateway
    {
        private readonly List<string> _lines = [];

        public Gateway(string url, Process process)
        {
            Url = url;
            Process = process;
            process.OutputDataReceived += (_, line) =>
            {
                lock (_lines)
                {
                    _lines.Add(line.Data ?? "");
                }
            };
            process.BeginOutputReadLine();
        }

        public string Url { get; }

        public Process Process { get; }

        public bool HoldsNamespace => Log.Contains("Partition 0 of namespace / starts", StringComparison.Ordinal);

        public string Log
        {
            get
            {
                lock (_lines)
                {
                    return string.Join(Environment.NewLine, _lines);
                }
            }
        }
    }

    private sealed class Client
    {
        public Client(JsonElement json)
        {
            Id = json.GetProperty("id").GetString() ?? "";
            Room = json.GetProperty("room").GetString()!;
            Gateway = json.GetProperty("gateway").GetInt32();
            IsConnected = json.GetProperty("connected").GetBoolean();
            Returns = json.GetProperty("returns").GetInt32();
            Recoveries = json.GetProperty("recoveries").GetInt32();
            var seen = json.GetProperty("seen").EnumerateArray().Select(static packet => (Session: packet[2].GetInt32(), Packet: (packet[0].GetString()!, packet[1].GetInt32()))).ToList();
            Seen = [.. seen.Select(static packet => packet.Packet)];
            Sessions = [.. seen.GroupBy(static packet => packet.Session).Select(static session => session.Select(static packet => packet.Packet).ToList())];
        }

        public string Id { get; }

        public string Room { get; }

        public int Gateway { get; }

        public bool IsConnected { get; }

        public int Returns { get; }

        public int Recoveries { get; }

        public List<(string Publisher, int Number)> Seen { get; }

        /// <summary>The same by sessions; one that is recovered goes on.</summary>
        public List<List<(string Publisher, int Number)>> Sessions { get; }
    }
}
