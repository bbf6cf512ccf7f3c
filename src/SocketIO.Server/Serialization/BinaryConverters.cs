// Binary values in arguments: {"_placeholder":true,"num":n} in the JSON, the bytes as an attachment.
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SocketIO.Server;

/// <summary>The attachments of the serialization that runs on this thread.</summary>
internal static class BinaryScope
{
    [ThreadStatic]
    public static List<ReadOnlyMemory<byte>>? Outgoing;

    [ThreadStatic]
    public static ReadOnlyMemory<ReadOnlyMemory<byte>> Incoming;

    public static void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> bytes)
    {
        if (Outgoing is not { } attachments)
        {
            writer.WriteBase64StringValue(bytes.Span);
            return;
        }

        WritePlaceholder(writer, attachments.Count);
        attachments.Add(bytes);
    }

    public static void WritePlaceholder(Utf8JsonWriter writer, int number)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("_placeholder"u8, true);
        writer.WriteNumber("num"u8, number);
        writer.WriteEndObject();
    }

    public static ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader)
    {
        // Clients without binary types send base64, as System.Text.Json has it.
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetBytesFromBase64();
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Expected binary data (an attachment, or a base64 string).");
        }

        var isPlaceholder = false;
        var number = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("_placeholder"u8))
            {
                reader.Read();
                isPlaceholder = reader.TokenType == JsonTokenType.True;
            }
            else if (reader.ValueTextEquals("num"u8))
            {
                reader.Read();
                number = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : -1;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (!isPlaceholder || (uint)number >= (uint)Incoming.Length)
        {
            throw new JsonException("Expected binary data (an attachment, or a base64 string).");
        }

        return Incoming.Span[number];
    }
}

internal sealed class ByteArrayConverter : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => BinaryScope.Read(ref reader).ToArray();

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => BinaryScope.Write(writer, value);
}

internal sealed class ReadOnlyMemoryConverter : JsonConverter<ReadOnlyMemory<byte>>
{
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        BinaryScope.Read(ref reader).ToArray();

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options) => BinaryScope.Write(writer, value);
}

internal sealed class MemoryConverter : JsonConverter<Memory<byte>>
{
    public override Memory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => BinaryScope.Read(ref reader).ToArray();

    public override void Write(Utf8JsonWriter writer, Memory<byte> value, JsonSerializerOptions options) => BinaryScope.Write(writer, value);
}

/// <summary>Streams are read to their end when they are sent, and are given as a stream over the bytes received.</summary>
internal sealed class StreamConverter : JsonConverter<Stream>
{
    public override bool CanConvert(Type typeToConvert) => typeof(Stream).IsAssignableFrom(typeToConvert);

    public override Stream Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new MemoryStream(BinaryScope.Read(ref reader).ToArray(), writable: false);

    public override void Write(Utf8JsonWriter writer, Stream value, JsonSerializerOptions options)
    {
        using var bytes = new MemoryStream();
        value.CopyTo(bytes);
        BinaryScope.Write(writer, bytes.ToArray());
    }
}
