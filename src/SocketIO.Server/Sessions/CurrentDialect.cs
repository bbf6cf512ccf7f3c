using System.Buffers;
using Microsoft.Extensions.Primitives;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Clients 3 and 4.</summary>
internal sealed class CurrentDialect : Dialect
{
    public override Generations Generation => Generations.Current;

    public override string Clients => "Socket.IO 3 and 4";

    public override TransportTypes Transports => TransportTypes.Polling | TransportTypes.WebSocket | TransportTypes.WebTransport;

    public override bool IsLegacy => false;

    public override EngineCodec CreateCodec(IReadOnlyList<KeyValuePair<string, StringValues>> query) => EngineCodecV4.Instance;

    public override Heartbeat CreateHeartbeat(EngineConnection connection) => new ServerHeartbeat(connection);

    public override PollingTransport CreatePolling(EngineConnection connection, PollingForm form) => new(connection, form);

    public override void WriteOpen(IBufferWriter<byte> output, EngineConnection connection, ReadOnlySpan<string> upgrades)
    {
        var options = connection.Engine.Options;
        EngineHandshake.Write(output, connection.Id, upgrades, options.PingInterval, options.PingTimeout, options.MaxHttpBufferSize);
    }
}
