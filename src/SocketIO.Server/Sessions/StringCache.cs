// Clients of one kind send the same header values: kept once, not once for each connection.
using Microsoft.Extensions.Primitives;

namespace SocketIO.Server;

/// <summary>A small table of recently seen strings; a new one takes the place of an older one, so it never grows.</summary>
internal sealed class StringCache
{
    private const int Size = 1024;
    private const int LongestKept = 512;

    private readonly string?[] _strings = new string?[Size];

    /// <summary>An equal string that was seen before, or this one.</summary>
    public string Get(string value)
    {
        if (value.Length > LongestKept)
        {
            return value;
        }

        ref var slot = ref _strings[string.GetHashCode(value) & (Size - 1)];
        if (slot is { } known && known == value)
        {
            return known;
        }

        slot = value;
        return value;
    }

    /// <summary>Names and values as an array that holds strings which were seen before.</summary>
    public KeyValuePair<string, StringValues>[] Copy(ICollection<KeyValuePair<string, StringValues>> values)
    {
        var copy = new KeyValuePair<string, StringValues>[values.Count];
        values.CopyTo(copy, 0);
        for (var i = 0; i < copy.Length; i++)
        {
            var (name, value) = copy[i];
            copy[i] = KeyValuePair.Create(Get(name), value.Count == 1 ? new StringValues(Get(value.ToString())) : value);
        }

        return copy;
    }
}
