using System.Text.Json;

namespace SocketIO.Server;

/// <summary>An argument as it was received: JSON, and the attachments that its placeholders number.</summary>
internal sealed class RawArgument(ReadOnlyMemory<byte> json, ReadOnlyMemory<ReadOnlyMemory<byte>> attachments)
{
    /// <summary>Writes it into another packet, whose attachments are numbered anew.</summary>
    public void WriteTo(PayloadWriter writer)
    {
        if (attachments.IsEmpty)
        {
            writer.Json.WriteRawValue(json.Span, skipInputValidation: true);
            return;
        }

        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = int.MaxValue });
        reader.Read();
        WriteValue(writer, ref reader);
    }

    private void WriteValue(PayloadWriter writer, ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                writer.Json.WriteStartArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    WriteValue(writer, ref reader);
                }

                writer.Json.WriteEndArray();
                break;
            case JsonTokenType.StartObject when TryReadPlaceholder(ref reader, out var number):
                writer.WriteBinary(attachments.Span[number]);
                break;
            case JsonTokenType.StartObject:
                writer.Json.WriteStartObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    WriteRaw(writer, ref reader, isName: true);
                    reader.Read();
                    WriteValue(writer, ref reader);
                }

                writer.Json.WriteEndObject();
                break;
            default:
                WriteRaw(writer, ref reader, isName: false);
                break;
        }
    }

    // As it came, escapes included: text that is no valid UTF-16 goes through as well.
    private static void WriteRaw(PayloadWriter writer, ref Utf8JsonReader reader, bool isName)
    {
        if (isName)
        {
            writer.Json.WritePropertyName(reader.GetString()!);
        }
        else if (reader.TokenType == JsonTokenType.String)
        {
            writer.Json.WriteRawValue([(byte)'"', .. reader.ValueSpan, (byte)'"'], skipInputValidation: true);
        }
        else
        {
            writer.Json.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
        }
    }

    private static bool TryReadPlaceholder(ref Utf8JsonReader reader, out int number)
    {
        var ahead = reader;
        number = 0;
        if (!ahead.Read() || ahead.TokenType != JsonTokenType.PropertyName || !ahead.ValueSpan.SequenceEqual("_placeholder"u8)
            || !ahead.Read() || ahead.TokenType != JsonTokenType.True
            || !ahead.Read() || ahead.TokenType != JsonTokenType.PropertyName || !ahead.ValueSpan.SequenceEqual("num"u8)
            || !ahead.Read() || ahead.TokenType != JsonTokenType.Number || !ahead.TryGetInt32(out number)
            || !ahead.Read() || ahead.TokenType != JsonTokenType.EndObject)
        {
            return false;
        }

        reader = ahead;
        return true;
    }
}
