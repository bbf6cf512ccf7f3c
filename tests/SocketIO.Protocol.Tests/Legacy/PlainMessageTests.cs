using System.Buffers;

namespace SocketIO.Protocol.Tests;

public class PlainMessageTests
{
    private const string Marked = nameof(PlainMessageParser.Marked);
    private const string Annotated = nameof(PlainMessageParser.Annotated);

    /// <summary>What both ends say alike, whichever way it goes.</summary>
    public static TheoryData<string, string, string, string> Equivalents => new()
    {
        { Marked, "", """["message","hello ü☃😀"]""", "hello ü☃😀" },
        { Marked, "", """["message","line1\nline2 \"q\" \\n"]""", "line1\nline2 \"q\" \\n" },
        { Marked, "", """["message",{"a":1,"s":"☃"}]""", "~j~{\"a\":1,\"s\":\"☃\"}" },
        { Marked, "", """["message",[1,2]]""", "~j~[1,2]" },
        { Marked, "", """["message",null]""", "~j~null" },
        { Marked, "", """["message",true]""", "~j~true" },
        { Marked, "", """["message","{\"a\":1}"]""", "{\"a\":1}" },
        { Marked, "", """["message","~j~{\"a\":1}"]""", "~j~\"~j~{\\\"a\\\":1}\"" },
        { Marked, "", """["message","~h~1"]""", "~j~\"~h~1\"" },
        { Marked, "", """["chat"]""", """~j~{"name":"chat","args":[]}""" },
        { Marked, "", """["chat",1,"two"]""", """~j~{"name":"chat","args":[1,"two"]}""" },
        { Marked, "", """["message"]""", """~j~{"name":"message","args":[]}""" },
        { Annotated, "", """["message","hello"]""", ":hello" },
        { Annotated, "", """["message",""]""", ":" },
        { Annotated, "", """["message",":\n"]""", "::\n" },
        { Annotated, "", """["message",{"a":1}]""", "j\n:{\"a\":1}" },
        { Annotated, "/chat", """["message","to realm"]""", "r:chat\n:to realm" },
        { Annotated, "/chat", """["message",[]]""", "r:chat\nj\n:[]" },
        { Annotated, "", """["chat","a"]""", "j\n:" + """{"name":"chat","args":["a"]}""" },
    };

    [Theory]
    [MemberData(nameof(Equivalents))]
    public void Messages_are_events_and_events_are_messages(string parser, string ns, string payload, string message)
    {
        var packet = PacketText.Make(PacketType.Event, ns, payload: payload);

        Assert.Equal(1, Parser(parser).Encoder.GetMessageCount(packet));
        Assert.Equal(message, PacketText.Text(Parser(parser).Encode(packet)));
        Assert.Equal($"Event {(ns.Length == 0 ? "/" : ns)} {payload}", Decode(parser, message));
    }

    [Theory]
    [InlineData(Marked, """["message",5]""", "5")]
    [InlineData(Marked, """["message",-1.5e3]""", "-1.5e3")]
    [InlineData(Marked, """["message","\u0068\ud83d"]""", "h\uFFFD")]
    [InlineData(Marked, """["\u0063hat",1]""", """~j~{"name":"\u0063hat","args":[1]}""")]
    [InlineData(Marked, """[ 7 , 1 , 2 ]""", """~j~{"name":"7","args":[1 , 2]}""")]
    [InlineData(Annotated, """["message",5]""", ":5")]
    [Trait("Feature", "G-08")]
    public void Strings_are_texts_numbers_are_their_digits_and_the_rest_is_JSON(string parser, string payload, string message) =>
        Assert.Equal(message, PacketText.Text(Parser(parser).Encode(PacketText.Make(PacketType.Event, payload: payload))));

