using System.ComponentModel;
using System.Diagnostics;

namespace Deployment.Tests;

/// <summary>Runs a program to its end.</summary>
internal static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>What a program said, and with which code it ended.</summary>
    public sealed record Result(int ExitCode, string Output, string Error);

    /// <summary>Whether a program is on the path.</summary>
    public static bool Has(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs a program and gives it an input.</summary>
    public static Result Run(string program, IEnumerable<string> arguments, string? input = null, string? folder = null, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Sources.Root,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                throw new InvalidOperationException($"{program} did not end.");
            }

            return new Result(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{program} is needed by these tests, and is not here; .ci/lib.sh says which packages bring it. {e.Message}", e);
        }
    }
}
