using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>What a server says when a client asks for a namespace.</summary>
internal static class ConnectPayload
{
    /// <summary>Reads the socket's id of <c>{"sid":"…"}</c>.</summary>
    /// <exception cref="PacketFormatException">There is none.</exception>
    public static string ReadSocketId(ReadOnlyMemory<byte> payload, PacketLimits limits) =>
        Read(payload, limits, static root => root.GetProperty("sid"u8).GetString()) ?? throw Malformed();

    /// <summary>Reads a refusal: <c>{"message":"…","data":…}</c>, or a text.</summary>
    /// <exception cref="PacketFormatException">It is neither.</exception>
    public static ConnectException ReadError(ReadOnlyMemory<byte> payload, PacketLimits limits) => Read(payload, limits, static root =>
        root.ValueKind == JsonValueKind.String
            ? new ConnectException(root.GetString()!, details: null)
            : new ConnectException(
                root.GetProperty("message"u8).GetString() ?? "",
                root.TryGetProperty("data"u8, out var data) ? data.Clone() : null));

    private static T Read<T>(ReadOnlyMemory<byte> payload, PacketLimits limits, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = limits.MaxDepth });
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Malformed(e);
        }
    }

    private static PacketFormatException Malformed(Exception? inner = null) =>
        new("The answer to a CONNECT is an object with the socket's sid, or the error's message.", inner);
}
