using System.Buffers;
using System.ComponentModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans;
using SocketIO.Orleans;
using SocketIO.Protocol;

namespace SocketIO.Gateway;

/// <summary>A choice of sockets: all of a namespace, unless rooms, sockets or members are named.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public record SocketChoice
{
    // What no client's packet can have in a namespace.
    private static readonly SearchValues<char> Separators = SearchValues.Create([',', '?', .. Enumerable.Range(0, 32).Select(static number => (char)number)]);

    /// <summary>The namespace.</summary>
    [Description("The namespace. Default: the main one.")]
    public string Namespace { get; init; } = "/";

    /// <summary>Who is in any of these rooms.</summary>
    [Description("Who is in any of these rooms.")]
    public string[] Rooms { get; init; } = [];

    /// <summary>Sockets by their ids.</summary>
    [Description("Sockets by their ids.")]
    public string[] Sockets { get; init; } = [];

    /// <summary>All sockets of these members.</summary>
    [Description("All sockets of these members.")]
    public string[] Members { get; init; } = [];

    /// <summary>Not who is in any of these rooms; a socket's id is a room.</summary>
    [Description("Not who is in any of these rooms; a socket's id is a room.")]
    public string[] Except { get; init; } = [];

    /// <summary>A namespace that clients could be in; any other would be made and kept for nothing.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    internal static string Check(string name) =>
        name.StartsWith('/') && Encoding.UTF8.GetByteCount(name) <= PacketLimits.Default.MaxNamespaceBytes && !name.AsSpan().ContainsAny(Separators)
            ? name
            : throw new ArgumentException($"The namespace is '{name}'; allowed: a name with a leading slash, of at most {PacketLimits.Default.MaxNamespaceBytes} bytes, without control characters, comma and question mark.");

    internal NamespaceOperator Choose(IGrainFactory grains) => grains.SocketIO(Check(Namespace)).To([.. Rooms, .. Sockets, .. Members.Select(MemberRoom.Of)]).Except(Except);
}

/// <summary>An event for the sockets chosen.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record EmitRequest : SocketChoice
{
    /// <summary>The event's name.</summary>
    [Description("The event's name.")]
    public required string Event { get; init; }

    /// <summary>Its arguments.</summary>
    [Description("Its arguments, any JSON.")]
    public JsonElement[] Args { get; init; } = [];

    /// <summary>Whether clients that can't take it right now are passed over.</summary>
    [Description("Whether clients that can't take it right now are passed over.")]
    public bool Volatile { get; init; }

    /// <summary>For how many milliseconds the answers of all clients are waited for; without it nobody is asked for one.</summary>
    [Description("For how many milliseconds the answers of all clients are waited for; without it nobody is asked for one.")]
    public int? Timeout { get; init; }
}

/// <summary>Rooms that the sockets chosen join or leave.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RoomsRequest : SocketChoice
{
    /// <summary>The rooms.</summary>
    [Description("The rooms to join or to leave.")]
    public required string[] Targets { get; init; }
}

/// <summary>The end of the sockets chosen.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DisconnectRequest : SocketChoice
{
    /// <summary>Whether their connections are closed as well.</summary>
    [Description("Whether their connections are closed as well.")]
    public bool Close { get; init; }
}

/// <summary>What clients have answered.</summary>
/// <param name="Answers">The first value of each answer, in the order in which they came.</param>
/// <param name="IsComplete">Whether all have answered in time.</param>
public sealed record EmitAnswer(IReadOnlyList<JsonElement> Answers, bool IsComplete);

/// <summary>A socket of the cluster.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Rooms">Its rooms, its own included.</param>
/// <param name="Address">The client's address.</param>
/// <param name="Issued">When it came in.</param>
/// <param name="IsSecure">Whether the connection is encrypted.</param>
public sealed record SocketDescription(string Id, IReadOnlyCollection<string> Rooms, string? Address, DateTimeOffset Issued, bool IsSecure);
