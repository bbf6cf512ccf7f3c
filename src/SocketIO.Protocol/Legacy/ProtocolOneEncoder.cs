using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>Writes <c>type ":" [id ["+"]] ":" [endpoint] [":" data]</c>.</summary>
internal sealed class ProtocolOneEncoder : PacketEncoder
{
    private const int MaxInt64Digits = 19;

    /// <inheritdoc/>
    public override bool IsBinary => false;

    /// <inheritdoc/>
    public override bool SendsAttachments => false;

    /// <inheritdoc/>
    public override void Encode(in Packet packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!packet.Attachments.IsEmpty)
        {
            throw new PacketNotSupportedException("Clients of Socket.IO 0.7 to 0.9 take no binary values. Send them text, such as base64.");
        }

        try
        {
            switch (packet.Type)
            {
                case PacketType.Connect:
                    WriteHeader(output, ProtocolOneHeader.Connect, packet);
                    break;
                case PacketType.Disconnect:
                    WriteHeader(output, ProtocolOneHeader.Disconnect, packet);
                    break;
                case PacketType.ConnectError:
                    WriteError(output, packet);
                    break;
                case PacketType.Ack:
                    WriteAck(output, packet);
                    break;
                default:
                    WriteEvent(output, packet);
                    break;
            }
        }
        catch (JsonException e)
        {
            throw new PacketFormatException("The payload of an event or acknowledgement is one JSON array.", e);
        }
    }

    private static void WriteError(IBufferWriter<byte> output, in Packet packet)
    {
        WriteHeader(output, ProtocolOneHeader.Error, packet);
        if (!packet.Payload.IsEmpty)
        {
            output.Write(":"u8);
            output.Write(ProtocolOneErrors.ToWire(packet.Payload.Span));
        }
    }

    // The id is that of the client's event, as the client had it.
    private static void WriteAck(IBufferWriter<byte> output, in Packet packet)
    {
        WriteHeader(output, ProtocolOneHeader.Ack, packet);
        output.Write(":"u8);
        WriteNumber(output, packet.Id);
        if (packet.Payload.IsEmpty)
        {
            return;
        }

        var reader = Begin(packet);
        reader.Read();
        if (reader.TokenType != JsonTokenType.EndArray)
        {
            output.Write("+"u8);
            WriteJson(output, packet.Payload.Span);
        }
    }

    private static void WriteEvent(IBufferWriter<byte> output, in Packet packet)
    {
        var payload = packet.Payload.Span;
        var reader = Begin(packet);
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
        {
            throw new PacketFormatException("The name of an event is a string or a number.");
        }

        var name = payload[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
        reader.Read();
        var arguments = reader.TokenType == JsonTokenType.EndArray ? default : payload[(int)reader.TokenStartIndex..];
        if (!arguments.IsEmpty && name.SequenceEqual("\"message\""u8) && TryWriteMessage(output, packet, ref reader))
        {
            return;
        }

        WriteHeader(output, ProtocolOneHeader.Event, packet, packet.Id, wantsData: true);
        output.Write(":{\"name\":"u8);
        if (name[0] == '"')
        {
            WriteJson(output, name);
        }
        else
        {
            output.Write("\""u8);
            output.Write(name);
            output.Write("\""u8);
        }

        if (!arguments.IsEmpty)
        {
            output.Write(",\"args\":["u8);
            WriteJson(output, arguments);
        }

        output.Write("}"u8);
    }

    /// <summary>A message has a type of its own, unless it has more than the one argument at which the reader is.</summary>
    private static bool TryWriteMessage(IBufferWriter<byte> output, in Packet packet, ref Utf8JsonReader reader)
    {
        var isText = reader.TokenType == JsonTokenType.String;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var json = packet.Payload.Span[start..(int)reader.BytesConsumed];
        reader.Read();
        if (reader.TokenType != JsonTokenType.EndArray)
        {
            return false;
        }

        if (!isText || !TryWriteText(output, packet, json[1..^1]))
        {
            WriteHeader(output, ProtocolOneHeader.Json, packet, packet.Id, !packet.IsAutoAcknowledged);
            output.Write(":"u8);
            WriteJson(output, json);
        }

        return true;
    }

    // Clients up to 0.8.2 cannot read a packet with a line break in it: such a text goes as JSON, which escapes them.
    private static bool TryWriteText(IBufferWriter<byte> output, in Packet packet, ReadOnlySpan<byte> escaped)
    {
        var rented = ArrayPool<byte>.Shared.Rent(escaped.Length);
        try
        {
            var text = rented.AsSpan(0, JsonText.Unescape(escaped, rented));
            if (IndexOfLineBreak(text) >= 0)
            {
                return false;
            }

            WriteHeader(output, ProtocolOneHeader.Text, packet, packet.Id, !packet.IsAutoAcknowledged);
            if (!text.IsEmpty)
            {
                output.Write(":"u8);
                output.Write(text);
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static Utf8JsonReader Begin(in Packet packet)
    {
        var reader = new Utf8JsonReader(packet.Payload.Span, JsonContainerSizes.ReaderOptions);
        reader.Read();
        return reader.TokenType == JsonTokenType.StartArray
            ? reader
            : throw new PacketFormatException("The payload of an event or acknowledgement is one JSON array.");
    }

    private static void WriteHeader(IBufferWriter<byte> output, byte type, in Packet packet, long id = -1, bool wantsData = false)
    {
        output.Write([type, (byte)':']);
        if (id >= 0)
        {
            // Protocol 1 counts from 1.
            WriteNumber(output, id == long.MaxValue ? id : id + 1);
            if (wantsData)
            {
                output.Write("+"u8);
            }
        }

        output.Write(":"u8);
        if (!packet.Namespace.Span.SequenceEqual("/"u8))
        {
            output.Write(packet.Namespace.Span);
        }
    }

    private static void WriteNumber(IBufferWriter<byte> output, long number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(MaxInt64Digits), out var written);
        output.Advance(written);
    }

    /// <summary>Writes JSON without the line breaks that it may have between its values, and with those escaped that it may have in its strings.</summary>
    private static void WriteJson(IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        for (int position; (position = IndexOfLineBreak(json)) >= 0;)
        {
            output.Write(json[..position]);
            json = json[position..];
            if (json[0] < 0x80)
            {
                output.Write(" "u8);
                json = json[1..];
            }
            else
            {
                output.Write(json[2] == 0xa8 ? "\\u2028"u8 : "\\u2029"u8);
                json = json[3..];
            }
        }

        output.Write(json);
    }

    /// <summary>Where the first line feed, carriage return, U+2028 (e2 80 a8) or U+2029 (e2 80 a9) is, or -1.</summary>
    private static int IndexOfLineBreak(ReadOnlySpan<byte> text)
    {
        for (var start = 0; ;)
        {
            var found = text[start..].IndexOfAny((byte)'\n', (byte)'\r', (byte)0xe2);
            if (found < 0)
            {
                return -1;
            }

            start += found;
            if (text[start] < 0x80 || text[start..] is [_, 0x80, 0xa8 or 0xa9, ..])
            {
                return start;
            }

            start++;
        }
    }
}
