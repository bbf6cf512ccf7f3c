namespace SocketIO.Testing;

/// <summary>Finds what the tests need beside their own code.</summary>
internal static class ConformanceFolder
{
    /// <summary>The full path of a folder in <c>tests/Conformance</c>.</summary>
    public static string Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var found = Path.Combine(folder.FullName, "tests", "Conformance", name);
            if (Directory.Exists(found))
            {
                return found;
            }
        }

        throw new DirectoryNotFoundException($"There is no tests/Conformance/{name} above {AppContext.BaseDirectory}.");
    }
}
