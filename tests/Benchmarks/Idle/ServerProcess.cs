using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SocketIO.Benchmarks.Idle;

/// <summary>What the server's process holds.</summary>
internal sealed record ServerStats(int Connections, int Sockets, long ResidentBytes, int Threads, long Timers);

/// <summary>The benchmark server in a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http = new();

    private ServerProcess(Process process, IPEndPoint endPoint)
    {
        _process = process;
        EndPoint = endPoint;
    }

    public IPEndPoint EndPoint { get; }

    public static async Task<ServerProcess> StartAsync(params string[] options)
    {
        var endPoint = FindFreePort();
        var process = Process.Start(new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "SocketIO.Benchmarks.Server.dll"), "--urls", $"http://{endPoint}", .. options]))!;
        var server = new ServerProcess(process, endPoint);
        while (true)
        {
            try
            {
                await server.GetStatsAsync();
                return server;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
        }
    }

    public async Task<ServerStats> GetStatsAsync()
    {
        var numbers = (await _http.GetStringAsync(new Uri($"http://{EndPoint}/stats")))
            .Split(' ')
            .Select(static number => long.Parse(number, CultureInfo.InvariantCulture))
            .ToArray();
        return new ServerStats((int)numbers[0], (int)numbers[1], numbers[2], (int)numbers[3], numbers[4]);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        _http.Dispose();
    }

    private static IPEndPoint FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }
}
