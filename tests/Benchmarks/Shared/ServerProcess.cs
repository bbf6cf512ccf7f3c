using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace SocketIO.Benchmarks;

/// <summary>A benchmark server in a process of its own.</summary>
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

    /// <summary>The CPU time that it has used so far.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a server whose assembly lies beside this one.</summary>
    public static async Task<ServerProcess> StartAsync(string assembly, params string[] options)
    {
        var endPoint = FindFreePort();
        var process = Process.Start(new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, assembly), .. options, "--urls", $"http://{endPoint}"]))!;
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

    /// <summary>What it holds.</summary>
    /// <param name="collect">Whether it is to collect garbage before.</param>
    public async Task<ServerStats> GetStatsAsync(bool collect = false) =>
        (await _http.GetFromJsonAsync<ServerStats>(new Uri($"http://{EndPoint}/stats?collect={collect}")))!;

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
