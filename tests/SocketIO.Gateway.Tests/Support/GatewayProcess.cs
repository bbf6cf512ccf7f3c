using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace SocketIO.Gateway.Tests;

/// <summary>A gateway as a process of its own; its place, the ports and the folder, outlives it.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const string Key = "a key of thirty-two characters..";

    // A published one, where the environment names it.
    private static readonly string Program = Environment.GetEnvironmentVariable("SOCKETIO_GATEWAY") ?? Path.Combine(AppContext.BaseDirectory, "SocketIO.Gateway.dll");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-gateway-").FullName;
    private readonly string[] _settings;
    private readonly StringBuilder _output = new();
    private Process? _process;

    public GatewayProcess(params string[] settings)
    {
        (Port, OperationsPort, PublishPort, SiloPort, ClientPort) = (FindPort(), FindPort(), FindPort(), FindPort(), FindPort());
        _settings =
        [
            $"Listen:0=http://127.0.0.1:{Port}",
            $"Operations:Listen=http://127.0.0.1:{OperationsPort}",
            $"Publish:Listen=http://127.0.0.1:{PublishPort}",
            $"Publish:Keys:0={Key}",
            $"Silo:SiloPort={SiloPort}",
            $"Silo:ClientPort={ClientPort}",
            // A pod is told.
            .. settings.Contains("Silo:Kubernetes=true") ? [] : (string[])["Silo:Address=127.0.0.1"],
            .. settings,
        ];
        Publish = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{PublishPort}/api/v1/"), Timeout = Patience };
        Publish.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        Operations = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{OperationsPort}/"), Timeout = Patience };
    }

    /// <summary>From which level on it logs.</summary>
    public string LogLevel { get; init; } = "Warning";

    public int Port { get; }

    public int OperationsPort { get; }

    public int PublishPort { get; }

    public int SiloPort { get; }

    /// <summary>The port for Orleans clients.</summary>
    public int ClientPort { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>What its environment has beside its settings.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The interface for back-ends, with the key.</summary>
    public HttpClient Publish { get; }

    public HttpClient Operations { get; }

    /// <summary>All that it has written.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts it, and does not wait.</summary>
    public void Start()
    {
        var start = new ProcessStartInfo("dotnet", [Program, "--Logging:LogLevel:Default=" + LogLevel])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var setting in _settings)
        {
            var pair = setting.Split('=', 2);
            start.Environment["SOCKETIO__" + pair[0].Replace(":", "__", StringComparison.Ordinal).ToUpperInvariant()] = pair[1];
        }

        foreach (var (variable, value) in Variables)
        {
            start.Environment[variable] = value;
        }

        _process?.Dispose();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += OnOutput;
        _process.ErrorDataReceived += OnOutput;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public async Task StartAndWaitAsync()
    {
        Start();
        await UntilReadyAsync("Healthy");
    }

    /// <summary>Waits until the gateway says so of its readiness.</summary>
    public async Task UntilReadyAsync(string beginning)
    {
        var last = "";
        for (var since = Stopwatch.GetTimestamp(); ; await Task.Delay(50))
        {
            try
            {
                using var response = await Operations.GetAsync("healthz/ready");
                last = await response.Content.ReadAsStringAsync();
                Assert.Equal(last == "Healthy" ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
                if (last.StartsWith(beginning, StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
            }

            Assert.False(_process!.HasExited, Output);
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"It is '{last}'.{Environment.NewLine}{Output}");
        }
    }

    /// <summary>Waits until it has written something.</summary>
    public async Task UntilSaidAsync(string text)
    {
        for (var since = Stopwatch.GetTimestamp(); !Output.Contains(text, StringComparison.Ordinal); await Task.Delay(50))
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"It has not said '{text}'.{Environment.NewLine}{Output}");
        }
    }

    /// <summary>Kills it, as a machine that fails does.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>Asks it to stop, as a container's host does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process!.Id}"]);
        kill.WaitForExit();
    }

    public async Task<int> WaitForExitAsync()
    {
        using var impatience = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(impatience.Token);
        return _process.ExitCode;
    }

    public ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            if (!process.HasExited)
            {
                Kill();
            }

            process.Dispose();
        }

        Publish.Dispose();
        Operations.Dispose();
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    private void OnOutput(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }
}
