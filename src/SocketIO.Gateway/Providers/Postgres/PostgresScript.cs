using System.Text.RegularExpressions;

namespace SocketIO.Gateway;

/// <summary>A script of the gateway's own tables, which stands for one of Orleans'.</summary>
internal sealed partial class PostgresScript
{
    private PostgresScript(string file, string orleansName)
    {
        using var stream = typeof(PostgresScript).Assembly.GetManifestResourceStream(file)!;
        using var reader = new StreamReader(stream);
        Text = reader.ReadToEnd();
        OrleansName = orleansName;
        Keys = [.. QueryKey().Matches(Text).Select(static match => match.Groups["key"].Value)];
    }

    /// <summary>The table of queries.</summary>
    public static PostgresScript Queries { get; } = new("queries.sql", "PostgreSQL-Main.sql");

    /// <summary>How silos find each other.</summary>
    public static PostgresScript Membership { get; } = new("membership.sql", "PostgreSQL-Clustering.sql");

    /// <summary>What the cluster keeps.</summary>
    public static PostgresScript States { get; } = new("states.sql", "PostgreSQL-Persistence.sql");

    /// <summary>What it says.</summary>
    public string Text { get; }

    /// <summary>Orleans' script for the same queries.</summary>
    public string OrleansName { get; }

    /// <summary>The keys of its queries.</summary>
    public IReadOnlyList<string> Keys { get; }

    [GeneratedRegex(@"^\('(?<key>\w+)', \$\$", RegexOptions.Multiline)]
    private static partial Regex QueryKey();
}
