using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>The protocol's answers to bad requests. Source: <see href="https://socket.io/docs/v4/server-instance/#connection_error"/>.</summary>
internal sealed record EngineError(int Code, int StatusCode, string Message)
{
    public static readonly EngineError UnknownTransport = new(0, StatusCodes.Status400BadRequest, "Transport unknown");
    public static readonly EngineError UnknownSession = new(1, StatusCodes.Status400BadRequest, "Session ID unknown");
    public static readonly EngineError BadHandshakeMethod = new(2, StatusCodes.Status400BadRequest, "Bad handshake method");
    public static readonly EngineError BadRequest = new(3, StatusCodes.Status400BadRequest, "Bad request");
    public static readonly EngineError Forbidden = new(4, StatusCodes.Status403Forbidden, "Forbidden");
    public static readonly EngineError UnsupportedProtocolVersion = new(5, StatusCodes.Status400BadRequest, "Unsupported protocol version");

    /// <summary>Not the protocol's own: the server takes no more connections.</summary>
    public static readonly EngineError Full = new(4, StatusCodes.Status503ServiceUnavailable, "Too many connections");

    /// <summary>Nor this: the host is stopping.</summary>
    public static readonly EngineError ShuttingDown = new(4, StatusCodes.Status503ServiceUnavailable, "Server shutting down");

    public byte[] ToJson()
    {
        var output = new ArrayBufferWriter<byte>(64);
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteNumber("code"u8, Code);
        writer.WriteString("message"u8, Message);
        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }
}
