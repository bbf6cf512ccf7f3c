namespace SocketIO.Protocol.Tests;

[Trait("Feature", "X-01")]
public class DualGreetingCodecTests
{
    private readonly DualGreetingCodec _codec = new();

    [Fact]
    public void Until_the_client_has_said_something_each_packet_leaves_in_both_forms()
    {
        Assert.Null(_codec.Decided);

        Assert.Equal(
            ["""{"messages":["{\"sessionid\":\"42\"}"]}""", "~m~2~m~42"],
            _codec.Forms.Select(form => form.EncodeText("open 42")));
        Assert.Equal(
            ["""{"messages":["hi"]}""", "~m~2~m~hi"],
            _codec.Forms.Select(form => form.EncodeText("message hi")));
    }

    [Fact]
    public void JSON_is_marked_for_those_that_know_it_and_is_a_text_for_the_others() => Assert.Equal(
        ["""{"messages":["{\"a\":1}"]}""", "~m~10~m~~j~{\"a\":1}"],
        _codec.Forms.Select(form => form.EncodeText("message ~j~{\"a\":1}")));

    [Fact]
    public void Who_does_not_understand_the_later_form_can_be_told_by_that()
    {
        _codec.PresumeEnvelope();

        Assert.Same(_codec.Envelope, _codec.Decided);
        Assert.Equal("""{"messages":["b"]}""", _codec.EncodeText("message b"));
        Assert.Empty(_codec.Decode("junk"));
        Assert.Equal(["message a"], _codec.Decode("~m~1~m~a"));
        Assert.Equal("~m~1~m~b", _codec.EncodeText("message b"));
        Assert.Empty(_codec.Decode("""["a"]"""));
    }

    [Fact]
    public void Nobody_is_known_to_answer_heartbeats_before_it_is_decided()
    {
        Assert.True(_codec.Has(EnginePacketType.Ping));
        Assert.False(_codec.Has(EnginePacketType.Pong));

        _codec.Decode("~m~4~m~~h~1");

        Assert.True(_codec.Has(EnginePacketType.Pong));
        _codec.PresumeEnvelope();
        Assert.Same(_codec.LengthFramed, _codec.Decided);
    }

    [Theory]
    [InlineData("""["a","b"]""", "message a|message b", "c", """{"messages":["c"]}""")]
    [InlineData("~m~1~m~a~m~1~m~b", "message a|message b", "c", "~m~1~m~c")]
    [InlineData("~m~4~m~~h~1", "pong 1", "c", "~m~1~m~c")]
    [InlineData("[]", "", "c", """{"messages":["c"]}""")]
    public void The_first_data_from_the_client_decides(string unit, string packets, string answer, string answered)
    {
        Assert.Equal(packets, string.Join('|', _codec.Decode(unit)));

        Assert.Same(_codec.Decided, Assert.Single(_codec.Forms));
        Assert.Equal(answered, _codec.EncodeText("message " + answer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("junk")]
    [InlineData("{\"messages\":[]}")]
    public void What_neither_generation_writes_decides_nothing(string unit)
    {
        Assert.Empty(_codec.Decode(unit));

        Assert.Null(_codec.Decided);
        Assert.Equal(["message a"], _codec.Decode("""["a"]"""));
    }

    [Fact]
    public void What_is_decided_stays()
    {
        _codec.Decode("""["a"]""");

        Assert.Empty(_codec.Decode("~m~1~m~a"));

        Assert.Same(_codec.Envelope, _codec.Decided);
    }

    [Fact]
    public void A_greeting_that_can_have_one_form_only_is_that_of_the_later_clients()
    {
        Assert.Equal("~m~2~m~42", _codec.EncodeText("open 42"));
        Assert.Equal("", _codec.EncodeText("noop"));
    }
}
