using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace SocketIO.Server;

/// <summary>How a socket came in. Source: <see href="https://socket.io/docs/v4/server-socket-instance/#sockethandshake"/>.</summary>
public sealed class Handshake
{
    private readonly HandshakeRequest _request;
    private readonly byte[]? _auth;
    private readonly JsonSerializerOptions _options;

    internal Handshake(HandshakeRequest request, DateTimeOffset issued, byte[]? auth, JsonSerializerOptions options)
    {
        _request = request;
        _auth = auth;
        _options = options;
        Issued = issued;
    }

    /// <summary>The headers of the connection's first request.</summary>
    public IHeaderDictionary Headers => _request.Headers;

    /// <summary>The query of the connection's first request.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>> Query => _request.Query;

    /// <summary>When the socket came in.</summary>
    public DateTimeOffset Issued { get; }

    /// <summary>The same as text, as JavaScript's <c>Date</c> prints it.</summary>
    public string Time => Issued.ToString("ddd MMM dd yyyy HH:mm:ss 'GMT+0000 (Coordinated Universal Time)'", CultureInfo.InvariantCulture);

    /// <summary>The client's address.</summary>
    public string? Address => _request.RemoteAddress;

    /// <summary>Whether the first request named an origin.</summary>
    public bool IsCrossDomain => _request.IsCrossDomain;

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsSecure => _request.IsSecure;

    /// <summary>Path and query of the first request.</summary>
    public string Url => _request.Url;

    /// <summary>Who the client is, as ASP.NET Core's authentication says.</summary>
    public ClaimsPrincipal User => _request.User;

    /// <summary>What the client gave as <c>auth</c>: a JSON object, empty where it gave nothing.</summary>
    public JsonElement Auth => JsonSerializer.Deserialize<JsonElement>(_auth ?? "{}"u8, _options);

    /// <summary>A query value of the first request, or <see langword="null"/>.</summary>
    /// <param name="name">The name, case-sensitive.</param>
    public string? GetQuery(string name) => _request.GetQuery(name);

    /// <summary>What the client gave as <c>auth</c>, as a <typeparamref name="T"/>.</summary>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? GetAuth<T>() => JsonSerializer.Deserialize<T>(_auth ?? "{}"u8, _options);
}
