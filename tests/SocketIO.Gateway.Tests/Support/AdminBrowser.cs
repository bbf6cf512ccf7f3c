using System.Diagnostics;

namespace SocketIO.Gateway.Tests;

/// <summary>The official Admin UI in a real Chromium.</summary>
internal static class AdminBrowser
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>The folder of the program that drives it.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Conformance", "Clients");

    /// <summary>Runs the program, and fails with what it has printed if it does.</summary>
    public static async Task RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("node", ["admin.browser.mjs", .. arguments])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        Assert.True(process.ExitCode == 0, $"admin.browser.mjs ended with {process.ExitCode}:{Environment.NewLine}{await output}{await errors}");
    }
}

/// <summary>A test that needs Node, the Admin UI's package, Chromium and redis-server; where one is missing it is left out, and says so.</summary>
public sealed class AdminBrowserFactAttribute : FactAttribute
{
    public AdminBrowserFactAttribute()
    {
        Skip = FindMissing();
    }

    private static string? FindMissing()
    {
        if (!Directory.Exists(Path.Combine(AdminBrowser.Folder, "node_modules", "@socket.io", "admin-ui")))
        {
            return "The packages of tests/Conformance/Clients are not installed (npm install).";
        }

        if (Environment.GetEnvironmentVariable("CHROMIUM") is null && !File.Exists("/usr/bin/chromium") && !File.Exists("/usr/bin/chromium-browser") && !File.Exists("/usr/bin/google-chrome"))
        {
            return "Chromium is not installed.";
        }

        return new RedisFactAttribute().Skip ?? (IsOnPath("node") ? null : "Node.js is not installed.");
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
