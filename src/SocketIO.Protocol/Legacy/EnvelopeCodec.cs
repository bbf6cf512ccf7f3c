using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>
/// The framing of clients 0.1 to 0.2.4. The server writes <c>{"messages":["…","…"]}</c>, in which the first string of a session is
/// <c>{"sessionid":"…"}</c>; the client writes an array of strings. Without state, therefore thread-safe.
/// </summary>
/// <remarks>As the servers of the time, it passes over what is not JSON or not an array, and takes what is no string in an array as its JSON text.</remarks>
public sealed class EnvelopeCodec : UnitCodec
{
    private static ReadOnlySpan<byte> Head => "{\"messages\":["u8;

    private static ReadOnlySpan<byte> Tail => "]}"u8;

    private static ReadOnlySpan<byte> GreetingHead => "{\"sessionid\":"u8;

    private static ReadOnlySpan<byte> GreetingTail => "}"u8;

    /// <inheritdoc/>
    public override bool Has(EnginePacketType type) => type is EnginePacketType.Open or EnginePacketType.Message;

    /// <inheritdoc/>
    public override int GetMessageLength(in EnginePacket packet)
    {
        EnsureSupported(packet);
        return Head.Length + ScriptString.GetLength(GetText(packet)) + Tail.Length;
    }

    /// <inheritdoc/>
    public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        EnsureSupported(packet);
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
            if (Has(packet.Type))
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

        if (!reader.ValueIsEscaped)
        {
            return unit.Slice(start + 1, reader.ValueSpan.Length);
        }

        var text = new byte[reader.ValueSpan.Length];
        return text.AsMemory(0, JsonText.Unescape(reader.ValueSpan, text));
    }

    private static ReadOnlySpan<byte> GetText(in EnginePacket packet)
    {
        if (packet.Type != EnginePacketType.Open)
        {
            return packet.Data.Span;
        }

        var id = packet.Data.Span;
        var greeting = new ArrayBufferWriter<byte>(GreetingHead.Length + id.Length + GreetingTail.Length + 2);
        greeting.Write(GreetingHead);
        ScriptString.Write(id, greeting);
        greeting.Write(GreetingTail);
        return greeting.WrittenSpan;
    }
}
