using System.Globalization;
using System.Reflection;

namespace SocketIO.Cluster.Tests;

/// <summary>
/// The tables of FAULTS.md: one for each kind of faults, under its name. What they say of a fault has to be what was found.
/// SOCKETIO_SIM_RECORD=1 writes it down instead.
/// </summary>
internal static class FaultTable
{
    private static readonly Lock Gate = new();

    public static string Folder { get; } = Path.Combine(
        typeof(FaultTable).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!,
        "tests", "SocketIO.Cluster.Tests", "Simulation");

    private static string File { get; } = Path.Combine(Folder, "FAULTS.md");

    /// <summary>Each row's cells: the fault, what the rules lose by it, the first seed that finds it, and as what.</summary>
    public static IEnumerable<string[]> Rows(string kind) =>
        Section([.. System.IO.File.ReadLines(File)], kind).Rows.Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]);

    public static void Check(string kind, string fault, int seed, string message)
    {
        var found = string.Create(CultureInfo.InvariantCulture, $"| {seed} | {message} |");
        lock (Gate)
        {
            List<string> lines = [.. System.IO.File.ReadLines(File)];
            var (end, rows) = Section(lines, kind);
            var row = rows.Find(line => line.StartsWith($"| {fault} |", StringComparison.Ordinal));
            if (row is not null && row.EndsWith(found, StringComparison.Ordinal))
            {
                return;
            }

            if (Environment.GetEnvironmentVariable("SOCKETIO_SIM_RECORD") is null)
            {
                Assert.Fail($"FAULTS.md says of {fault}: {row ?? "nothing"}. It was found as {found} If that is meant, record it with SOCKETIO_SIM_RECORD=1.");
            }

            var recorded = $"| {fault} | {row?.Split('|', StringSplitOptions.TrimEntries)[2]} {found}";
            if (row is null)
            {
                lines.Insert(end, recorded);
            }
            else
            {
                lines[lines.LastIndexOf(row, end - 1)] = recorded;
            }

            System.IO.File.WriteAllLines(File, lines);
        }
    }

    private static (int End, List<string> Rows) Section(List<string> lines, string kind)
    {
        var start = lines.IndexOf($"## {kind}");
        Assert.True(start >= 0, $"FAULTS.md has no section {kind}.");
        var head = lines.FindIndex(start, line => line.StartsWith("|---", StringComparison.Ordinal)) + 1;
        var end = lines.FindIndex(head, line => !line.StartsWith('|'));
        end = end < 0 ? lines.Count : end;
        return (end, lines[head..end]);
    }
}
