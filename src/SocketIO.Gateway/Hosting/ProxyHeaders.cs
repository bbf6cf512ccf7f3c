using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace SocketIO.Gateway;

/// <summary>What proxies say of a client: its address and its protocol. Nobody else is believed.</summary>
internal static class ProxyHeaders
{
    /// <summary>Reads a proxy's address as a network of one, or a network.</summary>
    public static bool TryParse(string text, out System.Net.IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            network = new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return System.Net.IPNetwork.TryParse(text, out network);
    }

    /// <summary>Believes these.</summary>
    public static void UseProxies(this IApplicationBuilder app, string[] proxies)
    {
        // As many as stand one behind another, as long as each is known.
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (TryParse(proxy, out var network))
            {
                options.KnownIPNetworks.Add(network);
            }
        }

        app.UseForwardedHeaders(options);
    }
}
