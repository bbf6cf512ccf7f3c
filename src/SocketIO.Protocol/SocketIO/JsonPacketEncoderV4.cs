using System.Buffers;
using System.Text.Json;

namespace SocketIO.Protocol;

/// <summary>
/// Writes <c>type [count "-"] [namespace ","] [id] [JSON]</c> for clients before protocol 5. The JSON is ASCII. CONNECT has none, and the object of CONNECT_ERROR
/// becomes what these clients take for an error: its data, or else its message.
/// </summary>
/// <param name="countsInAcks">Whether acknowledgements have the number of their attachments, as those of clients 1.0.0-pre2 to 1.0.2.</param>
internal sealed class JsonPacketEncoderV4(bool countsInAcks) : PacketEncoder
{
    /// <inheritdoc/>
    public override bool IsBinary => false;

    /// <inheritdoc/>
    public override bool SendsAttachments => true;

    /// <inheritdoc/>
    public override void Encode(in Packet packet, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Advance(JsonPacketHeader.Write(packet, output.GetSpan(JsonPacketHeader.GetMaxLength(packet)), countsInAcks));
        if (packet.Type != PacketType.Connect)
        {
            var payload = packet.Payload.Span;
            AsciiJson.Write(output, packet.Type == PacketType.ConnectError ? GetError(payload) : payload);
        }
    }

    /// <summary>Of an object, the member <c>data</c> if it is true for JavaScript, otherwise <c>message</c> if there is one; anything else as it is.</summary>
    private static ReadOnlySpan<byte> GetError(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || payload[0] != '{')
        {
            return payload;
        }

        var message = Range.All;
        var data = Range.All;
        try
        {
            var reader = new Utf8JsonReader(payload, JsonContainerSizes.ReaderOptions);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.ValueSpan;
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var isTrue = IsTrue(reader);
                reader.Skip();
                if (name.SequenceEqual("message"u8))
                {
                    message = start..(int)reader.BytesConsumed;
                }
                else if (name.SequenceEqual("data"u8))
                {
                    data = isTrue ? start..(int)reader.BytesConsumed : Range.All;
                }
            }
        }
        catch (JsonException e)
        {
            throw new PacketFormatException("The payload of a CONNECT_ERROR packet is JSON.", e);
        }

        return payload[data.Equals(Range.All) ? message : data];
    }

    private static bool IsTrue(in Utf8JsonReader value) => value.TokenType switch
    {
        JsonTokenType.Null or JsonTokenType.False => false,
        JsonTokenType.Number => !value.TryGetDouble(out var number) || number != 0,
        JsonTokenType.String => !value.ValueSpan.IsEmpty,
        _ => true,
    };
}
