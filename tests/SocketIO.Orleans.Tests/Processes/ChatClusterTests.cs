using System.Diagnostics;
using System.Net.Http;

namespace SocketIO.Orleans.Tests;

/// <summary>samples/ChatCluster, started as its users start it, with real clients at both of its gateways.</summary>
public sealed class ChatClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [ClusterFact]
    public async Task People_chat_through_both_gateways()
    {
        // The second gateway's port is the next one, and so are those of the silos.
        var (port, siloPort) = (OrleansCluster.FindPort(), OrleansCluster.FindPort());
        using var chat = Start("dotnet", Sample, "--port", $"{port}", "--silo-port", $"{siloPort}", "--every", "1");
        var log = new List<string>();
        chat.OutputDataReceived += (_, line) =>
        {
            lock (log)
            {
                log.Add(line.Data ?? "");
            }
        };
        chat.BeginOutputReadLine();
        try
        {
            Assert.Equal(
                [
                    """refused: A name has 1 to 24 characters. {"code":"name"}""",
                    "Grace came",
                    """{"ok":true}""",
                    "Ada: hello",
                    """{"error":{"message":"A message has 1 to 500 characters."}}""",
                    """["Ada","Grace"]""",
                    "announcer: 2 of 2 are awake",
                    "announcer: 2 of 2 are awake",
                    "Grace left",
                ],
                await RunClientsAsync($"http://127.0.0.1:{port}", $"http://127.0.0.1:{port + 1}"));
            using var http = new HttpClient();
            Assert.Contains("Chat on a cluster", await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/")), StringComparison.Ordinal);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            lock (log)
            {
                throw new InvalidOperationException(string.Join(Environment.NewLine, log), e);
            }
        }
        finally
        {
            chat.Kill(entireProcessTree: true);
            await chat.WaitForExitAsync();
        }
    }

    // Beside this one's, in the same configuration.
    private static string Sample
    {
        get
        {
            var output = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
            var configuration = Path.GetFileName(Path.GetDirectoryName(output)!);
            return Path.Combine(ClusterFactAttribute.Root, "samples", "ChatCluster", "bin", configuration, Path.GetFileName(output), "ChatCluster.dll");
        }
    }

    private static async Task<string[]> RunClientsAsync(string first, string second)
    {
        using var clients = Start("node", Path.Combine(AppContext.BaseDirectory, "Processes", "chatcluster.mjs"), ClusterFactAttribute.Clients, first, second);
        try
        {
            var output = await clients.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            clients.Kill();
        }
    }

    private static Process Start(string command, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true })!;
}
