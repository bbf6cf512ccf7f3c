using System.Diagnostics;
using System.Net.Sockets;

namespace SocketIO.Gateway.Tests;

/// <summary>The proxy of <c>deploy/compose</c> as a process, before gateways of this machine: its configuration, with other addresses.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-proxy-").FullName;
    private readonly int _port = GatewayProcess.FindPort();
    private Process? _process;

    public string Url => $"http://127.0.0.1:{_port}";

    public async Task StartAsync(params GatewayProcess[] gateways)
    {
        var compose = Path.Combine(Repository.Root, "deploy", "compose");
        var upstream = await File.ReadAllTextAsync(Path.Combine(compose, "gateways.conf"));
        for (var i = 0; i < gateways.Length; i++)
        {
            var server = $"gateway-{i + 1}:3000";
            Assert.Contains(server, upstream);
            upstream = upstream.Replace(server, $"127.0.0.1:{gateways[i].Port}", StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "gateways.conf"), upstream);
        const string Listen = "listen 8080;";
        var nginx = await File.ReadAllTextAsync(Path.Combine(compose, "nginx.conf"));
        Assert.Contains(Listen, nginx);
        await File.WriteAllTextAsync(Path.Combine(_folder, "nginx.conf"), nginx.Replace(Listen, $"listen 127.0.0.1:{_port};", StringComparison.Ordinal));
        _process = Process.Start(new ProcessStartInfo("nginx", ["-p", _folder, "-c", Path.Combine(_folder, "nginx.conf"), "-g", "daemon off;"]) { RedirectStandardError = true })!;
        // It writes a line for each request that a gateway which is being replaced does not take.
        _process.BeginErrorReadLine();
        for (var listens = false; !listens; await Task.Delay(20))
        {
            Assert.False(_process.HasExited, "nginx has ended.");
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", _port);
                listens = true;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } process)
        {
            // It ends its workers itself.
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync();
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
