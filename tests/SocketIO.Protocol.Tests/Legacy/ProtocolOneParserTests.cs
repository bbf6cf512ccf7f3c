using System.Text;

namespace SocketIO.Protocol.Tests;

public class ProtocolOneParserTests
{
    [Theory]
    [InlineData("0", "Close")]
    [InlineData("0:", "Close")]
    [InlineData("0:::", "Close")]
    [InlineData("0::/chat", "Disconnect /chat")]
    [InlineData("0::/chat:", "Disconnect /chat")]
    [InlineData("0::/", "Disconnect /")]
    [InlineData("8", "Noop")]
    [InlineData("8:::", "Noop")]
    [InlineData("2", "Pong")]
    [InlineData("2::/chat", "Pong")]
    [InlineData("1", "Open")]
    [InlineData("1::?token=1", "Open")]
    [InlineData("1:::?token=1", "Open")]
    [InlineData("3::", """Event / ["message",""]""")]
    [InlineData("3:::", """Event / ["message",""]""")]
    [InlineData("3", """Event / ["message",""]""")]
    [InlineData("3::/", """Event / ["message",""]""")]
    public void Parts_that_are_missing_at_the_end_are_empty(string text, string packet) => Assert.Equal(packet, ProtocolOneText.Decode(text));

    [Theory]
    [InlineData("1::/chat?k=v", "Connect /chat?k=v")]
    [InlineData("1::/chat:?k=v", "Connect /chat?k=v")]
    [InlineData("1::/chat:k=v", "Connect /chat?k=v")]
    [InlineData("1::/chat:?k=v:w", "Connect /chat?k=v:w")]
    [InlineData("1::/chat?k=v:w:?x", "Connect /chat?k=v:w:?x")]
    [InlineData("1::/chat?", "Connect /chat?")]
    [InlineData("1::/chat:", "Connect /chat")]
    [InlineData("1::/:?k=v", "Connect /")]
    [InlineData("1::/", "Connect /")]
    [InlineData("3::/chat?k=v:hello", """Event /chat ["message","hello"]""")]
    [InlineData("6::/chat?k=v:1", "Ack /chat #0")]
    [InlineData("0::/chat?k=v", "Disconnect /chat")]
    public void A_namespace_may_have_a_query_in_either_place(string text, string packet) => Assert.Equal(packet, ProtocolOneText.Decode(text));

    [Theory]
    [InlineData("3:::a:b::c", """Event / ["message","a:b::c"]""")]
    [InlineData("3:::l1\nl2\r\n\u2028 \"q\" \\", "Event / [\"message\",\"l1\\nl2\\r\\n\u2028 \\\"q\\\" \\\\\"]")]
    [InlineData("3::/chat:é☃😀\u0000\ufffd", "Event /chat [\"message\",\"é☃😀\\u0000\ufffd\"]")]
    [InlineData("4:::\"text\"", """Event / ["message","text"]""")]
    [InlineData("4:::null", """Event / ["message",null]""")]
    [InlineData("4:::[1,2]", """Event / ["message",[1,2]]""")]
    [InlineData("4::/chat: {\"a\" : 1} ", """Event /chat ["message", {"a" : 1} ]""")]
    public void Texts_and_json_are_messages_whatever_is_in_them(string text, string packet) => Assert.Equal(packet, ProtocolOneText.Decode(text));

    [Theory]
    [InlineData("""5:::{"name":"a"}""", """Event / ["a"]""")]
    [InlineData("""5:::{"name":"a","args":[]}""", """Event / ["a"]""")]
    [InlineData("""5:::{"name":"a","args":[ ]}""", """Event / ["a"]""")]
    [InlineData("""5:::{"name":"a","args":null}""", """Event / ["a"]""")]
    [InlineData("""5:::{"args":[1,[2],{"b":3}],"name":"a"}""", """Event / ["a",1,[2],{"b":3}]""")]
    [InlineData("""5:::{"name":"b","name":"a","args":[1],"args":[2]}""", """Event / ["a",2]""")]
    [InlineData("""5:::{"x":{"name":"b","args":[1]},"name":"a","y":[]}""", """Event / ["a"]""")]
    [InlineData("""5:::{ "name" : "a" , "args" : [ 1 , 2 ] }""", """Event / ["a",1 , 2]""")]
    [InlineData("""5:::{"name":"message","args":["a","b"]}""", """Event / ["message","a","b"]""")]
    [InlineData("""5:::{"name":"a:\"b\"\u00e9"}""", """Event / ["a:\"b\"\u00e9"]""")]
    public void An_event_has_its_members_in_any_order(string text, string packet) => Assert.Equal(packet, ProtocolOneText.Decode(text));

