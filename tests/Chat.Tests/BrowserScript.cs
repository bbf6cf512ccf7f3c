using System.Diagnostics;
using System.Reflection;

namespace Chat.Tests;

/// <summary>The script that drives the chat in a real Chromium.</summary>
internal static class BrowserScript
{
    private static readonly string Root = typeof(BrowserScript).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static attribute => attribute.Key == "RepositoryRoot").Value!;

    private static readonly string Folder = Path.Combine(Root, "tests", "Conformance", "Clients");

    public static string ChatFolder { get; } = Path.Combine(Root, "samples", "Chat");

    /// <summary>What is missing to run it; null where nothing is.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>Runs it against a server and gives its exit code with what it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string url, TimeSpan limit)
    {
        using var script = Process.Start(new ProcessStartInfo("node", ["chat.browser.mjs", "--url", url])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = script.StandardOutput.ReadToEndAsync();
        var errors = script.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await script.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            script.Kill(entireProcessTree: true);
            await script.WaitForExitAsync();
        }

        return (script.ExitCode, await output + await errors);
    }

    private static string? FindMissing()
    {
        if (!IsOnPath("node"))
        {
            return "left out: node is not on the path";
        }

        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "playwright-core")))
        {
            return "left out: run npm install in tests/Conformance/Clients first";
        }

        var chromium = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } path ? path : "/usr/bin/chromium";
        return File.Exists(chromium) ? null : $"left out: no Chromium at {chromium}; the variable CHROMIUM names another";
    }

    private static bool IsOnPath(string program)
    {
        var file = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, file)));
    }
}
