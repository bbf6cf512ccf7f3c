using Orleans;

namespace SocketIO.Orleans;

/// <summary>Which sockets are meant, and how they are to get it.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.Audience")]
public sealed record Audience
{
    /// <summary>All sockets.</summary>
    internal static Audience All { get; } = new();

    [Id(0)]
    internal string[] Rooms { get; init; } = [];

    [Id(1)]
    internal string[] Except { get; init; } = [];

    [Id(2)]
    internal bool Volatile { get; init; }

    [Id(3)]
    internal bool Compress { get; init; } = true;
}
