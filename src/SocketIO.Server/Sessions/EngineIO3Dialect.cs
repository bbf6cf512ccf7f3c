using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Clients 1.0 to 2.5.</summary>
internal sealed class EngineIO3Dialect : Dialect
{
    public override Generations Generation => Generations.EngineIO3;

    public override string Clients => "Socket.IO 1.0 to 2.5";

    public override TransportTypes Transports => TransportTypes.Polling | TransportTypes.WebSocket;

    public override PacketParser? Parser => PacketParser.JsonV4;

    // Each transport says for itself what it can take, and clients 1.1 to 1.7 write text on one unlike on the other.
    public override EngineCodec CreateCodec(IReadOnlyList<KeyValuePair<string, StringValues>> query) => new EngineCodecV3(
        GetValue(query, "EIO") == "2" ? 2 : 3,
        isBase64Only: !string.IsNullOrEmpty(GetValue(query, "b64")) || GetValue(query, "j") is not null);

    public override Heartbeat CreateHeartbeat(EngineConnection connection) => new ClientHeartbeat(connection);

    public override PollingTransport CreatePolling(EngineConnection connection, PollingForm form) => new EngineIO3Polling(connection, form);

    public override void WriteOpen(IBufferWriter<byte> output, EngineConnection connection, ReadOnlySpan<string> upgrades)
    {
        var options = connection.Engine.Options;
        EngineHandshake.Write(output, connection.Id, upgrades, options.PingInterval, options.PingTimeout, maxPayload: null);
    }

    public override void AddHeaders(HttpContext context, EngineConnection connection)
    {
        var headers = context.Response.Headers;
        if (connection.Engine.Options.Cookie is null && !WebSocketUpgrade.IsRequested(context))
        {
            headers.Append(HeaderNames.SetCookie, $"io={Uri.EscapeDataString(connection.Id)}; Path=/; HttpOnly; SameSite=Strict{(context.Request.IsHttps ? "; Secure" : "")}");
        }

        if (HttpMethods.IsOptions(context.Request.Method))
        {
            headers.AccessControlAllowHeaders = HeaderNames.ContentType;
        }
    }

    // Clients 1.3 and later work their sockets' ids out for themselves, from the session's.
    public override string CreateSocketId(Namespace ns, EngineConnection connection) => ns.Name == "/" ? connection.Id : $"{ns.Name}#{connection.Id}";
}
