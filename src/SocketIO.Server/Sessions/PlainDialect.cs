using System.Buffers;
using System.Text;
using Microsoft.Extensions.Primitives;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Clients before 0.7, or a wire format of the application's own on their transports.</summary>
internal sealed class PlainDialect : Dialect
{
    private readonly Version06Options _options;
    private readonly Func<EngineCodec> _createCodec;

    private PlainDialect(Version06Options options, Generations generation, string clients, PacketParser parser, Func<EngineCodec> createCodec)
    {
        _options = options;
        _createCodec = createCodec;
        Generation = generation;
        Clients = clients;
        Parser = parser;
    }

    public override Generations Generation { get; }

    public override string Clients { get; }

    public override TransportTypes Transports => TransportTypes.None;

    public override PacketParser Parser { get; }

    public override bool IsEngineIO => false;

    public override int? QueueLength => _options.QueueLength;

    public override bool ToleratesMalformed => true;

    // Where there is a word for it.
    public override bool AnnouncesClose => true;

    public static PlainDialect Version02(Version06Options options) =>
        new(options, Generations.Version02, "Socket.IO 0.1 to 0.2", PlainMessageParser.Marked, static () => new EnvelopeCodec());

    public static PlainDialect Version06(Version06Options options) =>
        new(options, Generations.Version06, "Socket.IO 0.5 and 0.6", PlainMessageParser.Marked, static () => new LengthFramedCodec());

    /// <summary>A client of either; its first words tell.</summary>
    public static PlainDialect Undecided(Version06Options options) =>
        new(options, Generations.Version06, "Socket.IO 0.1 to 0.6", PlainMessageParser.Marked, static () => new DualGreetingCodec());

    public static PlainDialect Development07(Version06Options options, int maxPacket) =>
        new(options, Generations.Development07, "the development of Socket.IO 0.7", PlainMessageParser.Annotated, () => new StreamingCodec(maxPacket));

    public static PlainDialect OfFormat(Version06Options options, LegacyFormat format) =>
        new(options, Generations.Version06, "a format of the application's own", format.Parser, format.CreateCodec);

    public override EngineCodec CreateCodec(IReadOnlyList<KeyValuePair<string, StringValues>> query) => _createCodec();

    public override Heartbeat CreateHeartbeat(EngineConnection connection) => new PlainHeartbeat(connection, _options);

    public override PollingTransport CreatePolling(EngineConnection connection, PollingForm form) =>
        new PlainPolling(connection, form, _options, LegacyTransportNames.XhrPolling);

    public override void WriteOpen(IBufferWriter<byte> output, EngineConnection connection, ReadOnlySpan<string> upgrades) =>
        Encoding.UTF8.GetBytes(connection.Id, output);

    public override TimeSpan GetReconnectTimeout(EngineConnection connection, Transport transport) =>
        _options.CloseTimeouts.TryGetValue(transport.Name, out var timeout) ? timeout : _options.ReconnectTimeout;

    // Clients know no other id of theirs.
    public override string CreateSocketId(Namespace ns, EngineConnection connection) => ns.Name == "/" ? connection.Id : $"{ns.Name}#{connection.Id}";

    public override bool EndsWith(Namespace ns) => ns.Name == "/";
}
