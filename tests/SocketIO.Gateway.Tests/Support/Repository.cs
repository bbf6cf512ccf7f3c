using System.Reflection;

namespace SocketIO.Gateway.Tests;

/// <summary>Where the sources are.</summary>
internal static class Repository
{
    public static string Root { get; } =
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "RepositoryRoot").Value!;
}
