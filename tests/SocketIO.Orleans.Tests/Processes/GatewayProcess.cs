using System.Diagnostics;
using System.Net.Http.Json;

namespace SocketIO.Orleans.Tests;

/// <summary>A gateway's place: its ports, and the process that has them.</summary>
/// <param name="url">Where it serves HTTP.</param>
/// <param name="siloPort">Its port for silos.</param>
/// <param name="clientPort">Its port for clients of Orleans.</param>
internal sealed class GatewayProcess(string url, int siloPort, int clientPort)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly List<string> _lines = [];

    public string Url => url;

    public int SiloPort => siloPort;

    public int ClientPort => clientPort;

    public Process Process { get; private set; } = null!;

    /// <summary>Whether the partition of the main namespace is here.</summary>
    public bool HoldsNamespace
    {
        get
        {
            lock (_lines)
            {
                return _lines.FindLast(static line => line.Contains("Partition 0 of namespace / ", StringComparison.Ordinal))?.Contains("starts", StringComparison.Ordinal) == true;
            }
        }
    }

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

    public void Run(Process process)
    {
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

    /// <summary>Asks it to stop, as a container's host does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{Process.Id}"]);
        kill.WaitForExit();
    }

    public async Task<T> GetAsync<T>(string path) => (await Http.GetFromJsonAsync<T>($"{url}/{path}"))!;
}
