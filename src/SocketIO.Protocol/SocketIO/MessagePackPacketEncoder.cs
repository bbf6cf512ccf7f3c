using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>Writes a map of <c>type</c>, <c>nsp</c>, and <c>data</c> and <c>id</c> if there are any.</summary>
internal sealed class MessagePackPacketEncoder : PacketEncoder
{
    /// <inheritdoc/>
    public override bool IsBinary => true;

    /// <inheritdoc/>
    public override bool SendsAttachments => false;

    /// <inheritdoc/>
    public override void Encode(in Packet packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var writer = new MessagePackWriter(output);
        var hasData = !packet.Payload.IsEmpty;
        var hasId = packet.Id >= 0;
        writer.WriteMapHeader(2 + (hasData ? 1 : 0) + (hasId ? 1 : 0));
        writer.WriteString("type"u8);
        writer.WriteInteger((byte)packet.Type);
        writer.WriteString("nsp"u8);
        writer.WriteString(packet.Namespace.IsEmpty ? "/"u8 : packet.Namespace.Span);
        if (hasId)
        {
            writer.WriteString("id"u8);
            writer.WriteInteger(packet.Id);
        }

        if (hasData)
        {
            writer.WriteString("data"u8);
            WriteJson(ref writer, packet.Payload.Span, packet.Attachments.Span);
        }
    }

    /// <summary>MessagePack wants the size of an array or object before its contents, so the JSON is read twice.</summary>
    private static void WriteJson(ref MessagePackWriter writer, ReadOnlySpan<byte> json, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        var sizes = new JsonContainerSizes(stackalloc int[64]);
        try
        {
            sizes.Measure(json, attachments.Length);
            var reader = new Utf8JsonReader(json, JsonContainerSizes.ReaderOptions);
            var next = 0;
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartArray:
                        writer.WriteArrayHeader(sizes[next++]);
                        break;
                    case JsonTokenType.StartObject when sizes[next] < 0:
                        writer.WriteBinary(attachments[~sizes[next++]].Span);
                        reader.Skip();
                        break;
                    case JsonTokenType.StartObject:
                        writer.WriteMapHeader(sizes[next++]);
                        break;
                    case JsonTokenType.PropertyName or JsonTokenType.String:
                        WriteString(ref writer, ref reader);
                        break;
                    case JsonTokenType.Number:
                        WriteNumber(ref writer, ref reader);
                        break;
                    case JsonTokenType.True or JsonTokenType.False:
                        writer.WriteBoolean(reader.TokenType == JsonTokenType.True);
                        break;
                    case JsonTokenType.Null:
                        writer.WriteNil();
                        break;
                }
            }
        }
        catch (JsonException e)
        {
            throw new PacketFormatException("The payload of a packet is one JSON value.", e);
        }
        finally
        {
            sizes.Dispose();
        }
    }

    private static void WriteString(ref MessagePackWriter writer, ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            writer.WriteString(reader.ValueSpan);
            return;
        }

        var unescaped = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            writer.WriteString(unescaped.AsSpan(0, JsonText.Unescape(reader.ValueSpan, unescaped)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    private static void WriteNumber(ref MessagePackWriter writer, ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var integer))
        {
            writer.WriteInteger(integer);
        }
        else if (reader.TryGetUInt64(out var unsigned))
        {
            writer.WriteInteger(unsigned);
        }
        else
        {
            // Of a number beyond the range of a double JavaScript makes infinity, and so does this.
            reader.TryGetDouble(out var number);
            writer.WriteFloat(number);
        }
    }
}
