using System.Buffers;
using Microsoft.Extensions.Primitives;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Clients 0.7 to 0.9.</summary>
internal sealed class ProtocolOneDialect(Version09Options options) : Dialect
{
    /// <summary>"Client not handshaken", with the advice to reconnect.</summary>
    public static ReadOnlyMemory<byte> NotHandshaken { get; } = "7:::1+0"u8.ToArray();

    public override Generations Generation => Generations.Version09;

    public override string Clients => "Socket.IO 0.7 to 0.9";

    public override TransportTypes Transports => TransportTypes.None;

    public override PacketParser? Parser => PacketParser.ProtocolOne;

    public override bool IsEngineIO => false;

    public override bool AnnouncesClose => true;

    public override bool CloseIsFinal => true;

    public override int? QueueLength => options.QueueLength;

    public override ReadOnlyMemory<byte> ReconnectAdvice => NotHandshaken;

    public override EngineCodec CreateCodec(IReadOnlyList<KeyValuePair<string, StringValues>> query) => ProtocolOneCodec.Instance;

    public override Heartbeat CreateHeartbeat(EngineConnection connection) => new ProtocolOneHeartbeat(connection, options);

    public override PollingTransport CreatePolling(EngineConnection connection, PollingForm form) =>
        new ProtocolOnePolling(connection, form, options, LegacyTransportNames.XhrPolling);

    // The packet has no data: who gets it knows its id from the handshake.
    public override void WriteOpen(IBufferWriter<byte> output, EngineConnection connection, ReadOnlySpan<string> upgrades)
    {
    }

    public override TimeSpan GetReconnectTimeout(EngineConnection connection, Transport transport) => GetCloseTimeout(options, transport.Name);

    public override bool EndsWith(Namespace ns) => ns.Name == "/";

    public override bool AnnouncesConnect(Namespace ns) => ns.Name != "/";

    /// <summary>How long a session goes on without the transport of this name.</summary>
    public static TimeSpan GetCloseTimeout(Version09Options options, string transport) =>
        options.CloseTimeouts.TryGetValue(transport, out var timeout) ? timeout : options.CloseTimeout;
}
