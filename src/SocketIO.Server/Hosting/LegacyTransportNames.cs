namespace SocketIO.Server;

/// <summary>The names of <see cref="LegacyTransportTypes"/>, as they are in URLs.</summary>
internal static class LegacyTransportNames
{
    public const string WebSocket = "websocket";
    public const string FlashSocket = "flashsocket";
    public const string HtmlFile = "htmlfile";
    public const string XhrMultipart = "xhr-multipart";
    public const string XhrPolling = "xhr-polling";
    public const string JsonpPolling = "jsonp-polling";
    public const string ServerEvents = "server-events";

    /// <summary>The transport of a name; none if it is no transport's.</summary>
    public static LegacyTransportTypes Parse(string name) => name switch
    {
        WebSocket => LegacyTransportTypes.WebSocket,
        FlashSocket => LegacyTransportTypes.FlashSocket,
        HtmlFile => LegacyTransportTypes.HtmlFile,
        XhrMultipart => LegacyTransportTypes.XhrMultipart,
        XhrPolling => LegacyTransportTypes.XhrPolling,
        JsonpPolling => LegacyTransportTypes.JsonpPolling,
        ServerEvents => LegacyTransportTypes.ServerEvents,
        _ => LegacyTransportTypes.None,
    };
}
