namespace SocketIO.Protocol.Tests;

public class EnvelopeCodecTests
{
    private readonly EnvelopeCodec _codec = new();

    [Fact]
    [Trait("Feature", "E-17")]
    public void The_first_message_of_a_session_is_an_object_with_its_id() => Assert.Equal(
        """{"messages":["{\"sessionid\":\"6328126701290488\"}"]}""",
        _codec.EncodeText("open 6328126701290488"));

    [Theory]
    [InlineData("message hello ü☃😀", """{"messages":["hello ü☃😀"]}""")]
    [InlineData("message ", """{"messages":[""]}""")]
    [InlineData("message {\"a\":1}", """{"messages":["{\"a\":1}"]}""")]
    [InlineData("message line1\nline2 \"q\" \\n &=%+", """{"messages":["line1\nline2 \"q\" \\n &=%+"]}""")]
    [InlineData("message \u0001\b\f\r\t\u2028\u2029â</script>", """{"messages":["\u0001\b\f\r\t\u2028\u2029â</script>"]}""")]
    public void A_message_is_a_string_in_an_envelope(string packet, string unit) => Assert.Equal(unit, _codec.EncodeText(packet));

    [Fact]
    [Trait("Feature", "E-19")]
    public void Several_messages_leave_in_one_envelope() => Assert.Equal(
        """{"messages":["{\"sessionid\":\"1\"}","a","b"]}""",
        _codec.EncodeText("open 1", "message a", "noop", "message b"));

    [Theory]
    [InlineData("noop")]
    [InlineData("close")]
    public void A_packet_that_the_wire_does_not_have_leaves_an_empty_unit(string packet) => Assert.Equal("", _codec.EncodeText(packet));

    [Fact]
    public void A_heartbeat_is_an_object_that_clients_pass_over()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        _codec.EncodeMessage(Units.Parse("ping"), output);

        Assert.Equal("""{"heartbeat":"1"}""", System.Text.Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(output.WrittenCount, _codec.GetMessageLength(Units.Parse("ping")));
        Assert.Equal("""{"messages":["a"]}""", _codec.EncodeText("ping", "message a"));
    }

    [Theory]
    [InlineData("message ~j~{\"a\":[1]}", """{"messages":["{\"a\":[1]}"]}""")]
    [InlineData("message ~j~\"~h~1 \\u00e9\"", """{"messages":["~h~1 é"]}""")]
    [InlineData("message ~j~\"~j~\"", """{"messages":["~j~"]}""")]
    [InlineData("message ~j~\"no string", """{"messages":["\"no string"]}""")]
    [InlineData("message ~j~", """{"messages":[""]}""")]
    public void What_is_marked_as_JSON_leaves_as_its_text(string packet, string unit) => Assert.Equal(unit, _codec.EncodeText(packet));

    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData("{\"name\":\"chat\",\"args\":[1]}", "~j~{\"name\":\"chat\",\"args\":[1]}")]
    [InlineData("{\"name\":\"chat\",\"args\":[}", "{\"name\":\"chat\",\"args\":[}")]
    [InlineData("{\"name\":\"connect\",\"args\":[]}", "{\"name\":\"connect\",\"args\":[]}")]
    [InlineData("~j~{\"a\":1}", "~j~\"~j~{\\\"a\\\":1}\"")]
    [InlineData("~h~1", "~h~1")]
    public void What_comes_is_a_text_unless_it_is_an_event(string text, string message) =>
        Assert.Equal(["message " + message], _codec.Decode(System.Text.Json.JsonSerializer.Serialize(new[] { text })));

    [Fact]
    [Trait("Feature", "E-20")]
    public void Any_text_arrives_unaltered_whatever_it_looks_like() => Fuzz.Rounds(10_000, random =>
    {
        byte[][] samples = [.. new[] { "~h~1", "~j~{\"a\":1}", "~j~\"a\"", "a\r\nb\u2028\uFFFD😀", "{\"name\":\"a\"}", "\"a\"" }.Select(Units.Utf8)];
        var text = System.Text.Encoding.UTF8.GetString(Fuzz.Mutate(random, samples, samples));
        var json = System.Text.Json.JsonSerializer.Serialize(text);
        var message = PlainMessageParser.Marked.Encode(PacketText.Make(PacketType.Event, payload: $"[\"message\",{json}]"));

        using var envelope = System.Text.Json.JsonDocument.Parse(_codec.Encode(new EnginePacket(EnginePacketType.Message, message)));
        Assert.Equal(text, envelope.RootElement.GetProperty("messages")[0].GetString());

        var packet = Assert.Single(_codec.Decode(Units.Utf8($"[{json}]")));
        Assert.True(PlainMessageParser.Marked.CreateDecoder(PacketLimits.Default).Decode(packet.Data, isBinary: false, out var decoded));
        Assert.Equal(text, System.Text.Json.JsonSerializer.Deserialize<string>(decoded.GetArgument(1).Span));
    });

    [Theory]
    [InlineData("""["queued before connect"]""", "message queued before connect")]
    [InlineData("""["a","b"]""", "message a|message b")]
    [InlineData("""[""]""", "message")]
    [InlineData("""["plain é☃😀"]""", "message plain é☃😀")]
    [InlineData("""["{\"b\":[2,\"x\"]}"]""", "message {\"b\":[2,\"x\"]}")]
    [InlineData("""["line1\nline2 \"q\" \\n &=%+"]""", "message line1\nline2 \"q\" \\n &=%+")]
    [InlineData("""["\ud83d\ude00 \ud83d"]""", "message 😀 \uFFFD")]
    [InlineData(""" [ 1 , {"a":[1]} , null ] """, "message 1|message {\"a\":[1]}|message null")]
    [InlineData("[]", "")]
    [Trait("Feature", "E-21")]
    public void An_array_of_strings_is_as_many_messages(string unit, string packets) => Assert.Equal(packets, string.Join('|', _codec.Decode(unit)));

    [Theory]
    [InlineData("")]
    [InlineData("junk")]
    [InlineData("[\"a\"")]
    [InlineData("[\"a\"]x")]
    [InlineData("\"a\"")]
    [InlineData("{\"messages\":[\"a\"]}")]
    [InlineData("~m~1~m~a")]
    public void What_is_no_array_is_passed_over_as_by_the_servers_of_the_time(string unit) => Assert.Empty(_codec.Decode(unit));

    [Fact]
    public void An_array_that_nests_too_deep_is_passed_over() =>
        Assert.Empty(_codec.Decode(new string('[', 100_000) + new string(']', 100_000)));

    [Fact]
    public void Bytes_that_are_no_text_are_refused() => Assert.Throws<EngineFormatException>(() => _codec.Decode([(byte)'[', 0xFF, (byte)']']));

    [Fact]
    public void A_binary_message_is_not_supported() =>
        Assert.Throws<PacketNotSupportedException>(() => _codec.Encode(new EnginePacket(EnginePacketType.Message, new byte[1], isBinary: true)));
}
