using System.Text.Json;
using Orleans;

namespace SocketIO.Orleans;

/// <summary>How a client's socket came in.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ClientHandshake")]
public sealed class ClientHandshake
{
    internal ClientHandshake(ClientSocket socket) => Socket = socket;

    /// <summary>The socket. It is connected, and can be sent to, once it has been accepted.</summary>
    [Id(0)]
    public ClientSocket Socket { get; }

    /// <summary>Whether the socket is an earlier one that came back, with its id, rooms and data.</summary>
    [Id(1)]
    public bool Recovered { get; internal init; }

    /// <summary>When it came in.</summary>
    [Id(2)]
    public DateTimeOffset Issued { get; internal init; }

    /// <summary>The client's address, where it is known.</summary>
    [Id(3)]
    public string? Address { get; internal init; }

    /// <summary>Path and query of the connection's first request.</summary>
    [Id(4)]
    public string Url { get; internal init; } = "";

    /// <summary>Whether the connection is encrypted.</summary>
    [Id(5)]
    public bool IsSecure { get; internal init; }

    /// <summary>The headers of the connection's first request.</summary>
    [Id(6)]
    public IReadOnlyList<ClientValue> Headers { get; internal init; } = [];

    /// <summary>The query of the connection's first request.</summary>
    [Id(7)]
    public IReadOnlyList<ClientValue> Query { get; internal init; } = [];

    /// <summary>What the gateway's authentication says of the client: types and values of its claims; none of an anonymous one.</summary>
    [Id(8)]
    public IReadOnlyList<ClientValue> Claims { get; internal init; } = [];

    /// <summary>A header, or <see langword="null"/>; several of one name are joined by commas.</summary>
    /// <param name="name">The name, case-insensitive.</param>
    public string? GetHeader(string name) => Find(Headers, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>A query value, or <see langword="null"/>.</summary>
    /// <param name="name">The name, case-sensitive.</param>
    public string? GetQuery(string name) => Find(Query, name, StringComparison.Ordinal);

    /// <summary>The first claim of a type, or <see langword="null"/>.</summary>
    /// <param name="type">The type, case-sensitive.</param>
    public string? GetClaim(string type) => Find(Claims, type, StringComparison.Ordinal);

    private static string? Find(IReadOnlyList<ClientValue> values, string name, StringComparison comparison) =>
        values.FirstOrDefault(value => string.Equals(value.Name, name, comparison))?.Value;
}

/// <summary>A named value of a handshake.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ClientValue")]
public sealed record ClientValue([property: Id(0)] string Name, [property: Id(1)] string Value);

/// <summary>What a client gave as <c>auth</c>: a JSON object, empty where it gave nothing.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ClientAuth")]
public sealed class ClientAuth
{
    internal ClientAuth(byte[] json) => Json = json;

    /// <summary>It, as JSON.</summary>
    public JsonElement Value => JsonElement.Parse(Json);

    [Id(0)]
    internal byte[] Json { get; }

    /// <summary>It, as a <typeparamref name="T"/>, with the web defaults of JSON.</summary>
    /// <typeparam name="T">What it is read as.</typeparam>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? Get<T>() => JsonSerializer.Deserialize<T>(Json, JsonSerializerOptions.Web);
}
