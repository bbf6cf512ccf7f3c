using System.Text;

namespace SocketIO.Protocol.Tests;

public class MessagePackPacketTests
{
    // {"type":2,"nsp":"/","data":["a", …]} up to the second argument.
    private const string EventHead = "83a47479706502a36e7370a12fa46461746192a161";

    [Theory]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("cf8000000000000000", "9223372036854775808")]
    [InlineData("d38000000000000000", "-9223372036854775808")]
    [InlineData("cb7fefffffffffffff", "1.7976931348623157E+308")]
    [InlineData("cb0000000000000001", "5E-324")]
    [InlineData("ca3dcccccd", "0.10000000149011612")]
    [InlineData("ca7f800000", "null")]
    [InlineData("cb7ff8000000000000", "null")]
    [InlineData("d7000000000000000000", "\"1970-01-01T00:00:00.000Z\"")]
    [InlineData("d7007fffffffffffffff", "null")]
    [InlineData("d7008000000000000000", "null")]
    [InlineData("d40000", "null")]
    [InlineData("81a161d40000", "{}")]
    [InlineData("82a161d40000a16201", "{\"b\":1}")]
    [InlineData("81c0a161", "{\"null\":\"a\"}")]
    [InlineData("81cfffffffffffffffff01", "{\"18446744073709551615\":1}")]
    [InlineData("a8080c0a0d09001f22", "\"\\b\\f\\n\\r\\t\\u0000\\u001f\\\"\"")]
    [InlineData("a25c2f", "\"\\\\/\"")]
    [InlineData("a4f09f9880", "\"😀\"")]
    [InlineData("a3eda080", "\"\ufffd\ufffd\ufffd\"")]
    public void A_value_becomes_JSON(string hex, string json)
    {
        var packet = Decode(EventHead + hex);

        Assert.Equal(json, PacketText.Text(packet.GetArgument(1)));
    }

    [Theory]
    [InlineData("81900101", "the key is an array")]
    [InlineData("81800101", "the key is a map")]
    [InlineData("81c4010101", "the key is binary")]
    [InlineData("81cb7ff000000000000001", "the key is infinite")]
    [InlineData("81d4000101", "the key is undefined")]
    [InlineData("ddffffffff", "an array of 4 billion")]
    [InlineData("df7fffffff", "a map of 2 billion")]
    [InlineData("dbffffffff61", "a text of 4 billion")]
    [InlineData("c6ffffffff00", "binary of 4 billion")]
    [InlineData("c9ffffffff0100", "an extension of 4 billion")]
    [InlineData("d9", "no length")]
    [InlineData("cb00000000", "half a float")]
    [InlineData("9201", "half an array")]
    [InlineData("82a16101", "half a map")]
    [InlineData("c7", "half an extension")]
    [InlineData("c703", "an extension without type")]
    public void A_malformed_value_is_refused(string hex, string why) =>
        Assert.True(Refuses(EventHead + hex), why);

    [Theory]
    [InlineData("disconnect")]
    [InlineData("newListener")]
    public void Reserved_names_are_refused_as_they_are_in_JSON(string name) =>
        Assert.True(Refuses(PacketText.Make(PacketType.Event, payload: $"[\"{name}\"]")));

    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    public void An_event_without_a_name_is_refused_as_it_is_in_JSON(string payload) =>
        Assert.True(Refuses(PacketText.Make(PacketType.Event, payload: payload)));

    [Theory]
    [InlineData("82a47479706500a36e7370a0")]
    [InlineData("82a47479706500a36e7370a163")]
    [InlineData("82a47479706500a36e7370a22fff")]
    [InlineData("83a47479706500a36e7370a12fa26964ff")]
    [InlineData("83a47479706500a36e7370a12fa36e7370a12f")]
    [InlineData("830100a47479706500a36e7370a12f")]
    public void A_malformed_head_is_refused(string hex) => Assert.True(Refuses(hex));

    [Fact]
    public void A_text_message_is_refused() =>
        Assert.Throws<PacketFormatException>(() => PacketParser.MessagePack.CreateDecoder(PacketLimits.Default).Decode(PacketText.Utf8("2[\"a\"]"), isBinary: false, out _));

    [Fact]
    public void Limits_hold_exactly()
    {
        var limits = new PacketLimits { MaxInlineAttachments = 2, MaxArguments = 4, MaxDepth = 3, MaxNamespaceBytes = 5 };

        Assert.False(Refuses(EventHead + "92c400c400", limits));
        Assert.True(Refuses(EventHead + "93c400c400c400", limits));
        Assert.False(Refuses(PacketText.Make(PacketType.Ack, payload: "[1,2,3,4]"), limits));
        Assert.True(Refuses(PacketText.Make(PacketType.Ack, payload: "[1,2,3,4,5]"), limits));
        Assert.False(Refuses(PacketText.Make(PacketType.Ack, payload: "[[[1]]]"), limits));
        Assert.True(Refuses(PacketText.Make(PacketType.Ack, payload: "[[[[]]]]"), limits));
        Assert.False(Refuses(PacketText.Make(PacketType.Connect, "/abcd"), limits));
        Assert.True(Refuses(PacketText.Make(PacketType.Connect, "/abcde"), limits));
    }

    [Fact]
    public void Members_that_nobody_asked_for_are_read_over_however_deep_they_nest()
    {
        var deep = string.Concat(Enumerable.Repeat("91", 100_000)) + "c0";

        var packet = Decode("83a178" + deep + "a47479706501a36e7370a22f61");

        Assert.Equal("Disconnect /a", PacketText.Describe(packet));
    }

    [Fact]
    public void A_placeholder_that_the_client_made_up_is_checked_like_any_other()
    {
        // ["a", {"_placeholder":true,"num":1}, bytes]
        const string forged = "83a47479706502a36e7370a12fa46461746193a16182ac5f706c616365686f6c646572c3a36e756d01c40101";

        Assert.True(Refuses(forged));
    }

    [Fact]
    public void Attachments_are_written_in_place_of_their_placeholders_and_other_objects_are_left_alone()
    {
        var packet = PacketText.Make(
            PacketType.Event,
            payload: """["a",{"num":1,"_placeholder":true,"x":[{}]},{"_placeholder":true,"num":2},{"_placeholder":false,"num":0},[{"_placeholder":true,"num":0}]]""",
            attachments: ["01", "02"]);

        var decoded = Decode(Convert.ToHexString(PacketParser.MessagePack.Encode(PacketText.Make(PacketType.Event, payload: "[\"a\"]"))));
        Assert.Equal("Event / [\"a\"]", PacketText.Describe(decoded));
        Assert.Equal(
            "83a474797065" + "02" + "a36e7370" + "a12f" + "a464617461"
            + "95a161" + "c40102" + "82ac5f706c616365686f6c646572c3a36e756d02" + "82ac5f706c616365686f6c646572c2a36e756d00" + "91c40101",
            Convert.ToHexStringLower(PacketParser.MessagePack.Encode(packet)));
    }

    [Theory]
    [InlineData("""["a","\ud800"]""", "[\"a\",\"\ufffd\"]")]
    [InlineData("""["a","\ud83d\ude00\udc00\u00e9\/\b\f\n\r\t"]""", "[\"a\",\"😀\ufffdé/\\b\\f\\n\\r\\t\"]")]
    [InlineData("""["a","\ud83d\n"]""", "[\"a\",\"\ufffd\\n\"]")]
    [InlineData("""["a","\ud83d\u0041"]""", "[\"a\",\"\ufffdA\"]")]
    [InlineData("""["a",{"\u006b":1}]""", "[\"a\",{\"k\":1}]")]
    [InlineData("""["a",1.0,1e3,-0.0,1e21,18446744073709551616]""", "[\"a\",1,1000,0,1E+21,1.8446744073709552E+19]")]
    [InlineData("""["a",1e999]""", "[\"a\",null]")]
    public void What_JSON_can_say_in_several_ways_arrives(string payload, string expected)
    {
        var encoded = PacketParser.MessagePack.Encode(PacketText.Make(PacketType.Event, payload: payload));

        Assert.Equal(expected, PacketText.Text(Decode(Convert.ToHexString(encoded)).Payload));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65535)]
    [InlineData(65536)]
    public void Text_arrays_objects_and_attachments_of_every_size_arrive(int size)
    {
        var payload = $"[\"a\",\"{new string('x', size)}\",[{string.Join(',', Enumerable.Repeat("[]", size))}],{{{string.Join(',', Enumerable.Range(0, size).Select(index => $"\"{index}\":{index}"))}}},{{\"_placeholder\":true,\"num\":0}}]";
        var packet = PacketText.Make(PacketType.Event, payload: payload, attachments: new string('a', 2 * size));

        Assert.Equal(PacketText.Describe(packet), PacketText.Describe(Decode(Convert.ToHexString(PacketParser.MessagePack.Encode(packet)))));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("[]]")]
    [InlineData(" ")]
    public void A_payload_that_is_not_JSON_cannot_be_encoded(string payload) =>
        Assert.Throws<PacketFormatException>(() => PacketParser.MessagePack.Encode(PacketText.Make(PacketType.Event, payload: payload)));

    private static Packet Decode(string hex)
    {
        Assert.True(PacketParser.MessagePack.CreateDecoder(PacketLimits.Default).Decode(Convert.FromHexString(hex), isBinary: true, out var packet));
        return packet;
    }

    private static bool Refuses(in Packet packet, PacketLimits? limits = null) =>
        Refuses(Convert.ToHexString(PacketParser.MessagePack.Encode(packet)), limits);

    private static bool Refuses(string hex, PacketLimits? limits = null)
    {
        var message = Convert.FromHexString(hex);
        try
        {
            PacketParser.MessagePack.CreateDecoder(limits ?? PacketLimits.Default).Decode(message, isBinary: true, out _);
            return false;
        }
        catch (PacketFormatException)
        {
            return true;
        }
    }
}
