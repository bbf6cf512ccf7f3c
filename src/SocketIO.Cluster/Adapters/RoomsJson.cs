using System.Text.Json;
using System.Text.Json.Serialization;
using SocketIO.Server;

namespace SocketIO.Cluster;

/// <summary>Lists of rooms inside payloads.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class RoomsJson : JsonSerializerContext
{
    public static EventPayload Write(IReadOnlyCollection<string> rooms, params ReadOnlyMemory<byte>[] attachments) =>
        new(JsonSerializer.SerializeToUtf8Bytes(rooms.ToArray(), Default.StringArray), attachments);

    /// <exception cref="JsonException">It is nothing of the kind.</exception>
    public static string[] Read(EventPayload payload) =>
        JsonSerializer.Deserialize(payload.Json.Span, Default.StringArray) ?? throw new JsonException("There is no list of rooms.");
}
