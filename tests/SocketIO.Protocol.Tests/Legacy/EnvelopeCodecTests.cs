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
    [InlineData("ping")]
    [InlineData("close")]
    public void A_packet_that_the_wire_does_not_have_leaves_an_empty_unit(string packet) => Assert.Equal("", _codec.EncodeText(packet));

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
