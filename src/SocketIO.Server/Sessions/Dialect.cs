// One place for what the generation of a client means for its session and its sockets.
using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>How clients of one generation talk. One object for all sessions of a kind; without state, therefore thread-safe.</summary>
internal abstract class Dialect
{
    /// <summary>The current generation.</summary>
    public static Dialect Current { get; } = new CurrentDialect();

    /// <summary>Clients 1.0 to 2.5.</summary>
    public static Dialect EngineIO3 { get; } = new EngineIO3Dialect();

    /// <summary>The one generation that it is of.</summary>
    public abstract Generations Generation { get; }

    /// <summary>Its clients, as errors name them.</summary>
    public abstract string Clients { get; }

    /// <summary>The transports that its clients know.</summary>
    public abstract TransportTypes Transports { get; }

    /// <summary>Its packets; <see langword="null"/>: those of the application's own parser.</summary>
    public virtual PacketParser? Parser => null;

    /// <summary>
    /// Whether its clients are older than Socket.IO 3: they are in the main namespace without asking for it, give a query where others give <c>auth</c>, are not
    /// told their sockets' ids, cannot come back to a socket, and get errors that are no objects. What they send to a namespace that they are not in is dropped.
    /// </summary>
    public virtual bool IsLegacy => true;

    /// <summary>Makes the codec of one transport of a session.</summary>
    /// <param name="query">The query of the request that the transport begins with.</param>
    public abstract EngineCodec CreateCodec(IReadOnlyList<KeyValuePair<string, StringValues>> query);

    /// <summary>Makes what keeps a session alive and notices its end.</summary>
    public abstract Heartbeat CreateHeartbeat(EngineConnection connection);

    /// <summary>Makes the polling transport of a session.</summary>
    public abstract PollingTransport CreatePolling(EngineConnection connection, PollingForm form);

    /// <summary>
    /// Whether its sessions are Engine.IO's: of generations before it, each transport has URLs of its own, and what clients post is apart from what they listen by.
    /// </summary>
    public virtual bool IsEngineIO => true;

    /// <summary>Whether the client is told of the end in a packet on transports that have an end of their own.</summary>
    public virtual bool AnnouncesClose => false;

    /// <summary>Whether a client that is told of the end does not come back. Then it is told only of an end that somebody wants.</summary>
    public virtual bool CloseIsFinal => false;

    /// <summary>A message that makes a client come back with a new session; empty where there is none, or where the transport's end does it.</summary>
    public virtual ReadOnlyMemory<byte> ReconnectAdvice => default;

    /// <summary>Whether a session goes on, for some time, when its client has sent what is no payload, as the servers of its time did.</summary>
    public virtual bool ToleratesMalformed => false;

    /// <summary>The most messages that may wait for a client; <see langword="null"/>: only their bytes are counted.</summary>
    public virtual int? QueueLength => null;

    /// <summary>How long a session lives on whose transport has ended without its client having left; zero: it ends as well.</summary>
    public virtual TimeSpan GetReconnectTimeout(EngineConnection connection, Transport transport) => TimeSpan.Zero;

    /// <summary>Writes the data of the open packet.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="connection">The session.</param>
    /// <param name="upgrades">The transports that it may be upgraded to.</param>
    public abstract void WriteOpen(IBufferWriter<byte> output, EngineConnection connection, ReadOnlySpan<string> upgrades);

    /// <summary>Adds what the answers to the requests of a session have of headers.</summary>
    public virtual void AddHeaders(HttpContext context, EngineConnection connection)
    {
    }

    /// <summary>Makes the id of a socket.</summary>
    public virtual string CreateSocketId(Namespace ns, EngineConnection connection) => ns.Adapter.CreateSocketId();

    /// <summary>Whether the connection ends when the server disconnects the client from a namespace.</summary>
    public virtual bool EndsWith(Namespace ns) => false;

    /// <summary>Whether a client is told that it is in a namespace; otherwise the open packet has told it already.</summary>
    public virtual bool AnnouncesConnect(Namespace ns) => true;

    protected static string? GetValue(IReadOnlyList<KeyValuePair<string, StringValues>> query, string name)
    {
        foreach (var (key, value) in query)
        {
            if (key == name)
            {
                return value.ToString();
            }
        }

        return null;
    }
}
