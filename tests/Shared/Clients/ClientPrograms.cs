// The programs of tests/Conformance/Clients are started as processes; what this machine lacks for them skips their tests.
using System.Diagnostics;

namespace SocketIO.Testing;

/// <summary>Finds and runs the client programs.</summary>
internal static class ClientPrograms
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);
    // As in chromium.mjs.
    private static readonly string[] Browsers = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    private static readonly Lazy<string?> NoNode = new(static () => Lacks("node", ["--version"], "Node.js is not installed."));

    private static readonly Lazy<string?> NoPython = new(static () =>
        Lacks(Python, ["-c", "import socketio, requests, websocket"], "python3-socketio, -requests or -websocket is not installed."));

    private static string Folder { get; } = ConformanceFolder.Find("Clients");

    /// <summary>Why the program cannot run here; null: it can.</summary>
    public static string? WhyNot(string program, bool inBrowser)
    {
        if (program.EndsWith(".py", StringComparison.Ordinal))
        {
            return NoPython.Value;
        }

        if (!File.Exists(Path.Combine(Folder, "node_modules", "socket.io-client", "package.json")))
        {
            return "The packages of tests/Conformance/Clients are not installed (npm install).";
        }

        return inBrowser && Environment.GetEnvironmentVariable("CHROMIUM") is null && !Browsers.Any(File.Exists)
            ? "Chromium is not installed."
            : NoNode.Value;
    }

    /// <summary>Runs a program to its end.</summary>
    public static Task<(int ExitCode, string Output)> RunAsync(string program, Uri url, string? transport) =>
        RunAsync(program, ["--url", url.GetLeftPart(UriPartial.Authority), .. transport is null ? [] : (string[])["--transport", transport]]);

    /// <summary>Runs a program with arguments of its own.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments)
    {
        var interpreter = program.EndsWith(".py", StringComparison.Ordinal) ? Python : "node";
        var start = new ProcessStartInfo(interpreter, [program, .. arguments])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
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
        }

        return (process.HasExited ? process.ExitCode : -1, await output + await errors);
    }

    private static string? Lacks(string command, string[] arguments, string reason)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : reason;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return reason;
        }
    }
}

/// <summary>A test that needs a client program; it is skipped, with the reason, where the program cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClientTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for what the program needs.</summary>
    /// <param name="program">The file's name.</param>
    /// <param name="inBrowser">Whether it starts a browser.</param>
    public ClientTheoryAttribute(string program, bool inBrowser = false)
    {
        Program = program;
        InBrowser = inBrowser;
        Skip = ClientPrograms.WhyNot(program, inBrowser);
    }

    /// <summary>The file's name.</summary>
    public string Program { get; }

    /// <summary>Whether it starts a browser.</summary>
    public bool InBrowser { get; }
}

/// <summary>The same for a single test.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClientFactAttribute : FactAttribute
{
    /// <summary>Looks for what the program needs.</summary>
    /// <param name="program">The file's name.</param>
    /// <param name="inBrowser">Whether it starts a browser.</param>
    public ClientFactAttribute(string program, bool inBrowser = false)
    {
        Program = program;
        InBrowser = inBrowser;
        Skip = ClientPrograms.WhyNot(program, inBrowser);
    }

    /// <summary>The file's name.</summary>
    public string Program { get; }

    /// <summary>Whether it starts a browser.</summary>
    public bool InBrowser { get; }
}
