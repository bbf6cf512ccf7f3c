using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>Writes the messages of the generations before 0.7.</summary>
internal sealed class PlainMessageEncoder(PlainForm form) : PacketEncoder
{
    /// <inheritdoc/>
    public override bool IsBinary => false;

    /// <inheritdoc/>
    public override bool SendsAttachments => false;

    /// <inheritdoc/>
    public override bool Has(PacketType type) => type is PacketType.Event or PacketType.Ack;

    /// <inheritdoc/>
    public override int GetMessageCount(in Packet packet)
    {
        try
        {
            var reader = ReadName(packet.Payload.Span, out var isMessage);
            return isMessage ? Math.Max(CountArguments(ref reader), 1) : 1;
        }
        catch (JsonException e)
        {
            throw NotJson(e);
        }
    }

    /// <inheritdoc/>
    public override void Encode(in Packet packet, IBufferWriter<byte> output) => Encode(packet, 0, output);

    /// <inheritdoc/>
    public override void Encode(in Packet packet, int index, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (GetMissing(packet) is { } missing)
        {
            throw new PacketNotSupportedException($"The client is of a generation before 0.7, which has no {missing}.");
        }

        try
        {
            var payload = packet.Payload.Span;
            var reader = ReadName(payload, out var isMessage);
            if (isMessage && CountArguments(ref reader) > 0)
            {
                WriteArgument(packet.Namespace.Span, payload, index, output);
            }
            else
            {
                WriteEvent(packet.Namespace.Span, payload, output);
            }
        }
        catch (JsonException e)
        {
            throw NotJson(e);
        }
    }

    private string? GetMissing(in Packet packet) =>
        packet.Type == PacketType.Ack || packet.Id >= 0 ? "acknowledgements"
        : !Has(packet.Type) ? $"{packet.Type} packets"
        : !packet.Attachments.IsEmpty ? "binary values"
        : packet.Namespace.Length > 1 && form != PlainForm.Annotated ? "namespaces"
        : packet.Namespace.Span.Contains((byte)'\n') ? "line breaks in realms"
        : null;

    private static PacketFormatException NotJson(JsonException e) => new("The payload of an event is a JSON array that begins with its name.", e);

    private static Utf8JsonReader ReadName(ReadOnlySpan<byte> payload, out bool isMessage)
    {
        var reader = new Utf8JsonReader(payload, JsonContainerSizes.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
        {
            throw new JsonException();
        }

        isMessage = reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && reader.ValueSpan.SequenceEqual("message"u8);
        return reader;
    }

    private static int CountArguments(ref Utf8JsonReader reader)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            reader.Skip();
            count++;
        }

        return count;
    }

    private void WriteArgument(ReadOnlySpan<byte> ns, ReadOnlySpan<byte> payload, int index, IBufferWriter<byte> output)
    {
        var reader = ReadName(payload, out _);
        for (var skipped = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; skipped++)
        {
            if (skipped < index)
            {
                reader.Skip();
                continue;
            }

            var start = (int)reader.TokenStartIndex;
            var kind = reader.TokenType;
            var text = reader.ValueSpan;
            reader.Skip();
            var json = payload[start..(int)reader.BytesConsumed];
            if (kind == JsonTokenType.String)
            {
                WriteText(ns, text, json, output);
            }
            else
            {
                WriteHead(ns, isJson: kind != JsonTokenType.Number, output);
                output.Write(json);
            }

            return;
        }

        throw new ArgumentOutOfRangeException(nameof(index));
    }

    private void WriteText(ReadOnlySpan<byte> ns, ReadOnlySpan<byte> escaped, ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        var text = ArrayPool<byte>.Shared.Rent(escaped.Length);
        try
        {
            var length = JsonText.Unescape(escaped, text);
            if (form == PlainForm.Marked && (text.AsSpan(0, length).StartsWith("~j~"u8) || text.AsSpan(0, length).StartsWith("~h~"u8)))
            {
                WriteHead(ns, isJson: true, output);
                output.Write(json);
                return;
            }

            WriteHead(ns, isJson: false, output);
            output.Write(text.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    // "{"name":" name ","args":[" arguments "]}"
    private void WriteEvent(ReadOnlySpan<byte> ns, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        var reader = ReadName(payload, out _);
        var start = (int)reader.TokenStartIndex;
        var name = payload[start..(int)reader.BytesConsumed];
        var isNumber = reader.TokenType == JsonTokenType.Number;
        var first = -1;
        var end = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            first = first < 0 ? (int)reader.TokenStartIndex : first;
            reader.Skip();
            end = (int)reader.BytesConsumed;
        }

        WriteHead(ns, isJson: true, output);
        output.Write("{\"name\":"u8);
        output.Write(isNumber ? "\""u8 : default);
        output.Write(name);
        output.Write(isNumber ? "\""u8 : default);
        output.Write(",\"args\":["u8);
        output.Write(first < 0 ? default : payload[first..end]);
        output.Write("]}"u8);
    }

    private void WriteHead(ReadOnlySpan<byte> ns, bool isJson, IBufferWriter<byte> output)
    {
        switch (form)
        {
            case PlainForm.Marked:
                output.Write(isJson ? "~j~"u8 : default);
                break;
            case PlainForm.Annotated:
                if (ns.Length > 1)
                {
                    output.Write("r:"u8);
                    output.Write(ns[1..]);
                    output.Write("\n"u8);
                }

                output.Write(isJson ? "j\n:"u8 : ":"u8);
                break;
        }
    }
}
