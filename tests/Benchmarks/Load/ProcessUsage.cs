using System.Globalization;

namespace SocketIO.Benchmarks.Load;

/// <summary>What processes have used so far, as Linux counts it.</summary>
internal readonly record struct ProcessUsage(double CpuMicroseconds, long ResidentBytes)
{
    // Clock ticks of /proc/PID/stat: 100 a second on every Linux that .NET runs on.
    private const double MicrosecondsPerTick = 10_000;

    /// <summary>What several processes have used together.</summary>
    public static ProcessUsage Of(IEnumerable<int> processes)
    {
        var all = processes.Select(Of).ToList();
        return new ProcessUsage(all.Sum(static usage => usage.CpuMicroseconds), all.Sum(static usage => usage.ResidentBytes));
    }

    private static ProcessUsage Of(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        // The name before may hold spaces; it ends with the last bracket.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        var resident = File.ReadLines($"/proc/{process}/status").First(static line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        var kibibytes = long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return new ProcessUsage(ticks * MicrosecondsPerTick, kibibytes * 1024);
    }
}
