using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Deployment.Tests;

/// <summary>nginx with the configuration of <c>deploy/compose</c>, before gateways whose ports are given.</summary>
internal sealed class NginxProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // Debian has it where only root's path leads.
    private static readonly string Program = File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";

    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-nginx-").FullName;
    private Process? _process;

    public NginxProcess(params ReadOnlySpan<int> gateways)
    {
        Port = FindPort();
        File.WriteAllText(
            Path.Combine(_folder, "nginx.conf"),
            File.ReadAllText(Path.Combine(Compose.Folder, "nginx.conf")).Replace("listen 8080;", string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.1:{Port};"), StringComparison.Ordinal));
        var upstream = File.ReadAllText(Path.Combine(Compose.Folder, "gateways.conf"));
        for (var i = 0; i < gateways.Length; i++)
        {
            upstream = upstream.Replace(string.Create(CultureInfo.InvariantCulture, $"gateway-{i + 1}:3000"), string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{gateways[i]}"), StringComparison.Ordinal);
        }

        File.WriteAllText(Path.Combine(_folder, "gateways.conf"), upstream);
    }

    public int Port { get; }

    /// <summary>What is in place of <c>gateways.conf</c>.</summary>
    public string Upstream
    {
        init => File.WriteAllText(Path.Combine(_folder, "gateways.conf"), value);
    }

    /// <summary>Asks nginx whether it takes its configuration.</summary>
    public Tool.Result Test() => Tool.Run(Program, ["-t", .. Arguments]);

    /// <summary>Starts it, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program, [.. Arguments, "-g", "daemon off;"]) { RedirectStandardError = true })!;
        // It writes a line for each request that a gateway which is being replaced does not take.
        _process.BeginErrorReadLine();
        using var cancellation = new CancellationTokenSource(Patience);
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Port, cancellation.Token);
                return;
            }
            catch (SocketException)
            {
                Assert.False(_process.HasExited, "nginx has ended.");
                await Task.Delay(20, cancellation.Token);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string[] Arguments => ["-p", _folder, "-c", Path.Combine(_folder, "nginx.conf")];

    private static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
