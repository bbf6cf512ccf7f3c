using System.Text.Json.Serialization;

namespace SocketIO.Cluster;

/// <summary>Lists of rooms inside payloads.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class RoomsJson : JsonSerializerContext;
