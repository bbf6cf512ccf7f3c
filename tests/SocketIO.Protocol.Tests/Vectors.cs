using System.Runtime.CompilerServices;
using System.Text.Json;

namespace SocketIO.Protocol.Tests;

/// <summary>Reads the recorded vectors, which lie beside the tests that use them.</summary>
internal static class Vectors
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static T[] Read<T>(string name, [CallerFilePath] string test = "")
    {
        var folder = Path.GetFileName(Path.GetDirectoryName(test))!;
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, folder, "Vectors", name));
        var vectors = JsonSerializer.Deserialize<T[]>(file, Options)!;
        Assert.NotEmpty(vectors);
        return vectors;
    }
}
