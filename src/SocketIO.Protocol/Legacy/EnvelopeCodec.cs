using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>
/// The framing of clients 0.1 to 0.2.4. The server writes <c>{"messages":["…","…"]}</c>, in which the first string of a session is
/// <c>{"sessionid":"…"}</c>; the client writes an array of strings. A heartbeat is <c>{"heartbeat":"1"}</c>, which clients pass over. Without state,
/// therefore thread-safe.
/// </summary>
/// <remarks>
/// <para>As the servers of the time, it passes over what is not JSON or not an array, and takes what is no string in an array as its JSON text.</para>
/// <para>Its messages are those of <see cref="LengthFramedCodec"/>, so that one parser does for both: <c>~j~</c> marks JSON, which is sent as its text, or as
/// what it says where it is a string. What comes is text, except that an event is marked; a text that begins with the mark itself comes as a JSON string.</para>
/// </remarks>
public sealed class EnvelopeCodec : UnitCodec
{
    private static readonly object Form = new();

    private static ReadOnlySpan<byte> Head => "{\"messages\":["u8;

    private static ReadOnlySpan<byte> Tail => "]}"u8;

    private static ReadOnlySpan<byte> Heartbeat => "{\"heartbeat\":\"1\"}"u8;

    private static ReadOnlySpan<byte> JsonMark => "~j~"u8;

    private static ReadOnlySpan<byte> GreetingHead => "{\"sessionid\":"u8;

    private static ReadOnlySpan<byte> GreetingTail => "}"u8;

    /// <inheritdoc/>
    public override bool Has(EnginePacketType type) => type is EnginePacketType.Open or EnginePacketType.Message or EnginePacketType.Ping;

    /// <inheritdoc/>
    public override object MessageForm => Form;

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet)
    {
        EnsureSupported(packet);
        return packet.Type == EnginePacketType.Ping ? Heartbeat.Length : Head.Length + ScriptString.GetLength(GetText(packet)) + Tail.Length;
    }

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        EnsureSupported(packet);
        if (packet.Type == EnginePacketType.Ping)
        {
            output.Write(Heartbeat);
            return;
        }

        // "{"messages":[" string "]}"
        output.Write(Head);
        ScriptString.Write(GetText(packet), output);
        output.Write(Tail);
    }

    /// <inheritdoc/>
    public override bool EncodePayload(ReadOnlySpan<EnginePacket> packets, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var isFirst = true;
        foreach (ref readonly var packet in packets)
        {
            // A heartbeat is an object of its own, of which a payload can hold one only.
            if (Has(packet.Type) && packet.Type != EnginePacketType.Ping)
            {
                EnsureSupported(packet);
                output.Write(isFirst ? Head : ","u8);
                ScriptString.Write(GetText(packet), output);
                isFirst = false;
            }
        }

        if (!isFirst)
        {
            output.Write(Tail);
        }

        return false;
    }

    /// <inheritdoc/>
    protected override void DecodeUnit(ReadOnlyMemory<byte> unit, List<EnginePacket> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        if (JsonSyntax.GetDepth(unit.Span) is < 0 or > JsonSyntax.Deepest)
        {
            return;
        }

        var reader = new Utf8JsonReader(unit.Span, new JsonReaderOptions { MaxDepth = JsonSyntax.Deepest });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            packets.Add(new EnginePacket(EnginePacketType.Message, ReadMessage(ref reader, unit)));
        }
    }

    private static ReadOnlyMemory<byte> ReadMessage(ref Utf8JsonReader reader, ReadOnlyMemory<byte> unit)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return unit[start..(int)reader.BytesConsumed];
        }

        ReadOnlyMemory<byte> text = unit.Slice(start + 1, reader.ValueSpan.Length);
        if (reader.ValueIsEscaped)
        {
            var unescaped = new byte[text.Length];
            text = unescaped.AsMemory(0, JsonText.Unescape(text.Span, unescaped));
        }

        return EventMessage.TryRead(text.Span, out _) ? Mark(text.Span)
            : text.Span.StartsWith(JsonMark) ? Mark(Encode(text.Span))
            : text;
    }

    private static byte[] Mark(ReadOnlySpan<byte> json) => [.. JsonMark, .. json];

    private static ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> text)
    {
        var output = new ArrayBufferWriter<byte>(ScriptString.GetLength(text));
        ScriptString.Write(text, output);
        return output.WrittenSpan;
    }

    private static ReadOnlySpan<byte> GetText(in EnginePacket packet)
    {
        var data = packet.Data.Span;
        if (packet.Type == EnginePacketType.Open)
        {
            return (byte[])[.. GreetingHead, .. Encode(data), .. GreetingTail];
        }

        if (!data.StartsWith(JsonMark))
        {
            return data;
        }

        var json = data[JsonMark.Length..];
        if (!json.StartsWith("\""u8) || JsonSyntax.GetDepth(json) != 0)
        {
            return json;
        }

        var text = new byte[json.Length];
        return text.AsSpan(0, JsonText.Unescape(json[1..json.LastIndexOf((byte)'"')], text));
    }
}
