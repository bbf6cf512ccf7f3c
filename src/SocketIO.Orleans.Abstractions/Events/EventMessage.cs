using System.Text.Json;
using Orleans;

namespace SocketIO.Orleans;

/// <summary>The arguments of an event or an answer as they cross silos: a UTF-8 JSON array in which binary values are placeholders, and their bytes.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.EventMessage")]
public sealed class EventMessage
{
    internal EventMessage(byte[] json, byte[][] attachments)
    {
        Json = json;
        Attachments = attachments;
    }

    [Id(0)]
    internal byte[] Json { get; }

    [Id(1)]
    internal byte[][] Attachments { get; }

    internal JsonElement[] ReadValues() => [.. JsonElement.Parse(Json).EnumerateArray()];
}
