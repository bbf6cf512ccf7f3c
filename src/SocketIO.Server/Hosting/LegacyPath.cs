using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>The segments of a request's path below the endpoint's own; those that are not there are empty.</summary>
internal sealed class LegacyPath
{
    // The longest is /jsonp-polling/<sid>/<ms>/<i>; who sends more of them is none of the clients.
    private const int MostSegments = 8;

    private readonly string[] _segments;

    private LegacyPath(string rest) => _segments = rest.Split('/', MostSegments);

    /// <summary>The first segment.</summary>
    public string First => this[0];

    /// <summary>How many there are, an empty one after a slash at the end included.</summary>
    public int Count => _segments.Length;

    public string this[int index] => index < _segments.Length ? _segments[index] : "";

    public static LegacyPath Of(HttpContext context) => new(context.Request.RouteValues["rest"] as string ?? "");

    /// <summary>Whether a first segment is the name of a transport of clients 0.1 to 0.6.</summary>
    public static bool IsTransport(string segment) =>
        segment is "websocket" or "flashsocket" or "htmlfile" or "xhr-polling" or "xhr-multipart" or "jsonp-polling" or "server-events";
}
