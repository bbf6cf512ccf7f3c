using System.Reflection;

namespace SocketIO.Gateway.Tests;

/// <summary>Where the sources are.</summary>
internal static class Repository
{
    public static string Root { get; } =
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The folder whose packages clients come from.</summary>
    public static string Clients { get; } = Path.Combine(Root, "tests", "Conformance", "Clients");
}
