using System.Diagnostics;
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
    private readonly KeyValuePair<string, StringValues>[]? _query;

    /// <param name="request">The connection's first request.</param>
    /// <param name="issued">When the socket came in.</param>
    /// <param name="auth">What the client gave.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="isQuery">Whether the client gave it as a query.</param>
    internal Handshake(HandshakeRequest request, DateTimeOffset issued, byte[]? auth, JsonSerializerOptions options, bool isQuery)
    {
        _request = request;
        _auth = auth;
        _options = options;
        Issued = issued;
        _query = isQuery && auth is not null ? NamespaceQuery.Merge(request.Query, auth) : null;
    }

    /// <summary>The headers of the connection's first request.</summary>
    public IHeaderDictionary Headers => _request.Headers;

    /// <summary>The query of the connection's first request; with clients before Socket.IO 3 also that of the namespace, whose values come first.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>> Query => _query ?? _request.Query;

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

    /// <summary>
    /// The trace to which the client's handshake belongs, as its <c>traceparent</c> header says; the default where there is none.
    /// Source: <see href="https://www.w3.org/TR/trace-context/"/>.
    /// </summary>
    public ActivityContext TraceContext => _request.TraceContext;

    /// <summary>
    /// What the client gave as <c>auth</c>: a JSON object, empty where it gave nothing. Clients before Socket.IO 3 give a query with the namespace: here an object
    /// of its values.
    /// </summary>
    public JsonElement Auth => JsonSerializer.Deserialize<JsonElement>(_auth ?? "{}"u8, _options);

    internal static Handshake Read(JsonElement json, JsonSerializerOptions options)
    {
        var issued = json.GetProperty("issued"u8).GetDateTimeOffset();
        var request = new HandshakeRequest(
            ReadValues(json.GetProperty("headers"u8)),
            ReadValues(json.GetProperty("query"u8)),
            json.GetProperty("url"u8).GetString()!,
            json.GetProperty("secure"u8).GetBoolean(),
            json.GetProperty("address"u8).GetString(),
            issued);
        return new Handshake(request, issued, System.Text.Encoding.UTF8.GetBytes(json.GetProperty("auth"u8).GetRawText()), options, isQuery: false);
    }

    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("issued"u8, Issued);
        json.WriteString("url"u8, Url);
        json.WriteString("address"u8, Address);
        json.WriteBoolean("secure"u8, IsSecure);
        WriteValues(json, "headers"u8, Headers);
        WriteValues(json, "query"u8, Query);
        json.WritePropertyName("auth"u8);
        json.WriteRawValue(_auth ?? "{}"u8, skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <summary>A value of <see cref="Query"/>, or <see langword="null"/>.</summary>
    /// <param name="name">The name, case-sensitive.</param>
    public string? GetQuery(string name)
    {
        foreach (var (key, value) in Query)
        {
            if (key == name)
            {
                return value.ToString();
            }
        }

        return null;
    }

    /// <summary>What the client gave as <c>auth</c>, as a <typeparamref name="T"/>.</summary>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? GetAuth<T>() => JsonSerializer.Deserialize<T>(_auth ?? "{}"u8, _options);

    private static KeyValuePair<string, StringValues>[] ReadValues(JsonElement json) =>
        [.. json.EnumerateArray().Select(static value => KeyValuePair.Create(
            value[0].GetString()!,
            new StringValues([.. value.EnumerateArray().Skip(1).Select(static part => part.GetString())])))];

    private static void WriteValues(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<KeyValuePair<string, StringValues>> values)
    {
        json.WriteStartArray(name);
        foreach (var (key, parts) in values)
        {
            json.WriteStartArray();
            json.WriteStringValue(key);
            foreach (var part in parts)
            {
                json.WriteStringValue(part);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
