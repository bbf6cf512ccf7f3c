// Clients of one kind send their handshakes to the same address: it is read and kept once, not once for each connection.
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace SocketIO.Server;

/// <summary>Where a request goes: its path and its query, taken apart. Immutable.</summary>
internal sealed class RequestTarget
{
    private readonly PathString _pathBase;
    private readonly PathString _path;
    private readonly string? _queryString;

    public RequestTarget(HttpRequest request, StringCache strings)
    {
        _pathBase = request.PathBase;
        _path = request.Path;
        _queryString = request.QueryString.Value;
        Url = strings.Get(string.Concat(_pathBase.Value, _path.Value, _queryString));
        Query = strings.Copy([.. request.Query]);
    }

    /// <summary>Path and query.</summary>
    public string Url { get; }

    /// <summary>The query values, in the order of the request.</summary>
    public KeyValuePair<string, StringValues>[] Query { get; }

    /// <summary>A query value, whatever the case of its name; empty where there is none.</summary>
    public StringValues this[string name]
    {
        get
        {
            foreach (var (key, value) in Query)
            {
                if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return value;
                }
            }

            return default;
        }
    }

    public bool IsOf(HttpRequest request) =>
        request.QueryString.Value == _queryString && request.Path.Value == _path.Value && request.PathBase.Value == _pathBase.Value;
}

/// <summary>A small table of recent handshakes' targets; a new one takes the place of an older one, so it never grows.</summary>
internal sealed class RequestTargetCache(StringCache strings)
{
    private const int Size = 256;
    private const int LongestKept = 512;

    private readonly RequestTarget?[] _targets = new RequestTarget?[Size];

    public RequestTarget Get(HttpRequest request)
    {
        ref var slot = ref _targets[string.GetHashCode(request.QueryString.Value) & (Size - 1)];
        if (slot is { } known && known.IsOf(request))
        {
            return known;
        }

        var target = new RequestTarget(request, strings);
        // Requests of a session have targets of their own.
        if (target.Url.Length <= LongestKept && target["sid"].Count == 0)
        {
            slot = target;
        }

        return target;
    }
}