    [Theory]
    [InlineData(Marked, "~j~not json", """["message","~j~not json"]""")]
    [InlineData(Marked, "~j~", """["message","~j~"]""")]
    [InlineData(Marked, "~j~1,2", """["message","~j~1,2"]""")]
    [InlineData(Marked, "~j~1],[2", """["message","~j~1],[2"]""")]
    [InlineData(Marked, "~j~ {\"a\": 1} ", """["message", {"a": 1} ]""")]
    [InlineData(Marked, "{\"name\":\"chat\",\"args\":[]}", """["message","{\"name\":\"chat\",\"args\":[]}"]""")]
    [InlineData(Marked, "~j~{\"args\" : [ 1, 2 ] , \"name\":\"chat\"}", """["chat",1, 2]""")]
    [InlineData(Marked, "~j~{\"name\":\"chat\",\"args\":[],\"id\":1}", """["message",{"name":"chat","args":[],"id":1}]""")]
    [InlineData(Marked, "~j~{\"name\":\"chat\"}", """["message",{"name":"chat"}]""")]
    [InlineData(Marked, "~j~{\"name\":\"a\",\"name\":\"b\"}", """["message",{"name":"a","name":"b"}]""")]
    [InlineData(Marked, "~j~{\"name\":1,\"args\":[]}", """["message",{"name":1,"args":[]}]""")]
    [InlineData(Marked, "~j~{\"name\":\"chat\",\"args\":{}}", """["message",{"name":"chat","args":{}}]""")]
    [InlineData(Marked, "~j~{\"name\":\"disconnect\",\"args\":[]}", """["message",{"name":"disconnect","args":[]}]""")]
    [InlineData(Marked, "~j~{\"name\":\"d\\u0069sconnect\",\"args\":[]}", """["message",{"name":"d\u0069sconnect","args":[]}]""")]
    [InlineData(Marked, "~j~{\"name\":\"\\ud800\",\"args\":[]}", """["message",{"name":"\ud800","args":[]}]""")]
    [InlineData(Annotated, "no text", """["message",""]""")]
    [InlineData(Annotated, "", """["message",""]""")]
    [InlineData(Annotated, "foo:bar\nflag\n:annotated", """["message","annotated"]""")]
    [InlineData(Annotated, "j\n:not json", """["message","not json"]""")]
    [InlineData(Annotated, "j:false\n:1", """["message",1]""")]
    [InlineData(Annotated, "r:\n:x", """["message","x"]""")]
    [Trait("Feature", "G-41")]
    public void What_is_not_marked_as_JSON_or_is_none_is_a_text_and_nothing_is_guessed(string parser, string message, string payload) =>
        Assert.Equal("Event / " + payload, Decode(parser, message));

    [Theory]
    [InlineData(Marked)]
    [InlineData(Annotated)]
    [Trait("Feature", "J-31")]
    public void Several_arguments_of_a_message_are_as_many_messages(string parser)
    {
        var packet = PacketText.Make(PacketType.Event, payload: """["message","a",{"b":1},3]""");
        var encoder = Parser(parser).Encoder;
        var messages = Enumerable.Range(0, encoder.GetMessageCount(packet)).Select(index =>
        {
            var output = new ArrayBufferWriter<byte>();
            encoder.Encode(packet, index, output);
            return PacketText.Text(output.WrittenMemory);
        });

        string[] expected = parser == Marked ? ["a", "~j~{\"b\":1}", "3"] : [":a", "j\n:{\"b\":1}", ":3"];
        Assert.Equal(expected, messages);
        Assert.Throws<ArgumentOutOfRangeException>(() => encoder.Encode(packet, 3, new ArrayBufferWriter<byte>()));
    }

