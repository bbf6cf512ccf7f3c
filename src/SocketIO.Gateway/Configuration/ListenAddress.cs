using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SocketIO.Gateway;

/// <summary>An address to listen at, as a URL says it.</summary>
internal sealed record ListenAddress(string Host, int Port, bool IsSecure)
{
    /// <summary>What is allowed.</summary>
    public const string Allowed = "http:// or https:// and a host, which is an IP address, localhost or *, and a port, such as http://*:3000";

    /// <summary>Reads a URL; <see langword="null"/>: it is none to listen at.</summary>
    public static ListenAddress? Parse(string url)
    {
        var isSecure = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!isSecure && !url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = url[(isSecure ? 8 : 7)..].TrimEnd('/');
        var colon = rest.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(rest.AsSpan(colon + 1), out var port) || port == 0)
        {
            return null;
        }

        var host = rest[..colon];
        return host is "*" or "+" or "localhost" || IPAddress.TryParse(host, out _) ? new ListenAddress(host, port, isSecure) : null;
    }

    /// <summary>Listens there.</summary>
    public void Listen(KestrelServerOptions kestrel, Action<ListenOptions> configure)
    {
        switch (Host)
        {
            case "*" or "+":
                kestrel.ListenAnyIP(Port, configure);
                break;
            case "localhost":
                kestrel.ListenLocalhost(Port, configure);
                break;
            default:
                kestrel.Listen(IPAddress.Parse(Host), Port, configure);
                break;
        }
    }
}
