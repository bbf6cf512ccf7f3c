using System.Diagnostics;

namespace SocketIO.Gateway.Tests;

/// <summary>A test that needs redis-server; where it is missing it is left out, and says so.</summary>
public sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "redis-server"))))
        {
            Skip = "redis-server is missing; .ci/run installs it";
        }
    }
}

/// <summary>A Redis that loses nothing it has acknowledged; its port and its data outlive it.</summary>
internal sealed class RedisProcess : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-redis-").FullName;
    private readonly int _port = GatewayProcess.FindPort();
    private Process? _process;

    public string Address => $"127.0.0.1:{_port}";

    public void Start() => _process = Process.Start(new ProcessStartInfo(
        "redis-server",
        ["--port", $"{_port}", "--bind", "127.0.0.1", "--dir", _folder, "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--logfile", "redis.log"]))!;

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            Kill();
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
