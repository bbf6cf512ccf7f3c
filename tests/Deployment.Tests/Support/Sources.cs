using System.Reflection;

namespace Deployment.Tests;

/// <summary>Where the sources are.</summary>
internal static class Sources
{
    public static string Root { get; } =
        typeof(Sources).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The gateway's chart.</summary>
    public static string Chart { get; } = PathOf("helm", "socketio-orleans");

    /// <summary>The folder of the tools that the tests run.</summary>
    public static string Tests { get; } = PathOf("tests", "Deployment.Tests");

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);
}
