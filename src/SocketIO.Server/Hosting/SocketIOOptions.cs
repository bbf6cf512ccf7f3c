using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// Options of a Socket.IO server. Names and defaults are those of
/// <see href="https://socket.io/docs/v4/server-options/">Socket.IO 4.8</see>; every bound is named here.
/// </summary>
public sealed class SocketIOOptions : EngineOptions
{
    /// <summary>Whether the browser client is served below <see cref="EngineOptions.Path"/>. Default <see langword="true"/>.</summary>
    public bool ServeClient { get; set; } = true;

    /// <summary>A folder with the client's files; <see langword="null"/>, the default, serves those that were built in.</summary>
    public string? ClientFolder { get; set; }

    /// <summary>
    /// A folder with client files of older releases, scripts and Flash files, which are served below <see cref="EngineOptions.Path"/> at their paths in the folder:
    /// <c>socket.io.js</c>, <c>static/flashsocket/WebSocketMain.swf</c>. It comes before the current client. Of <c>socket.io.js</c>, <c>socket.io.v0.9.17.js</c> and
    /// <c>socket.io+websocket+xhr-polling.js</c> are served too. <see langword="null"/>, the default: none.
    /// </summary>
    public string? LegacyClientFolder { get; set; }

    /// <summary>How long a connection may stay without having joined a namespace. Default 45 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// The wire form of packets of current clients: <see cref="PacketParser.Json"/> (default), <see cref="PacketParser.MessagePack"/>, or one's own. Older ones
    /// have the form of their generation.
    /// </summary>
    public PacketParser Parser { get; set; } = PacketParser.Json;

    /// <summary>The most binary attachments that a packet may have. Default 10.</summary>
    public int MaxAttachments { get; set; } = 10;

    /// <summary>
    /// How arguments become JSON and back. Default: the web defaults (camel case, case-insensitive). Put a source-generated context
    /// into <see cref="JsonSerializerOptions.TypeInfoResolver"/> to do without reflection. The server works on a copy, to which it adds
    /// the converters for binary values.
    /// </summary>
    public JsonSerializerOptions SerializerOptions { get; set; } = new(JsonSerializerDefaults.Web);

    /// <summary>Connection state recovery; <see langword="null"/>, the default, leaves it off.</summary>
    public ConnectionStateRecoveryOptions? ConnectionStateRecovery { get; set; }

    /// <summary>Whether a child namespace is removed when its last socket has left. Default <see langword="false"/>.</summary>
    public bool CleanupEmptyChildNamespaces { get; set; }

    /// <summary>Makes the adapter of each namespace. Default: the in-process one, with recovery where that is on.</summary>
    public Func<Namespace, Adapter>? Adapter { get; set; }

    /// <summary>How many asynchronous handlers of one socket may be running at a time; further events wait. Default 1000.</summary>
    public int MaxConcurrentEvents { get; set; } = 1000;

    /// <summary>
    /// How many bytes of events of one socket may wait for running handlers to finish; above it the connection is closed.
    /// Default 4 MiB. Acknowledgements, heartbeats and disconnects never wait.
    /// </summary>
    public int MaxQueuedEventBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How many rooms one socket may be in, its own included; a join above it throws. Default 10,000.</summary>
    public int MaxRoomsPerSocket { get; set; } = 10_000;

    /// <summary>The most namespaces that one connection may be in or be joining. Default 100.</summary>
    public int MaxNamespacesPerConnection { get; set; } = 100;

    /// <summary>
    /// The most child namespaces at a time; a client that asks for one more gets <c>Invalid namespace</c>. Default 10,000.
    /// <see cref="CleanupEmptyChildNamespaces"/> makes room again.
    /// </summary>
    public int MaxChildNamespaces { get; set; } = 10_000;

    /// <summary>WebSockets before RFC 6455 on the application's ports; <see langword="null"/>, the default, leaves them to the web server, which knows none.</summary>
    public OldSocketOptions? OldSockets { get; set; }

    /// <summary>The policy that Flash asks for; <see langword="null"/>, the default, answers nobody.</summary>
    public FlashPolicyOptions? FlashPolicy { get; set; }
}

/// <summary>
/// Options of <see href="https://socket.io/docs/v4/connection-state-recovery">connection state recovery</see>: a client that comes back
/// in time gets its id, rooms and data again, and what it missed.
/// </summary>
public sealed class ConnectionStateRecoveryOptions
{
    /// <summary>How long sessions and packets are kept. Default 2 minutes.</summary>
    public TimeSpan MaxDisconnectionDuration { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether the namespace's middlewares are left out for a recovered client; who gets a fresh session instead passes them. Default <see langword="true"/>.</summary>
    public bool SkipMiddlewares { get; set; } = true;

    /// <summary>The most packets that a namespace keeps; the oldest go first, and a client that needs them gets a fresh session. Default 100,000.</summary>
    public int MaxPackets { get; set; } = 100_000;

    /// <summary>The most bytes of packets that a namespace keeps. Default 64 MiB.</summary>
    public long MaxBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>The most disconnected sessions that a namespace keeps; the oldest go first. Default 100,000.</summary>
    public int MaxSessions { get; set; } = 100_000;
}
