using System.Reflection;

namespace Chat.Tests;

/// <summary>Where the chat's sources are.</summary>
internal static class ChatFolder
{
    public static string Path { get; } = System.IO.Path.Combine(
        typeof(ChatFolder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static attribute => attribute.Key == "RepositoryRoot").Value!, "samples", "Chat");
}
