using System.Buffers;

namespace SocketIO.Protocol.Tests;

public class PlainMessageTests
{
    private const string Envelope = nameof(PlainMessageParser.Envelope);
    private const string LengthFramed = nameof(PlainMessageParser.LengthFramed);
    private const string Streaming = nameof(PlainMessageParser.Streaming);

    /// <summary>What both ends say alike, whichever way it goes.</summary>
    public static TheoryData<string, string, string, string> Equivalents => new()
    {
        { Envelope, "", """["message","hello ü☃😀"]""", "hello ü☃😀" },
        { Envelope, "", """["message",""]""", "" },
        { Envelope, "", """["message","{\"a\":1}"]""", "{\"a\":1}" },
        { Envelope, "", """["chat","a",{"b":[1]}]""", """{"name":"chat","args":["a",{"b":[1]}]}""" },
        { LengthFramed, "", """["message","hello ü☃😀"]""", "hello ü☃😀" },
        { LengthFramed, "", """["message","line1\nline2 \"q\" \\n"]""", "line1\nline2 \"q\" \\n" },
        { LengthFramed, "", """["message",{"a":1,"s":"☃"}]""", "~j~{\"a\":1,\"s\":\"☃\"}" },
        { LengthFramed, "", """["message",[1,2]]""", "~j~[1,2]" },
        { LengthFramed, "", """["message",null]""", "~j~null" },
        { LengthFramed, "", """["message",true]""", "~j~true" },
        { LengthFramed, "", """["message","{\"a\":1}"]""", "{\"a\":1}" },
        { LengthFramed, "", """["message","~j~{\"a\":1}"]""", "~j~\"~j~{\\\"a\\\":1}\"" },
        { LengthFramed, "", """["message","~h~1"]""", "~j~\"~h~1\"" },
        { LengthFramed, "", """["chat"]""", """~j~{"name":"chat","args":[]}""" },
        { LengthFramed, "", """["chat",1,"two"]""", """~j~{"name":"chat","args":[1,"two"]}""" },
        { LengthFramed, "", """["message"]""", """~j~{"name":"message","args":[]}""" },
        { Streaming, "", """["message","hello"]""", ":hello" },
        { Streaming, "", """["message",""]""", ":" },
        { Streaming, "", """["message",":\n"]""", "::\n" },
        { Streaming, "", """["message",{"a":1}]""", "j\n:{\"a\":1}" },
        { Streaming, "/chat", """["message","to realm"]""", "r:chat\n:to realm" },
        { Streaming, "/chat", """["message",[]]""", "r:chat\nj\n:[]" },
        { Streaming, "", """["chat","a"]""", "j\n:" + """{"name":"chat","args":["a"]}""" },
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
    [InlineData(Envelope, """["message",5]""", "5")]
    [InlineData(Envelope, """["message",{"a":1}]""", "{\"a\":1}")]
    [InlineData(LengthFramed, """["message",5]""", "5")]
    [InlineData(LengthFramed, """["message",-1.5e3]""", "-1.5e3")]
    [InlineData(LengthFramed, """["message","\u0068\ud83d"]""", "h\uFFFD")]
    [InlineData(LengthFramed, """["\u0063hat",1]""", """~j~{"name":"\u0063hat","args":[1]}""")]
    [InlineData(LengthFramed, """[ 7 , 1 , 2 ]""", """~j~{"name":"7","args":[1 , 2]}""")]
    [InlineData(Streaming, """["message",5]""", ":5")]
    [Trait("Feature", "G-08")]
    public void Strings_are_texts_numbers_are_their_digits_and_the_rest_is_JSON(string parser, string payload, string message) =>
        Assert.Equal(message, PacketText.Text(Parser(parser).Encode(PacketText.Make(PacketType.Event, payload: payload))));

    [Theory]
    [InlineData(LengthFramed, "~j~not json", """["message","~j~not json"]""")]
    [InlineData(LengthFramed, "~j~", """["message","~j~"]""")]
    [InlineData(LengthFramed, "~j~1,2", """["message","~j~1,2"]""")]
    [InlineData(LengthFramed, "~j~1],[2", """["message","~j~1],[2"]""")]
    [InlineData(LengthFramed, "~j~ {\"a\": 1} ", """["message", {"a": 1} ]""")]
    [InlineData(LengthFramed, "{\"name\":\"chat\",\"args\":[]}", """["message","{\"name\":\"chat\",\"args\":[]}"]""")]
    [InlineData(LengthFramed, "~j~{\"args\" : [ 1, 2 ] , \"name\":\"chat\"}", """["chat",1, 2]""")]
    [InlineData(LengthFramed, "~j~{\"name\":\"chat\",\"args\":[],\"id\":1}", """["message",{"name":"chat","args":[],"id":1}]""")]
    [InlineData(LengthFramed, "~j~{\"name\":\"chat\"}", """["message",{"name":"chat"}]""")]
    [InlineData(LengthFramed, "~j~{\"name\":\"a\",\"name\":\"b\"}", """["message",{"name":"a","name":"b"}]""")]
    [InlineData(LengthFramed, "~j~{\"name\":1,\"args\":[]}", """["message",{"name":1,"args":[]}]""")]
    [InlineData(LengthFramed, "~j~{\"name\":\"chat\",\"args\":{}}", """["message",{"name":"chat","args":{}}]""")]
    [InlineData(LengthFramed, "~j~{\"name\":\"disconnect\",\"args\":[]}", """["message",{"name":"disconnect","args":[]}]""")]
    [InlineData(LengthFramed, "~j~{\"name\":\"d\\u0069sconnect\",\"args\":[]}", """["message",{"name":"d\u0069sconnect","args":[]}]""")]
    [InlineData(LengthFramed, "~j~{\"name\":\"\\ud800\",\"args\":[]}", """["message",{"name":"\ud800","args":[]}]""")]
    [InlineData(Envelope, "~j~{\"a\":1}", """["message","~j~{\"a\":1}"]""")]
    [InlineData(Envelope, "{\"name\":\"chat\",\"args\":[}", """["message","{\"name\":\"chat\",\"args\":[}"]""")]
    [InlineData(Streaming, "no text", """["message",""]""")]
    [InlineData(Streaming, "", """["message",""]""")]
    [InlineData(Streaming, "foo:bar\nflag\n:annotated", """["message","annotated"]""")]
    [InlineData(Streaming, "j\n:not json", """["message","not json"]""")]
    [InlineData(Streaming, "j:false\n:1", """["message",1]""")]
    [InlineData(Streaming, "r:\n:x", """["message","x"]""")]
    [Trait("Feature", "G-41")]
    public void What_is_not_marked_as_JSON_or_is_none_is_a_text_and_nothing_is_guessed(string parser, string message, string payload) =>
        Assert.Equal("Event / " + payload, Decode(parser, message));

    [Theory]
    [InlineData(Envelope)]
    [InlineData(LengthFramed)]
    [InlineData(Streaming)]
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

        string[] expected = parser switch
        {
            Envelope => ["a", "{\"b\":1}", "3"],
            LengthFramed => ["a", "~j~{\"b\":1}", "3"],
            _ => [":a", "j\n:{\"b\":1}", ":3"],
        };
        Assert.Equal(expected, messages);
        Assert.Throws<ArgumentOutOfRangeException>(() => encoder.Encode(packet, 3, new ArrayBufferWriter<byte>()));
    }

