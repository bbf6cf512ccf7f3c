using System.Diagnostics;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.Primitives;

namespace SocketIO.Server;

/// <summary>What is kept of the request that began a session; the request itself is gone by then.</summary>
public sealed class HandshakeRequest
{
    private readonly KeyValuePair<string, StringValues>[] _headers;
    private readonly KeyValuePair<string, StringValues>[] _query;
    private HeaderDictionary? _headerDictionary;

    internal HandshakeRequest(HttpContext context, RequestTarget target, DateTimeOffset issued, StringCache strings)
    {
        _headers = strings.Copy(context.Request.Headers);
        _query = target.Query;
        Url = target.Url;
        IsSecure = context.Request.IsHttps;
        RemoteAddress = context.Connection.RemoteIpAddress is { } address ? strings.Get(address.ToString()) : null;
        // Not the context's own property, which makes a principal where authentication has left none.
        User = context.Features.Get<IHttpAuthenticationFeature>()?.User is { Identity.IsAuthenticated: true } user ? user : Anonymous;
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

    /// <summary>The trace that the client began: its <c>traceparent</c> and <c>tracestate</c>; the default where it named none that is valid.</summary>
    internal ActivityContext TraceContext
    {
        get
        {
            // The most that a tracestate has to be carried on with; what is longer is left behind.
            const int MaxStateLength = 512;
            string? parent = null, state = null;
            foreach (var (name, value) in _headers)
            {
                if (name.Equals("traceparent", StringComparison.OrdinalIgnoreCase))
                {
                    parent = value;
                }
                else if (name.Equals("tracestate", StringComparison.OrdinalIgnoreCase))
                {
                    state = value;
                }
            }

            return ActivityContext.TryParse(parent, state?.Length > MaxStateLength ? null : state, isRemote: true, out var context) ? context : default;
        }
    }

    private static ClaimsPrincipal Anonymous { get; } = new(new ClaimsIdentity());

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
