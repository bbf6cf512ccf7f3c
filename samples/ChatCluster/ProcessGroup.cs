using System.Diagnostics;

namespace ChatCluster;

/// <summary>Processes that are of use together only: when one ends, so do the others.</summary>
internal sealed class ProcessGroup : IDisposable
{
    // What a host of .NET writes when all of it has started.
    private const string Started = "Application started";

    // bin/Debug/net10.0 of this project, and of each that is started.
    private static readonly string Project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));
    private static readonly string Output = Path.GetRelativePath(Project, AppContext.BaseDirectory);

    private readonly List<Process> _processes = [];
    private readonly TaskCompletionSource<bool> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts a process and waits until it serves; what it writes is written here, behind its name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="folder">Its project's folder.</param>
    /// <param name="arguments">Its arguments.</param>
    public async Task StartAsync(string name, string folder, IEnumerable<string> arguments)
    {
        if (_end.Task.IsCompleted)
        {
            return;
        }

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Project, folder, Output, $"ChatCluster.{folder}.dll"), .. arguments]) { RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        _processes.Add(process);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
            {
                Console.WriteLine($"{name}: {text}");
                if (text.Contains(Started, StringComparison.Ordinal))
                {
                    started.TrySetResult();
                }
            }
        };
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) =>
        {
            if (_end.TrySetResult(false))
            {
                Console.Error.WriteLine($"{name} has ended with {process.ExitCode}, and all with it.");
            }
        };
        process.BeginOutputReadLine();
        await Task.WhenAny(started.Task, _end.Task);
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>Whether it was wanted.</returns>
    public Task<bool> WaitAsync() => _end.Task;

    /// <summary>Ends all of them.</summary>
    public void End() => _end.TrySetResult(true);

    /// <summary>The last first: who uses the others goes before them.</summary>
    public void Dispose()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
