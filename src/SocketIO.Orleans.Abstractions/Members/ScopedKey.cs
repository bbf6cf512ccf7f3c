using System.Globalization;

namespace SocketIO.Orleans;

/// <summary>The key of a grain that belongs to a namespace. The namespace is length-prefixed, so no two pairs share a key.</summary>
internal static class ScopedKey
{
    public static string Write(string @namespace, string name)
    {
        ArgumentNullException.ThrowIfNull(@namespace);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var ns = @namespace.StartsWith('/') ? @namespace : "/" + @namespace;
        return string.Create(CultureInfo.InvariantCulture, $"{ns.Length}:{ns}{name}");
    }

    public static (string Namespace, string Name) Read(string key)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        var end = colon + 1 + int.Parse(key.AsSpan(0, colon), CultureInfo.InvariantCulture);
        return (key[(colon + 1)..end], key[end..]);
    }
}
