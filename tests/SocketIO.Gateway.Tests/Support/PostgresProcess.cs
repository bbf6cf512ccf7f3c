using System.Diagnostics;

namespace SocketIO.Gateway.Tests;

/// <summary>A test that needs PostgreSQL's server; where it is missing it is left out, and says so.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (PostgresProcess.Programs is null)
        {
            Skip = "postgres is missing; .ci/run installs it";
        }
    }
}

/// <summary>A PostgreSQL as it is out of its package: it loses nothing that it has committed. Its port and its data outlive it.</summary>
internal sealed class PostgresProcess : IDisposable
{
    /// <summary>The password of its user.</summary>
    public const string Password = "a-secret-of-the-database";

    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-postgres-").FullName;
    private readonly int _port = GatewayProcess.FindPort();
    private Process? _process;

    /// <summary>Makes a database, and does not start it.</summary>
    public PostgresProcess()
    {
        // The server does not run as root, and then the folder is to be of whom it runs as.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder, (UnixFileMode)0b111_111_111);
        }

        var password = Path.Combine(_folder, "password");
        File.WriteAllText(password, Password);
        Run("initdb", "--pgdata", Data, "--username", "socketio", "--pwfile", password, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync");
    }

    /// <summary>Where the server's programs are; <see langword="null"/>: it is not there.</summary>
    public static string? Programs { get; } = (Directory.Exists("/usr/lib/postgresql") ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Reverse().Select(static version => Path.Combine(version, "bin")) : [])
        .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
        .FirstOrDefault(static folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")));

    public string Address => $"127.0.0.1:{_port}";

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Database=postgres;Username=socketio;Password={Password};Timeout=5;Command Timeout=5";

    private string Data => Path.Combine(_folder, "data");

    public void Start() => _process = Process.Start(Write(
        "postgres", "-D", Data, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "log_destination=stderr", "-c", "logging_collector=on"))!;

    /// <summary>Ends it as a crash does: nothing is written any more, and the next start recovers what was committed.</summary>
    public void Kill()
    {
        using (var kill = Process.Start("kill", ["-QUIT", $"{_process!.Id}"]))
        {
            kill.WaitForExit();
        }

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

    private static void Run(string program, params string[] arguments)
    {
        var start = Write(program, arguments);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output.Result + error);
    }

    private static ProcessStartInfo Write(string program, params string[] arguments)
    {
        var path = Path.Combine(Programs!, program);
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", path, .. arguments])
            : new ProcessStartInfo(path, arguments);
        start.WorkingDirectory = "/";
        return start;
    }
}