    [Theory]
    [InlineData("3:5::x", """Event / #5 by the library ["message","x"]""")]
    [InlineData("3:5+::x", """Event / #5 ["message","x"]""")]
    [InlineData("4:5:/chat:1", """Event /chat #5 by the library ["message",1]""")]
    [InlineData("""5:5::{"name":"a"}""", """Event / #5 by the library ["a"]""")]
    [InlineData("""5:5+:/chat:{"name":"a"}""", """Event /chat #5 ["a"]""")]
    [InlineData("3:0::x", """Event / #0 by the library ["message","x"]""")]
    [InlineData("3:99999999999999999999+::x", """Event / #9223372036854775807 ["message","x"]""")]
    [InlineData("3:+::x", """Event / ["message","x"]""")]
    public void An_id_without_a_plus_is_acknowledged_by_the_library(string text, string packet) => Assert.Equal(packet, ProtocolOneText.Decode(text));

    [Theory]
    [InlineData("6:::1", "Ack / #0")]
    [InlineData("6:::1+", "Ack / #0")]
    [InlineData("6:::1+[]", "Ack / #0 []")]
    [InlineData("6::/chat:140+[\"x\",{\"a\":1}]", """Ack /chat #139 ["x",{"a":1}]""")]
    [InlineData("6:::0", "Ack / #9223372036854775807")]
    [InlineData("6:::99999999999999999999", "Ack / #9223372036854775807")]
    public void An_acknowledgement_may_have_values(string text, string packet) => Assert.Equal(packet, ProtocolOneText.Decode(text));