    [Theory]
    [InlineData(Marked)]
    [InlineData(Annotated)]
    public void What_a_generation_has_no_form_for_is_refused_with_the_reason(string parser)
    {
        AssertRefused(parser, "acknowledgements", PacketText.Make(PacketType.Event, id: 0, payload: """["a"]"""));
        AssertRefused(parser, "acknowledgements", PacketText.Make(PacketType.Ack, id: 0, payload: "[]"));
        AssertRefused(parser, "binary", PacketText.Make(PacketType.Event, "", -1, """["a",{"_placeholder":true,"num":0}]""", "00"));
        foreach (var type in new[] { PacketType.Connect, PacketType.Disconnect, PacketType.ConnectError })
        {
            Assert.False(Parser(parser).Encoder.Has(type));
            AssertRefused(parser, type.ToString(), PacketText.Make(type));
        }

        if (parser == Annotated)
        {
            AssertRefused(parser, "line breaks", PacketText.Make(PacketType.Event, "/a\nj", payload: """["a"]"""));
        }
        else
        {
            AssertRefused(parser, "namespaces", PacketText.Make(PacketType.Event, "/chat", payload: """["a"]"""));
        }

        Assert.NotEmpty(Parser(parser).Encode(PacketText.Make(PacketType.Event, "/", payload: """["a"]""")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""[{}]""")]
    [InlineData("""["a" """)]
    [InlineData("""["message","x]""")]
    public void A_payload_that_is_no_event_is_not_sent(string payload)
    {
        var packet = PacketText.Make(PacketType.Event, payload: payload);
        Assert.Throws<PacketFormatException>(() => PlainMessageParser.Marked.Encode(packet));
    }

    [Theory]
    [InlineData(Marked, "~j~[[[]]]")]
    [InlineData(Marked, "~j~{\"name\":\"a\",\"args\":[[[1]]]}")]
    [InlineData(Marked, "~j~{\"name\":\"a\",\"args\":[1,2,3]}")]
    [InlineData(Annotated, "j\n:[[[[[[]]]]]]")]
    [InlineData(Annotated, "r:12345678\n:x")]
    public void JSON_beyond_the_limits_is_refused(string parser, string message) =>
        Assert.Throws<PacketFormatException>(() => Decode(parser, message, new PacketLimits { MaxDepth = 2, MaxArguments = 3, MaxNamespaceBytes = 8 }));

    [Theory]
    [InlineData(Marked, "~j~[[]]")]
    [InlineData(Marked, "~j~{\"name\":\"a\",\"args\":[[],2]}")]
    [InlineData(Annotated, "r:1234567\n:x")]
    public void JSON_up_to_the_limits_is_not(string parser, string message) =>
        Decode(parser, message, new PacketLimits { MaxDepth = 3, MaxArguments = 3, MaxNamespaceBytes = 8 });

    [Theory]
    [InlineData(Marked)]
    [InlineData(Annotated)]
    public void A_binary_message_and_bytes_that_are_no_text_are_refused(string parser)
    {
        var decoder = Parser(parser).CreateDecoder(PacketLimits.Default);
        Assert.Throws<PacketFormatException>(() => decoder.Decode("a"u8.ToArray(), isBinary: true, out _));
        Assert.Throws<PacketFormatException>(() => decoder.Decode(new byte[] { 0xFF }, isBinary: false, out _));
    }

    [Fact]
    [Trait("Feature", "J-38")]
    public void Any_text_arrives_unaltered_whatever_it_looks_like() => Fuzz.Rounds(10_000, random =>
    {
        byte[][] samples = [.. new[] { "~h~1", "~j~{\"a\":1}", "~m~3~m~abc", "a\r\nb\u2028\uFFFD😀", "{\"name\":\"a\"}", ":r:chat\n:" }.Select(Units.Utf8)];
        var text = System.Text.Encoding.UTF8.GetString(Fuzz.Mutate(random, samples, samples));
        var json = System.Text.Json.JsonSerializer.Serialize(text);
        foreach (var (parser, codec) in new (PlainMessageParser, EngineCodec)[] { (PlainMessageParser.Marked, new LengthFramedCodec()), (PlainMessageParser.Annotated, new StreamingCodec(1000)) })
        {
            var unit = codec.Encode(new EnginePacket(EnginePacketType.Message, parser.Encode(PacketText.Make(PacketType.Event, payload: $"[\"message\",{json}]"))));

            var packet = Assert.Single(codec.Decode(unit));
            Assert.Equal(EnginePacketType.Message, packet.Type);
            Assert.True(parser.CreateDecoder(PacketLimits.Default).Decode(packet.Data, isBinary: false, out var message));
            Assert.Equal(text, System.Text.Json.JsonSerializer.Deserialize<string>(message.GetArgument(1).Span));
        }
    });

    private static PlainMessageParser Parser(string name) => name == Marked ? PlainMessageParser.Marked : PlainMessageParser.Annotated;

    private static string Decode(string parser, string message, PacketLimits? limits = null)
    {
        Assert.True(Parser(parser).CreateDecoder(limits ?? PacketLimits.Default).Decode(PacketText.Utf8(message), isBinary: false, out var packet));
        Assert.Equal("\"", PacketText.Text(packet.GetArgument(0))[..1]);
        return PacketText.Describe(packet);
    }

    private static void AssertRefused(string parser, string reason, Packet packet) =>
        Assert.Contains(reason, Assert.Throws<PacketNotSupportedException>(() => Parser(parser).Encode(packet)).Message, StringComparison.Ordinal);
}
