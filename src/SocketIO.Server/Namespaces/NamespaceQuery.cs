// Clients before Socket.IO 3 give a query with a namespace, where later ones give an object.
using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace SocketIO.Server;

/// <summary>The query of a namespace as the <c>auth</c> that it stands for, and back.</summary>
internal static class NamespaceQuery
{
    /// <summary>Makes an object of text values; of several values of a name the last counts.</summary>
    public static byte[] ToJson(string query)
    {
        var output = new ArrayBufferWriter<byte>(query.Length + 16);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        foreach (var (name, values) in QueryHelpers.ParseQuery(query))
        {
            json.WriteString(name, values[^1]);
        }

        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The values of a request, but those of the namespace where it has them.</summary>
    public static KeyValuePair<string, StringValues>[] Merge(IReadOnlyList<KeyValuePair<string, StringValues>> request, byte[] auth)
    {
        using var document = JsonDocument.Parse(auth);
        var own = document.RootElement.EnumerateObject()
            .Select(static member => KeyValuePair.Create(member.Name, new StringValues(member.Value.GetString())))
            .ToArray();
        return [.. request.Where(value => Array.TrueForAll(own, other => other.Key != value.Key)), .. own];
    }
}
