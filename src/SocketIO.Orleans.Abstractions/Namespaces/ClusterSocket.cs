using System.Text.Json;

namespace SocketIO.Orleans;

/// <summary>A socket of any gateway, as it was when it was fetched. To do something with it, choose it by its id: <c>chat.To(socket.Id)</c>.</summary>
public sealed class ClusterSocket
{
    private readonly EventJson _json;
    private readonly byte[][] _attachments;
    private readonly JsonElement _handshake;
    private readonly Dictionary<string, JsonElement> _data = [];

    internal ClusterSocket(EventJson json, EventMessage description)
    {
        _json = json;
        _attachments = description.Attachments;
        using var document = JsonDocument.Parse(description.Json);
        var values = document.RootElement.Clone();
        Id = values[0].GetString()!;
        Rooms = values[1].EnumerateArray().Select(static room => room.GetString()!).ToHashSet();
        _handshake = values[2];
        for (var i = 3; i + 1 < values.GetArrayLength(); i += 2)
        {
            _data[values[i].GetString()!] = values[i + 1];
        }
    }

    /// <summary>The socket's id.</summary>
    public string Id { get; }

    /// <summary>Its rooms, its own included.</summary>
    public IReadOnlySet<string> Rooms { get; }

    /// <summary>When it came in.</summary>
    public DateTimeOffset Issued => _handshake.GetProperty("issued").GetDateTimeOffset();

    /// <summary>The client's address, where it is known.</summary>
    public string? Address => _handshake.GetProperty("address").GetString();

    /// <summary>Path and query of the connection's first request.</summary>
    public string Url => _handshake.GetProperty("url").GetString()!;

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsSecure => _handshake.GetProperty("secure").GetBoolean();

    /// <summary>What the client gave as <c>auth</c>.</summary>
    public JsonElement Auth => _handshake.GetProperty("auth");

    /// <summary>The names of its data.</summary>
    public IReadOnlyCollection<string> DataKeys => _data.Keys;

    /// <summary>A header of the connection's first request, or <see langword="null"/>.</summary>
    /// <param name="name">The name, case-insensitive.</param>
    public string? GetHeader(string name) => Find("headers", name, StringComparison.OrdinalIgnoreCase);

    /// <summary>A query value of the connection's first request, or <see langword="null"/>.</summary>
    /// <param name="name">The name, case-sensitive.</param>
    public string? GetQuery(string name) => Find("query", name, StringComparison.Ordinal);

    /// <summary>A value of its data; the default, if there is none of this name.</summary>
    /// <typeparam name="T">What it is read as.</typeparam>
    /// <param name="key">Its name.</param>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? GetData<T>(string key) => _data.TryGetValue(key, out var value) ? _json.Read<T>(value, _attachments) : default;

    private string? Find(string property, string name, StringComparison comparison)
    {
        foreach (var value in _handshake.GetProperty(property).EnumerateArray())
        {
            if (string.Equals(value[0].GetString(), name, comparison))
            {
                return string.Join(", ", value.EnumerateArray().Skip(1).Select(static part => part.GetString()));
            }
        }

        return null;
    }
}