    [Theory]
    [InlineData("""5:::{"name":"disconnect"}""")]
    [InlineData("""5:1+::{"name":"connect","args":[1]}""")]
    [InlineData("""5:::{"name":"\u0064isconnect"}""")]
    [InlineData("""5::/chat:{"name":"newListener"}""")]
    public void An_event_of_a_reserved_name_is_passed_over(string text) => Assert.Equal("nothing", ProtocolOneText.Decode(text));

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("9::")]
    [InlineData("10::")]
    [InlineData("x::")]
    [InlineData("3x")]
    [InlineData("3:x::")]
    [InlineData("3:-1::x")]
    [InlineData("3:1 ::x")]
    [InlineData("3:1++::x")]
    [InlineData("\ufffd3\ufffd3::")]
    [InlineData("3::chat:x")]
    [InlineData("1::chat")]
    [InlineData("4::")]
    [InlineData("4:::")]
    [InlineData("4:::1,2")]
    [InlineData("4:::1],[2")]
    [InlineData("4:::]")]
    [InlineData("4:::{\"a\":}")]
    [InlineData("4:::'a'")]
    [InlineData("5::")]
    [InlineData("5:::[\"a\"]")]
    [InlineData("5:::{}")]
    [InlineData("5:::{\"name\":1}")]
    [InlineData("5:::{\"name\":null}")]
    [InlineData("5:::{\"name\":\"a\",\"args\":{}}")]
    [InlineData("5:::{\"name\":\"a\",\"args\":1}")]
    [InlineData("5:::{\"name\":\"a\"}}")]
    [InlineData("5:::{\"name\":\"a\"")]
    [InlineData("5:::{\"name\":\"\\ud800\"}")]
    [InlineData("6::")]
    [InlineData("6:::x")]
    [InlineData("6:::-1")]
    [InlineData("6:::1x")]
    [InlineData("6:::1+x")]
    [InlineData("6:::1+{}")]
    [InlineData("6:::1+[")]
    public void What_is_malformed_is_refused(string text) => Assert.StartsWith("refused: ", ProtocolOneText.Decode(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("333a3a3aff")]
    [InlineData("333a3a3aeda080")]
    [InlineData("353a3a3a7b226e616d65223a22c3227d")]
    [InlineData("313a3a2fff")]
    public void What_is_not_utf8_is_refused(string hex)
    {
        var packet = ProtocolOneCodec.Instance.DecodeMessage(Convert.FromHexString(hex), isBinary: false);
        var decoder = PacketParser.ProtocolOne.CreateDecoder(PacketLimits.Default);
        Assert.Throws<PacketFormatException>(() => decoder.Decode(packet.Data, isBinary: false, out _));
    }

    [Fact]
    public void Binary_messages_are_refused() =>
        Assert.Throws<PacketFormatException>(() => PacketParser.ProtocolOne.CreateDecoder(PacketLimits.Default).Decode("3:::x"u8.ToArray(), isBinary: true, out _));

    [Theory]
    [InlineData("1::/123456789", true)]
    [InlineData("1::/1234567890", false)]
    [InlineData("1::/1234:?789", true)]
    [InlineData("1::/1234:?7890", false)]
    [InlineData("1::/1234:6789", true)]
    [InlineData("1::/1234:67890", false)]
    [InlineData("4:::[[1]]", true)]
    [InlineData("4:::[[[1]]]", false)]
    [InlineData("""5:::{"name":"a","args":[[[1]]]}""", true)]
    [InlineData("""5:::{"name":"a","args":[[[[1]]]]}""", false)]
    [InlineData("""5:::{"x":[[[[[1]]]]],"name":"a"}""", false)]
    [InlineData("""5:::{"name":"a","args":[1,2,3]}""", true)]
    [InlineData("""5:::{"name":"a","args":[1,2,3,4]}""", false)]
    [InlineData("6:::1+[1,2,3,4]", true)]
    [InlineData("6:::1+[1,2,3,4,5]", false)]
    public void Limits_hold(string text, bool within)
    {
        var limits = new PacketLimits { MaxNamespaceBytes = 10, MaxDepth = 3, MaxArguments = 4 };
        Assert.Equal(within, !ProtocolOneText.Decode(text, limits).StartsWith("refused", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""["message","text"]""", "3::/chat:text")]
    [InlineData("""["message",""]""", "3::/chat")]
    [InlineData("""["message","\u0061\"\\\/\ud83d\ude00\t"]""", "3::/chat:a\"\\/😀\t")]
    [InlineData("""["message",{"a":1}]""", """4::/chat:{"a":1}""")]
    [InlineData("""["message",null]""", "4::/chat:null")]
    [InlineData("""[ "message" , [1] ]""", "4::/chat:[1]")]
    [InlineData("""["message"]""", """5::/chat:{"name":"message"}""")]
    [InlineData("""["message","a","b"]""", """5::/chat:{"name":"message","args":["a","b"]}""")]
    [InlineData("""["a"]""", """5::/chat:{"name":"a"}""")]
    [InlineData("""["a",1,{"b":[]}]""", """5::/chat:{"name":"a","args":[1,{"b":[]}]}""")]
    [InlineData("""[7,1]""", """5::/chat:{"name":"7","args":[1]}""")]
    public void Events_are_written_as_the_servers_of_the_time_wrote_them(string payload, string text) =>
        Assert.Equal(text, Encode(PacketText.Make(PacketType.Event, "/chat", payload: payload)));

    [Theory]
    [InlineData("""["message","a\nb"]""", """4:::"a\nb" """)]
    [InlineData("""["message","a\u000ab"]""", """4:::"a\u000ab" """)]
    [InlineData("""["message","a\rb"]""", """4:::"a\rb" """)]
    [InlineData("[\"message\",\"a\u2028b\u2029\"]", """4:::"a\u2028b\u2029" """)]
    [InlineData("[\"message\",\"\\u2028\"]", """4:::"\u2028" """)]
    [InlineData("[\"message\",{\"a\u2028\":\"\u2029\u2027\u20ac\"}]", "4:::{\"a\\u2028\":\"\\u2029\u2027\u20ac\"} ")]
    [InlineData("[\"message\",\r\n[1,\n2]\r]", "4:::[1, 2]")]
    [InlineData("[\"a\u2028\",\"\u2029\"]", """5:::{"name":"a\u2028","args":["\u2029"]} """)]
    public void No_packet_has_a_line_break_in_it(string payload, string text) =>
        Assert.Equal(text.TrimEnd(), Encode(PacketText.Make(PacketType.Event, payload: payload)));

    [Theory]
    [InlineData("""["message","x"]""", 0, false, "3:1+::x")]
    [InlineData("""["message","x"]""", 0, true, "3:1::x")]
    [InlineData("""["message",1]""", 41, true, "4:42::1")]
    [InlineData("""["message",1]""", 41, false, "4:42+::1")]
    [InlineData("""["a"]""", 0, false, """5:1+::{"name":"a"}""")]
    [InlineData("""["a"]""", 0, true, """5:1+::{"name":"a"}""")]
    [InlineData("""["message","x","y"]""", 0, true, """5:1+::{"name":"message","args":["x","y"]}""")]
    [InlineData("""["a"]""", long.MaxValue, false, """5:9223372036854775807+::{"name":"a"}""")]
    public void Ids_count_from_1_and_only_a_message_can_be_acknowledged_by_the_library(string payload, long id, bool byLibrary, string text) =>
        Assert.Equal(text, Encode(PacketText.Make(PacketType.Event, id: id, payload: payload) with { IsAutoAcknowledged = byLibrary }));

    [Theory]
    [InlineData("", "6::/chat:5")]
    [InlineData("[]", "6::/chat:5")]
    [InlineData(" [ ] ", "6::/chat:5")]
    [InlineData("""["x",{"a":1}]""", """6::/chat:5+["x",{"a":1}]""")]
    [InlineData("[\"\u2028\"]", """6::/chat:5+["\u2028"]""")]
    public void Acknowledgements_have_the_id_that_they_answer(string payload, string text) =>
        Assert.Equal(text, Encode(PacketText.Make(PacketType.Ack, "/chat", 5, payload)));

    [Theory]
    [InlineData("", "/secret", "7::/secret")]
    [InlineData("""{"message":"unauthorized"}""", "/secret", "7::/secret:2")]
    [InlineData("""{"message":"Not for you","data":{"code":7}}""", "/secret", "7::/secret:2")]
    [InlineData("""{"message":"client not handshaken","data":{"advice":"reconnect"}}""", "", "7:::1+0")]
    public void A_refusal_has_a_number_for_its_reason(string payload, string ns, string text) =>
        Assert.Equal(text, Encode(PacketText.Make(PacketType.ConnectError, ns, payload: payload)));

    [Theory]
    [InlineData(PacketType.Connect, "/", "1::")]
    [InlineData(PacketType.Connect, "/chat", "1::/chat")]
    [InlineData(PacketType.Disconnect, "", "0::")]
    [InlineData(PacketType.Disconnect, "/chat", "0::/chat")]
    public void Namespaces_are_entered_and_left(PacketType type, string ns, string text) =>
        Assert.Equal(text, Encode(PacketText.Make(type, ns, payload: """{"sid":"x"}""")));

    [Fact]
    public void Binary_values_are_refused_to_the_sender()
    {
        var packet = PacketText.Make(PacketType.Event, payload: """["a",{"_placeholder":true,"num":0}]""", attachments: "0102");
        Assert.Throws<PacketNotSupportedException>(() => PacketParser.ProtocolOne.Encode(packet));
    }

    [Theory]
    [InlineData("""{"a":1}""")]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("""["message" 1]""")]
    [InlineData("")]
    public void What_is_no_event_is_not_written(string payload) =>
        Assert.Throws<PacketFormatException>(() => PacketParser.ProtocolOne.Encode(PacketText.Make(PacketType.Event, payload: payload)));

    [Fact]
    public void A_decoder_keeps_nothing_of_the_packet_before()
    {
        var decoder = PacketParser.ProtocolOne.CreateDecoder(PacketLimits.Default);

        Assert.True(decoder.Decode(PacketText.Utf8("""5:::{"name":"a","args":[1,2]}"""), isBinary: false, out _));
        Assert.Throws<PacketFormatException>(() => decoder.Decode(PacketText.Utf8("4:::x"), isBinary: false, out _));
        Assert.True(decoder.Decode(PacketText.Utf8("""5:7::{"name":"b","args":["c"]}"""), isBinary: false, out var packet));

        Assert.Equal("""Event / #7 by the library ["b","c"]""", PacketText.Describe(packet));
        Assert.Equal("\"c\"", PacketText.Text(packet.GetArgument(1)));
        Assert.True(packet.Detach().IsAutoAcknowledged);
        Assert.False(decoder.IsWaitingForAttachments);
    }

    private static string Encode(in Packet packet) => Encoding.UTF8.GetString(PacketParser.ProtocolOne.Encode(packet));
}
