using System.Reflection;

namespace SocketIO.Orleans.Tests;

/// <summary>A test that needs redis-server, Node and the npm clients; where one is missing it is left out, and says so.</summary>
public sealed class ClusterFactAttribute : FactAttribute
{
    public ClusterFactAttribute()
    {
        if (!CanRun)
        {
            Skip = $"redis-server, node or {Clients}/node_modules is missing; .ci/run installs them";
        }
    }

    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } =
        typeof(ClusterFactAttribute).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The folder whose packages the clients come from.</summary>
    public static string Clients { get; } = Path.Combine(Root, "tests", "Conformance", "Clients");

    public static bool CanRun { get; } =
        IsOnPath("redis-server") && IsOnPath("node") && Directory.Exists(Path.Combine(Clients, "node_modules", "socket.io-client"));

    private static bool IsOnPath(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, command)));
}
