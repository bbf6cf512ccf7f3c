// Binary values in arguments: {"_placeholder":true,"num":n} in the JSON, the bytes as an attachment.
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SocketIO.Client;

/// <summary>Reads and writes a type that holds bytes.</summary>
/// <param name="fromBytes">Makes a value of bytes that are its own.</param>
/// <param name="toBytes">The bytes of a value.</param>
internal sealed class BinaryConverter<T>(Func<byte[], T> fromBytes, Func<T, ReadOnlyMemory<byte>> toBytes) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // Where there are no binary values, bytes are base64, as System.Text.Json has them.
        if (reader.TokenType == JsonTokenType.String)
        {
            return fromBytes(reader.GetBytesFromBase64());
        }

        var value = JsonElement.ParseValue(ref reader);
        var attachments = BinaryScope.Incoming.Span;
        return value.ValueKind == JsonValueKind.Object
            && value.TryGetProperty("_placeholder"u8, out var mark) && mark.ValueKind == JsonValueKind.True
            && value.TryGetProperty("num"u8, out var number) && number.ValueKind == JsonValueKind.Number
            && number.TryGetInt32(out var index) && (uint)index < (uint)attachments.Length
            ? fromBytes(attachments[index].ToArray())
            : throw new JsonException("Expected binary data (an attachment, or a base64 string).");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (BinaryScope.Outgoing is not { } attachments)
        {
            writer.WriteBase64StringValue(toBytes(value).Span);
            return;
        }

        writer.WriteStartObject();
        writer.WriteBoolean("_placeholder"u8, true);
        writer.WriteNumber("num"u8, attachments.Count);
        writer.WriteEndObject();
        attachments.Add(toBytes(value));
    }
}

/// <summary>The attachments of the serialization that runs on this thread.</summary>
internal static class BinaryScope
{
    [ThreadStatic]
    public static List<ReadOnlyMemory<byte>>? Outgoing;

    [ThreadStatic]
    public static ReadOnlyMemory<ReadOnlyMemory<byte>> Incoming;
}
