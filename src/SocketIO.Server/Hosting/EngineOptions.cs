using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>The transports that a server offers.</summary>
[Flags]
public enum TransportTypes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>HTTP long-polling.</summary>
    Polling = 1,

    /// <summary>WebSocket (RFC 6455; RFC 8441 on HTTP/2).</summary>
    WebSocket = 2,

    /// <summary>WebTransport, over sessions that the application hands in.</summary>
    WebTransport = 4,
}

/// <summary>
/// Options of the Engine.IO layer: the connection below the namespaces. Names and defaults are those of
/// <see href="https://socket.io/docs/v4/server-options/#low-level-engine-options">Socket.IO 4.8</see>.
/// </summary>
public class EngineOptions
{
    /// <summary>Below which path requests are served. Default <c>/socket.io</c> (<c>/engine.io</c> for a bare engine).</summary>
    public string Path { get; set; } = "/socket.io";

    /// <summary>Whether the path must be followed by a slash. Default <see langword="true"/>.</summary>
    public bool AddTrailingSlash { get; set; } = true;

    /// <summary>How long after the last pong the server sends a ping; told to the client. 1 ms to 1 day; default 25 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long the server waits for the pong before it closes with <c>ping timeout</c>. 1 ms to 1 day; default 20 s.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long an upgrade to another transport may take before it is given up. Default 10 s.</summary>
    public TimeSpan UpgradeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a polling session that is being closed waits for a poll to carry the close packet. Default 30 s.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long clients may take at the host's shutdown to answer their close packets; then they are cut. 0 to 10 minutes; default 1 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// For how long the server, at the host's shutdown, only refuses new clients before it closes the first connection: load balancers notice, and who is closed
    /// finds another server. 0 to 10 minutes; default 0.
    /// </summary>
    public TimeSpan DrainDelay { get; set; }

    /// <summary>
    /// How many connections a second are closed at the host's shutdown, so that the servers that the clients come to are not overrun; at least 1. What is left
    /// when the host's own time is up is closed at once. Default <see langword="null"/>: all at once; in a cluster 1000.
    /// </summary>
    public int? DrainRate { get; set; }

    /// <summary>
    /// The most bytes that one message or one POST body may have, told to the client as <c>maxPayload</c>; default 1,000,000.
    /// A larger body is answered with 413; a larger WebSocket message closes that connection with code 1009.
    /// </summary>
    public int MaxHttpBufferSize { get; set; } = 1_000_000;

    /// <summary>
    /// The most bytes that may wait for one client that reads too slowly; default 16 MiB. Volatile packets are dropped as soon as
    /// the client cannot take them; above this bound the connection is closed with <c>transport error</c>. A single message may be
    /// larger where nothing else waits.
    /// </summary>
    public int MaxOutboundBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>The most connections that may be open at a time; further handshakes are answered with 503. Default: no bound but the machine's.</summary>
    public int? MaxConnections { get; set; }

    /// <summary>The transports that clients may use. Default: polling and WebSocket.</summary>
    public TransportTypes Transports { get; set; } = TransportTypes.Polling | TransportTypes.WebSocket;

    /// <summary>
    /// The generations of clients that are served. Others are refused with the error that they understand. Default: the current one alone, as Socket.IO 4 has it.
    /// </summary>
    public Generations Generations { get; set; } = Generations.Current;

    /// <summary>Options of <see cref="Generations.Version09"/>.</summary>
    public Version09Options Version09 { get; set; } = new();

    /// <summary>Options of clients before 0.7, where <see cref="Generations"/> has them.</summary>
    public Version06Options Version06 { get; set; } = new();

    /// <summary>Whether a polling session may move to another transport. Default <see langword="true"/>.</summary>
    public bool AllowUpgrades { get; set; } = true;

    /// <summary>
    /// Whether JSONP polling (query value <c>j</c>) is answered. Default: only where neither <see cref="Cors"/> nor
    /// <see cref="Cookie"/> is set, as JSONP goes around the browser's same-origin rule.
    /// </summary>
    public bool? AllowJsonp { get; set; }

    /// <summary>Compression of WebSocket messages (RFC 7692); <see langword="null"/>, the default, leaves it off.</summary>
    public PerMessageDeflateOptions? PerMessageDeflate { get; set; }

    /// <summary>Compression of poll answers; <see langword="null"/> switches it off. On by default.</summary>
    public HttpCompressionOptions? HttpCompression { get; set; } = new();

    /// <summary>A message sent with the handshake, or <see langword="null"/>.</summary>
    public string? InitialPacket { get; set; }

    /// <summary>
    /// A cookie with the session's id on the handshake's answer, or <see langword="null"/>, the default.
    /// <see cref="EngineCookieBuilder"/> has the reference server's defaults.
    /// </summary>
    public CookieBuilder? Cookie { get; set; }

    /// <summary>Cross-origin rules; <see langword="null"/>, the default, sends no CORS headers.</summary>
    public CorsPolicy? Cors { get; set; }

    /// <summary>
    /// Decides on handshakes (requests without a session id): <see langword="null"/> lets the client in, a text refuses it with 403 and
    /// that text (<c>Forbidden</c> if empty). Source: <see href="https://socket.io/docs/v4/server-options/#allowrequest"/>.
    /// </summary>
    public Func<HttpContext, ValueTask<string?>>? AllowRequest { get; set; }

    /// <summary>
    /// Makes the session ids. Default: 120 random bits in 20 base64url characters; in a cluster, an id that every gateway knows the owner by, without which
    /// all requests of a polling session have to reach the same gateway. What it throws is answered with code 3.
    /// </summary>
    public Func<HttpContext, ValueTask<string>>? GenerateId { get; set; }

    /// <summary>The other servers of a cluster, where this one is in one.</summary>
    internal ISessionRelay? Relay { get; set; }
}

/// <summary>The cookie of <see cref="EngineOptions.Cookie"/>; unless changed it is <c>io=…; Path=/; HttpOnly; SameSite=Lax</c>.</summary>
public sealed class EngineCookieBuilder : CookieBuilder
{
    /// <summary>Makes a cookie with the defaults.</summary>
    public EngineCookieBuilder()
    {
        Name = "io";
        Path = "/";
        HttpOnly = true;
        SameSite = SameSiteMode.Lax;
    }
}

/// <summary>Options of WebSocket compression. Both sides work without context take-over, so that compressed broadcasts are shared.</summary>
public sealed class PerMessageDeflateOptions
{
    /// <summary>Messages below this many bytes go uncompressed. Default 1024.</summary>
    public int Threshold { get; set; } = 1024;
}

/// <summary>Options of the compression of poll answers (gzip or deflate, as the client accepts).</summary>
public sealed class HttpCompressionOptions
{
    /// <summary>Answers below this many bytes go uncompressed. Default 1024.</summary>
    public int Threshold { get; set; } = 1024;
}
