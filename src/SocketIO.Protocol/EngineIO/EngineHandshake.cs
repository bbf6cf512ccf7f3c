using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>The JSON inside an <see cref="EnginePacketType.Open"/> packet.</summary>
public static class EngineHandshake
{
    /// <summary>Writes <c>{"sid":…,"upgrades":[…],"pingInterval":…,"pingTimeout":…,"maxPayload":…}</c>, times in milliseconds.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="sessionId">The session id.</param>
    /// <param name="upgrades">The transports the session can be upgraded to.</param>
    /// <param name="pingInterval">The time between heartbeats.</param>
    /// <param name="pingTimeout">The time within which a heartbeat must be answered.</param>
    /// <param name="maxPayload">The most bytes of a payload; null leaves the member out, as before revision 4.</param>
    public static void Write(
        IBufferWriter<byte> output,
        string sessionId,
        ReadOnlySpan<string> upgrades,
        TimeSpan pingInterval,
        TimeSpan pingTimeout,
        long? maxPayload)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(sessionId);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("sid"u8, sessionId);
        json.WriteStartArray("upgrades"u8);
        foreach (var upgrade in upgrades)
        {
            json.WriteStringValue(upgrade);
        }

        json.WriteEndArray();
        json.WriteNumber("pingInterval"u8, (long)pingInterval.TotalMilliseconds);
        json.WriteNumber("pingTimeout"u8, (long)pingTimeout.TotalMilliseconds);
        if (maxPayload is { } bytes)
        {
            json.WriteNumber("maxPayload"u8, bytes);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads the data of an <see cref="EnginePacketType.Open"/> packet; unknown members are ignored.</summary>
    /// <exception cref="EngineFormatException">It is malformed, or a member is missing or out of range.</exception>
    public static EngineHandshakeInfo Parse(ReadOnlyMemory<byte> data)
    {
        try
        {
            using var document = JsonDocument.Parse(data);
            var root = document.RootElement;
            var upgrades = new List<string>();
            foreach (var upgrade in root.GetProperty("upgrades"u8).EnumerateArray())
            {
                upgrades.Add(upgrade.GetString() ?? throw Malformed());
            }

            return new EngineHandshakeInfo(
                root.GetProperty("sid"u8).GetString() ?? throw Malformed(),
                upgrades,
                Milliseconds(root.GetProperty("pingInterval"u8)),
                Milliseconds(root.GetProperty("pingTimeout"u8)),
                root.TryGetProperty("maxPayload"u8, out var maxPayload) ? maxPayload.GetInt64() : null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Malformed(e);
        }
    }

    private static TimeSpan Milliseconds(JsonElement value)
    {
        var milliseconds = value.GetInt64();
        return milliseconds is >= 0 and <= int.MaxValue ? TimeSpan.FromMilliseconds(milliseconds) : throw Malformed();
    }

    private static EngineFormatException Malformed(Exception? inner = null) =>
        new("The handshake is an object with sid, upgrades, pingInterval and pingTimeout.", inner);
}
