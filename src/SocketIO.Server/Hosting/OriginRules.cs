using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>What the origin of a request allows, whatever the generation of its client.</summary>
internal static class OriginRules
{
    /// <summary>
    /// Whether the request may use its credentials. Without this check a page of any origin could use the cookies of its visitor, as WebSockets know no preflight.
    /// </summary>
    public static bool AllowCredentials(HttpContext context, EngineOptions options)
    {
        var usesCredentials = options.Cors is { SupportsCredentials: true }
            || (context.Request.Headers.Cookie.Count > 0 && context.User.Identity is { IsAuthenticated: true });
        if (!usesCredentials || context.Request.Headers.Origin.ToString() is not { Length: > 0 } origin)
        {
            return true;
        }

        return options.Cors?.IsOriginAllowed(origin) == true || IsOwn(context, origin);
    }

    /// <summary>Whether the policy, where there is one, allows the request's origin, if it has any. The server's own is always allowed.</summary>
    public static bool AllowOrigin(HttpContext context, EngineOptions options) =>
        options.Cors is not { } policy
            || context.Request.Headers.Origin.ToString() is not { Length: > 0 } origin
            || policy.IsOriginAllowed(origin)
            || IsOwn(context, origin);

    /// <summary>Whether an origin has only the characters that a header may hold; others could be echoed into a response.</summary>
    public static bool IsValid(string? origin)
    {
        foreach (var c in origin ?? "")
        {
            if (c is not '\t' and (< ' ' or '\x7f' or > '\xff'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a request has an origin, and nothing beside it that a cross-origin answer repeats and a response may not hold.</summary>
    public static bool CanBeEchoed(IHeaderDictionary headers) =>
        headers.Origin.Count > 0 && IsPrintable(headers.Origin) && IsPrintable(headers.AccessControlRequestHeaders) && IsPrintable(headers.AccessControlRequestMethod);

    private static bool IsPrintable(string? value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    // Clients 0.9 in Node leave the scheme out.
    private static bool IsOwn(HttpContext context, string origin)
    {
        var authority = Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority.Length > 0 ? uri.Authority : origin;
        return authority.Equals(context.Request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }
}