    [Theory]
    [InlineData(Envelope)]
    [InlineData(LengthFramed)]
    [InlineData(Streaming)]
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

        if (parser == Streaming)
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
        Assert.Throws<PacketFormatException>(() => PlainMessageParser.LengthFramed.Encode(packet));
    }

    [Theory]
    [InlineData(LengthFramed, "~j~[[[]]]")]
    [InlineData(LengthFramed, "~j~{\"name\":\"a\",\"args\":[[[1]]]}")]
    [InlineData(LengthFramed, "~j~{\"name\":\"a\",\"args\":[1,2,3]}")]
    [InlineData(Streaming, "j\n:[[[[[[]]]]]]")]
    [InlineData(Streaming, "r:12345678\n:x")]
    [InlineData(Envelope, "{\"name\":\"a\",\"args\":[1,2,3]}")]
    public void JSON_beyond_the_limits_is_refused(string parser, string message) =>
        Assert.Throws<PacketFormatException>(() => Decode(parser, message, new PacketLimits { MaxDepth = 2, MaxArguments = 3, MaxNamespaceBytes = 8 }));

    [Theory]
    [InlineData(LengthFramed, "~j~[[]]")]
    [InlineData(LengthFramed, "~j~{\"name\":\"a\",\"args\":[[],2]}")]
    [InlineData(Streaming, "r:1234567\n:x")]
    public void JSON_up_to_the_limits_is_not(string parser, string message) =>
        Decode(parser, message, new PacketLimits { MaxDepth = 3, MaxArguments = 3, MaxNamespaceBytes = 8 });

    [Fact]
    [Trait("Feature", "E-20")]
    public void A_text_that_would_be_JSON_beyond_the_limits_stays_a_text_where_all_JSON_is_text()
    {
        var message = "{\"name\":\"a\",\"args\":" + new string('[', 2000) + new string(']', 2000) + "}";

        Assert.StartsWith("Event / [\"message\",\"{", Decode(Envelope, message), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Envelope)]
    [InlineData(LengthFramed)]
    [InlineData(Streaming)]
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
        foreach (var (parser, codec) in new (PlainMessageParser, EngineCodec)[] { (PlainMessageParser.LengthFramed, new LengthFramedCodec()), (PlainMessageParser.Streaming, new StreamingCodec(1000)) })
        {
            var unit = codec.Encode(new EnginePacket(EnginePacketType.Message, parser.Encode(PacketText.Make(PacketType.Event, payload: $"[\"message\",{json}]"))));

            var packet = Assert.Single(codec.Decode(unit));
            Assert.Equal(EnginePacketType.Message, packet.Type);
            Assert.True(parser.CreateDecoder(PacketLimits.Default).Decode(packet.Data, isBinary: false, out var message));
            Assert.Equal(text, System.Text.Json.JsonSerializer.Deserialize<string>(message.GetArgument(1).Span));
        }
    });

    private static PlainMessageParser Parser(string name) => name switch
    {
        Envelope => PlainMessageParser.Envelope,
        LengthFramed => PlainMessageParser.LengthFramed,
        _ => PlainMessageParser.Streaming,
    };

    private static string Decode(string parser, string message, PacketLimits? limits = null)
    {
        Assert.True(Parser(parser).CreateDecoder(limits ?? PacketLimits.Default).Decode(PacketText.Utf8(message), isBinary: false, out var packet));
        Assert.Equal("\"", PacketText.Text(packet.GetArgument(0))[..1]);
        return PacketText.Describe(packet);
    }

    private static void AssertRefused(string parser, string reason, Packet packet) =>
        Assert.Contains(reason, Assert.Throws<PacketNotSupportedException>(() => Parser(parser).Encode(packet)).Message, StringComparison.Ordinal);
}
