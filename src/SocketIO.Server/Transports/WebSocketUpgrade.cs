// The opening handshake of RFC 6455 (and RFC 8441 for HTTP/2), by whatever means the host has.
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SocketIO.Protocol;

namespace SocketIO.Server;

internal static class WebSocketUpgrade
{
    public static bool IsRequested(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" })
        {
            return true;
        }

        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true })
        {
            return context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase);
        }

        return context.Features.Get<IHttpWebSocketFeature>() is { IsWebSocketRequest: true };
    }

    public static bool IsValid(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true })
        {
            return HttpMethods.IsGet(context.Request.Method)
                && headers.SecWebSocketVersion == "13"
                && WebSocketHandshake.IsValidKey(headers.SecWebSocketKey);
        }

        return context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true } || headers.SecWebSocketVersion == "13";
    }

    /// <summary>Whether frames are ours to write, compressed ones too.</summary>
    public static bool CanCompress(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    /// <summary>Answers 101 (200 on HTTP/2) and gives the stream.</summary>
    public static async Task<Stream> UpgradeAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            return await connect.AcceptAsync().ConfigureAwait(false);
        }

        var headers = context.Response.Headers;
        headers.Connection = "Upgrade";
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = WebSocketHandshake.ComputeAccept(context.Request.Headers.SecWebSocketKey.ToString());
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync().ConfigureAwait(false);
    }

    public static async Task<WebSocketCarrier> AcceptAsync(HttpContext context)
    {
        if (CanCompress(context))
        {
            return new StreamCarrier(await UpgradeAsync(context).ConfigureAwait(false), context);
        }

        var socket = await context.Features.GetRequiredFeature<IHttpWebSocketFeature>().AcceptAsync(new WebSocketAcceptContext()).ConfigureAwait(false);
        return new ManagedWebSocketCarrier(socket);
    }
}
