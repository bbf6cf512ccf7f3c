using System.Text;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>
/// How a client talks: a codec, which frames messages, and a parser, which says what they mean. The server must speak it too. The names are those of
/// <c>Generations</c> in <c>SocketIO.Server</c>.
/// </summary>
public sealed class ClientProtocol
{
    private readonly Func<SocketIOClientOptions, EngineCodec> _createCodec;

    private ClientProtocol(Func<SocketIOClientOptions, EngineCodec> createCodec, PacketParser parser, bool isEngineIO)
    {
        _createCodec = createCodec;
        IsEngineIO = isEngineIO;
        Parser = parser;
    }

    /// <summary>Engine.IO 4 and Socket.IO protocol 5: servers 3 and 4.</summary>
    public static ClientProtocol Current { get; } = WithParser(PacketParser.Json);

    /// <summary>Servers 0.5 and 0.6, and go-socket.io's <c>SIOCodec</c>: texts and JSON, no namespaces, acknowledgements or binary values.</summary>
    public static ClientProtocol Version06 { get; } = WithCodec(static () => new LengthFramedCodec(CodecSide.Client), PlainMessageParser.Marked);

    /// <summary>
    /// The 0.7 that was in development at the turn of 2010, and go-socket.io's <c>SIOStreamingCodec</c>: texts and JSON; a namespace is a realm.
    /// </summary>
    public static ClientProtocol Development07 { get; } = new(
        static options => new StreamingCodec(options.MaxMessageBytes, CodecSide.Client),
        PlainMessageParser.Annotated,
        isEngineIO: false);

    /// <summary>Whether the server begins with Engine.IO's handshake; otherwise its first packet, which codecs may take for a message, is the session's id.</summary>
    internal bool IsEngineIO { get; }

    internal PacketParser Parser { get; }

    /// <summary>The current generation with another parser, such as <see cref="PacketParser.MessagePack"/>.</summary>
    /// <param name="parser">The server's parser.</param>
    public static ClientProtocol WithParser(PacketParser parser)
    {
        ArgumentNullException.ThrowIfNull(parser);
        return new ClientProtocol(static _ => EngineCodecV4.Instance, parser, isEngineIO: true);
    }

    /// <summary>A format of the application's own, at the URLs of <see cref="Version06"/>. The server's first packet is the session's id.</summary>
    /// <param name="createCodec">Makes the codec of a connection, for the client's side.</param>
    /// <param name="parser">What messages mean.</param>
    public static ClientProtocol WithCodec(Func<EngineCodec> createCodec, PacketParser parser)
    {
        ArgumentNullException.ThrowIfNull(createCodec);
        ArgumentNullException.ThrowIfNull(parser);
        return new ClientProtocol(_ => createCodec(), parser, isEngineIO: false);
    }

    internal EngineCodec CreateCodec(SocketIOClientOptions options) => _createCodec(options);

    /// <summary>Where the WebSocket is opened.</summary>
    internal Uri GetAddress(Uri url, SocketIOClientOptions options)
    {
        var query = url.Query.TrimStart('?');
        var path = options.Path.TrimEnd('/');
        var address = new UriBuilder(url) { Scheme = url.Scheme is "https" or "wss" ? "wss" : "ws", Fragment = "" };
        if (IsEngineIO)
        {
            address.Path = path + "/";
            address.Query = "EIO=4&transport=websocket" + (query.Length == 0 ? "" : "&" + query);
        }
        else
        {
            address.Path = path + "/websocket";
            address.Query = query;
        }

        return address.Uri;
    }

    /// <summary>Reads the server's first packet.</summary>
    /// <returns>The session's id, and for how long the server is never silent.</returns>
    /// <exception cref="EngineFormatException">It is malformed.</exception>
    internal (string SessionId, TimeSpan MaxSilence) ReadOpen(ReadOnlyMemory<byte> data, SocketIOClientOptions options)
    {
        if (!IsEngineIO)
        {
            return (Encoding.UTF8.GetString(data.Span), options.HeartbeatTimeout);
        }

        var handshake = EngineHandshake.Parse(data);
        return (handshake.SessionId, handshake.PingInterval + handshake.PingTimeout);
    }
}
