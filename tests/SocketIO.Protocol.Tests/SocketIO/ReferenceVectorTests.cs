using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SocketIO.Protocol.Tests;

public class ReferenceVectorTests
{
    public static TheoryData<int, string> Packets => Named(Vectors.Read<EncodedPacket>("packets.json").Select(vector => vector.Name));

    public static TheoryData<int, string> Messages => Named(Vectors.Read<EncodedPacket>("messagepack-messages.json").Select(vector => vector.Name));

    public static TheoryData<int, string> Texts => Named(Vectors.Read<DecodedText>("texts.json").Select(vector => vector.Text));

    public static TheoryData<int, string> Sequences => Named(Vectors.Read<DecodedSequence>("sequences.json").Select(vector => string.Join(' ', vector.Messages)));

    [Theory]
    [MemberData(nameof(Packets))]
    public void Packets_are_encoded_byte_for_byte_as_the_reference_does(int index, string name)
    {
        var vector = Vectors.Read<EncodedPacket>("packets.json")[index];
        Assert.Equal(vector.Name, name);
        var packet = DecodeJson(vector);

        Assert.Equal(vector.Json, Encoding.UTF8.GetString(PacketParser.Json.Encode(packet)));
        Assert.Equal(vector.MessagePack, Convert.ToHexStringLower(PacketParser.MessagePack.Encode(packet)));
    }

    [Theory]
    [MemberData(nameof(Packets))]
    public void Both_parsers_decode_to_the_same_packet(int index, string name)
    {
        var vector = Vectors.Read<EncodedPacket>("packets.json")[index];
        Assert.Equal(vector.Name, name);

        Assert.True(PacketParser.MessagePack.CreateDecoder(PacketLimits.Default).Decode(Convert.FromHexString(vector.MessagePack), isBinary: true, out var packet));

        Assert.Equal(PacketText.Describe(DecodeJson(vector)), PacketText.Describe(packet));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void MessagePack_of_other_encoders_is_understood_or_refused_as_by_the_reference(int index, string name)
    {
        var vector = Vectors.Read<EncodedPacket>("messagepack-messages.json")[index];
        Assert.Equal(vector.Name, name);
        var decoder = PacketParser.MessagePack.CreateDecoder(PacketLimits.Default);
        var message = Convert.FromHexString(vector.MessagePack);

        if (vector.Json is null)
        {
            Assert.Throws<PacketFormatException>(() => decoder.Decode(message, isBinary: true, out _));
            return;
        }

        Assert.True(decoder.Decode(message, isBinary: true, out var packet));
        var expected = DecodeJson(vector);
        AssertSameJson(PacketText.Text(expected.Payload), PacketText.Text(packet.Payload));
        Assert.Equal(
            PacketText.Describe(new Packet(expected.Type, expected.Namespace, expected.Id, default, expected.Attachments)),
            PacketText.Describe(new Packet(packet.Type, packet.Namespace, packet.Id, default, packet.Attachments)));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_is_understood_or_refused_as_by_the_reference(int index, string text)
    {
        var vector = Vectors.Read<DecodedText>("texts.json")[index];
        Assert.Equal(vector.Text, text);

        if (vector.Type is null)
        {
            Assert.Throws<PacketFormatException>(() => PacketText.DecodeJson(text));
            return;
        }

        AssertSamePacket(vector, PacketText.DecodeJson(text));
    }

    [Theory]
    [MemberData(nameof(Sequences))]
    public void Attachments_are_put_in_place_or_refused_as_by_the_reference(int index, string messages)
    {
        var vector = Vectors.Read<DecodedSequence>("sequences.json")[index];
        Assert.Equal(string.Join(' ', vector.Messages), messages);
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        var decoded = 0;
        var refused = false;
        foreach (var message in vector.Messages)
        {
            try
            {
                var isBinary = message[0] == '<';
                var data = isBinary ? Convert.FromHexString(message[1..^1]) : PacketText.Utf8(message);
                if (decoder.Decode(data, isBinary, out var packet))
                {
                    AssertSamePacket(vector.Packets[decoded++], packet);
                }
            }
            catch (PacketFormatException)
            {
                refused = true;
                break;
            }
        }

        Assert.Equal(vector.Packets.Length, decoded);
        Assert.Equal(vector.Refused >= 0, refused);
    }

    private static TheoryData<int, string> Named(IEnumerable<string> names)
    {
        var data = new TheoryData<int, string>();
        foreach (var (index, name) in names.Index())
        {
            data.Add(index, name);
        }

        return data;
    }

    private static Packet DecodeJson(EncodedPacket vector)
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default with { MaxAttachments = 100 });
        var complete = decoder.Decode(PacketText.Utf8(vector.Json!), isBinary: false, out var packet);
        foreach (var attachment in vector.Attachments)
        {
            Assert.False(complete);
            complete = decoder.Decode(Convert.FromHexString(attachment), isBinary: true, out packet);
        }

        Assert.True(complete);
        return packet;
    }

    private static void AssertSamePacket(DecodedText expected, Packet packet)
    {
        Assert.Equal(expected.Type, (int)packet.Type);
        Assert.Equal(expected.Namespace, packet.Namespace.IsEmpty ? "/" : PacketText.Text(packet.Namespace));
        Assert.Equal(expected.Id, packet.Id);
        var payload = PacketText.Text(packet.Payload);
        if (!packet.Attachments.IsEmpty && payload.Length > 0)
        {
            payload = WithAttachments(JsonNode.Parse(payload), packet)!.ToJsonString();
        }

        AssertSameJson(expected.Payload, payload);
    }

    private static JsonNode? WithAttachments(JsonNode? node, in Packet packet)
    {
        switch (node)
        {
            case JsonObject members when members["_placeholder"] is JsonValue mark && mark.GetValueKind() == JsonValueKind.True:
                return $"<{Convert.ToHexStringLower(packet.Attachments.Span[(int)members["num"]!].Span)}>";
            case JsonObject members:
                var replaced = new JsonObject();
                foreach (var (name, value) in members)
                {
                    replaced[name] = WithAttachments(value, packet);
                }

                return replaced;
            case JsonArray elements:
                var array = new JsonArray();
                foreach (var element in elements)
                {
                    array.Add(WithAttachments(element, packet));
                }

                return array;
            default:
                return node?.DeepClone();
        }
    }

    private static void AssertSameJson(string expected, string actual)
    {
        if (expected.Length == 0 || actual.Length == 0)
        {
            Assert.Equal(expected, actual);
            return;
        }

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"Expected {expected}, but was {actual}");
    }

    private sealed record EncodedPacket(string Name, string? Json, string[] Attachments, string MessagePack);

    private sealed record DecodedText(string Text, int? Type, string Namespace, long Id, string Payload);

    private sealed record DecodedSequence(string[] Messages, DecodedText[] Packets, int Refused);
}
