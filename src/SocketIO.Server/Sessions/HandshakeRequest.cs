using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace SocketIO.Server;

/// <summary>What is kept of the request that began a session; the request itself is gone by then.</summary>
public sealed class HandshakeRequest
{
    private readonly KeyValuePair<string, StringValues>[] _headers;
    private readonly KeyValuePair<string, StringValues>[] _query;
    private HeaderDictionary? _headerDictionary;

    internal HandshakeRequest(HttpContext context, DateTimeOffset issued, StringCache strings)
    {
        var request = context.Request;
        _headers = Copy(request.Headers, strings);
        _query = Copy([.. request.Query], strings);
        Url = strings.Get(string.Concat(request.PathBase.Value, request.Path.Value, request.QueryString.Value));
        IsSecure = request.IsHttps;
        RemoteAddress = context.Connection.RemoteIpAddress is { } address ? strings.Get(address.ToString()) : null;
        User = context.User.Identity is { IsAuthenticated: true } ? context.User : Anonymous;
        Issued = issued;
    }

    internal HandshakeRequest(
        KeyValuePair<string, StringValues>[] headers,
        KeyValuePair<string, StringValues>[] query,
        string url,
        bool isSecure,
        string? remoteAddress,
        DateTimeOffset issued)
    {
        _headers = headers;
        _query = query;
        Url = url;
        IsSecure = isSecure;
        RemoteAddress = remoteAddress;
        User = Anonymous;
        Issued = issued;
    }

    /// <summary>The headers; names are found whatever their case.</summary>
    public IHeaderDictionary Headers
    {
        get
        {
            if (_headerDictionary is { } headers)
            {
                return headers;
            }

            headers = new HeaderDictionary(_headers.Length);
            foreach (var (name, value) in _headers)
            {
                headers[name] = value;
            }

            return _headerDictionary = headers;
        }
    }

    /// <summary>The query values, in the order of the request.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>> Query => _query;

    /// <summary>Path and query.</summary>
    public string Url { get; }

    /// <summary>Whether the request came by TLS, as the connection or a trusted proxy's header says.</summary>
    public bool IsSecure { get; }

    /// <summary>Whether the request named an origin.</summary>
    public bool IsCrossDomain => _headers.Any(static header => header.Key.Equals("Origin", StringComparison.OrdinalIgnoreCase));

    /// <summary>The client's address, or <see langword="null"/> where the transport has none.</summary>
    public string? RemoteAddress { get; }

    /// <summary>Who the client is, as ASP.NET Core's authentication says; without an authenticated identity an empty principal.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>When the request came.</summary>
    public DateTimeOffset Issued { get; }

    private static ClaimsPrincipal Anonymous { get; } = new(new ClaimsIdentity());

    private static KeyValuePair<string, StringValues>[] Copy(ICollection<KeyValuePair<string, StringValues>> values, StringCache strings)
    {
        var copy = new KeyValuePair<string, StringValues>[values.Count];
        values.CopyTo(copy, 0);
        for (var i = 0; i < copy.Length; i++)
        {
            var (name, value) = copy[i];
            copy[i] = KeyValuePair.Create(strings.Get(name), value.Count == 1 ? new StringValues(strings.Get(value.ToString())) : value);
        }

        return copy;
    }

    /// <summary>A query value, or <see langword="null"/>.</summary>
    /// <param name="name">The name, case-sensitive.</param>
    public string? GetQuery(string name)
    {
        foreach (var (key, value) in _query)
        {
            if (key == name)
            {
                return value.ToString();
            }
        }

        return null;
    }
}
