using System.Buffers;
using System.Text;
using System.Text.Json;

namespace SocketIO.Protocol.Tests;

public class JsonPacketDecoderTests
{
    [Fact]
    public void Arguments_say_where_each_element_is_and_of_what_kind()
    {
        var packet = PacketText.DecodeJson("""2/custom,17[ "na\u006de", 1.5 ,{"a":[1,2]},[],null,true ,false,"ü"]""");

        Assert.Equal(
            ["\"na\\u006de\"", "1.5", """{"a":[1,2]}""", "[]", "null", "true", "false", "\"ü\""],
            Enumerable.Range(0, packet.Arguments.Length).Select(index => PacketText.Text(packet.GetArgument(index))));
        Assert.Equal(
            [JsonTokenType.String, JsonTokenType.Number, JsonTokenType.StartObject, JsonTokenType.StartArray, JsonTokenType.Null, JsonTokenType.True, JsonTokenType.False, JsonTokenType.String],
            packet.Arguments.ToArray().Select(argument => argument.Kind));
    }

    [Theory]
    [InlineData("2", 0)]
    [InlineData("2[1]", 1)]
    [InlineData("3", 0)]
    [InlineData("3[]", 0)]
    [InlineData("3[[1,2],3]", 2)]
    [InlineData("0{\"a\":1}", 0)]
    [InlineData("4\"x\"", 0)]
    public void Only_events_and_acks_have_arguments(string text, int count) =>
        Assert.Equal(count, PacketText.DecodeJson(text).Arguments.Length);

    [Theory]
    [InlineData("0\n", "Connect /")]
    [InlineData("1/custom, ", "Disconnect /custom")]
    [InlineData("2\r\n", "Event /")]
    [InlineData("31 \t[1]", "Ack / #1 [1]")]
    public void Space_before_the_payload_is_not_part_of_it(string text, string expected) =>
        Assert.Equal(expected, PacketText.Describe(PacketText.DecodeJson(text)));

    [Fact]
    public void Arguments_of_a_binary_packet_are_those_of_its_payload()
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        decoder.Decode(PacketText.Utf8("""51-["a",{"_placeholder":true,"num":0},2]"""), isBinary: false, out _);

        Assert.True(decoder.Decode(new byte[] { 1 }, isBinary: true, out var packet));

        Assert.Equal("""{"_placeholder":true,"num":0}""", PacketText.Text(packet.GetArgument(1)));
        Assert.Equal("2", PacketText.Text(packet.GetArgument(2)));
    }

    [Fact]
    public void A_waiting_packet_survives_the_memory_it_came_in()
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        var text = Encoding.UTF8.GetBytes("""52-/custom,3["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]""");
        Assert.False(decoder.Decode(text, isBinary: false, out _));
        Array.Clear(text);
        decoder.Release();
        var attachment = new byte[] { 1, 2 };
        Assert.False(decoder.Decode(attachment, isBinary: true, out _));
        Array.Clear(attachment);

        Assert.True(decoder.Decode(attachment, isBinary: true, out var packet));
        attachment[0] = 9;

        Assert.Equal("""Event /custom #3 ["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}] <0102> <0000>""", PacketText.Describe(packet));
    }

    [Fact]
    public void Attachments_outlive_the_packet()
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        decoder.Decode(PacketText.Utf8("51-[\"a\"]"), isBinary: false, out _);
        decoder.Decode(new byte[] { 1, 2 }, isBinary: true, out var packet);
        var attachment = packet.Attachments.Span[0];

        decoder.Release();
        decoder.Decode(PacketText.Utf8("51-[\"a\"]"), isBinary: false, out _);
        decoder.Decode(new byte[] { 3, 4 }, isBinary: true, out _);

        Assert.Equal([1, 2], attachment.ToArray());
    }

    [Theory]
    [InlineData("50-[\"a\"]")]
    [InlineData("5-[\"a\"]")]
    [InlineData("60-[]")]
    [InlineData("500000-[\"a\"]")]
    public void No_attachments_at_all_are_refused(string text) =>
        Assert.Throws<PacketFormatException>(() => PacketText.DecodeJson(text));

    [Theory]
    [InlineData("""51-["a",{"_placeholder":true,"num":9,"num":0}]""", true)]
    [InlineData("""51-["a",{"_placeholder":true,"num":0,"num":9}]""", false)]
    [InlineData("""51-["a",{"_placeholder":true,"_placeholder":false,"num":9}]""", true)]
    [InlineData("""51-["a",{"_placeholder":false,"_placeholder":true,"num":9}]""", false)]
    [InlineData("""51-["a",{"_pl\u0061ceholder":true,"num":9}]""", false)]
    [InlineData("""51-["a",{"_placeholder":true,"num":{"num":0}}]""", false)]
    [InlineData("""51-["a",{"_placeholder":true,"num":0.5}]""", false)]
    [InlineData("""51-["a",{"_placeholder":{"_placeholder":true},"num":5}]""", false)]
    [InlineData("""51-["a",{"_placeholder":[true],"num":5}]""", true)]
    [InlineData("""51-[1,{"x":{"num":0},"_placeholder":true}]""", false)]
    [InlineData("""51-["_placeholder",true,"num",5]""", true)]
    [InlineData("""51-["a",{"\u005f\u0070\u006c\u0061\u0063\u0065\u0068\u006f\u006c\u0064\u0065\u0072":true,"num":5}]""", false)]
    [InlineData("""51-["a",{"\udc00":1,"x\ud800":true,"num":5}]""", true)]
    public void Of_a_member_that_comes_twice_the_last_one_makes_the_placeholder(string text, bool accepted)
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        if (accepted)
        {
            Assert.False(decoder.Decode(PacketText.Utf8(text), isBinary: false, out _));
            Assert.True(decoder.Decode(default, isBinary: true, out _));
        }
        else
        {
            Assert.Throws<PacketFormatException>(() => decoder.Decode(PacketText.Utf8(text), isBinary: false, out _));
        }
    }

    [Theory]
    [InlineData("""2["\ud800"]""")]
    [InlineData("""2["a\udc00b"]""")]
    [InlineData("""2["\ud800\ud800"]""")]
    public void A_name_with_half_a_surrogate_pair_is_refused(string text) =>
        Assert.Throws<PacketFormatException>(() => PacketText.DecodeJson(text));

    [Theory]
    [InlineData("322322ff225d")]
    [InlineData("325b22ff225d")]
    [InlineData("325b2261222c22c328225d")]
    [InlineData("322ffff02c5b2261225d")]
    [InlineData("325b22eda080225d")]
    public void What_is_not_UTF_8_is_refused(string hex) =>
        Assert.Throws<PacketFormatException>(() => PacketParser.Json.CreateDecoder(PacketLimits.Default).Decode(Convert.FromHexString(hex), isBinary: false, out _));

    [Theory]
    [InlineData("39223372036854775807[]", long.MaxValue)]
    [InlineData("39223372036854775806[]", long.MaxValue - 1)]
    [InlineData("39223372036854775808[]", long.MaxValue)]
    [InlineData("392233720368547758079[]", long.MaxValue)]
    [InlineData("399999999999999999999999999999999999999999[]", long.MaxValue)]
    [InlineData("300000000000000000000000000000000000000001[]", 1)]
    public void An_id_that_is_too_large_is_the_largest(string text, long id) =>
        Assert.Equal(id, PacketText.DecodeJson(text).Id);

    [Fact]
    public void After_a_refusal_the_decoder_starts_afresh()
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        decoder.Decode(PacketText.Utf8("51-[\"a\"]"), isBinary: false, out _);
        Assert.True(decoder.IsWaitingForAttachments);

        Assert.Throws<PacketFormatException>(() => decoder.Decode(PacketText.Utf8("2[\"a\"]"), isBinary: false, out _));

        Assert.False(decoder.IsWaitingForAttachments);
        Assert.True(decoder.Decode(PacketText.Utf8("2[\"b\"]"), isBinary: false, out var packet));
        Assert.Equal("Event / [\"b\"]", PacketText.Describe(packet));
        Assert.Equal(1, packet.Arguments.Length);
    }

    [Fact]
    public void Limits_hold_exactly()
    {
        var limits = new PacketLimits { MaxAttachments = 3, MaxArguments = 4, MaxDepth = 3, MaxNamespaceBytes = 5 };

        Accepts("53-[\"a\"]");
        Refuses("54-[\"a\"]");
        Accepts("3[1,2,3,4]");
        Refuses("3[1,2,3,4,5]");
        Accepts("3[[[1]]]");
        Refuses("3[[[[]]]]");
        Accepts("0{\"a\":{\"b\":{}}}");
        Refuses("0{\"a\":{\"b\":{\"c\":{}}}}");
        Accepts("0/abcd,");
        Refuses("0/abcde,");
        Accepts("0/abcd");
        Refuses("0/abcde");

        void Accepts(string text) => PacketParser.Json.CreateDecoder(limits).Decode(PacketText.Utf8(text), isBinary: false, out _);
        void Refuses(string text) => Assert.Throws<PacketFormatException>(() => Accepts(text));
    }

    [Fact]
    public void The_deepest_nesting_that_can_be_asked_for_is_decoded_and_encoded()
    {
        var limits = new PacketLimits { MaxDepth = PacketLimits.DeepestNesting };
        var payload = "[\"a\"," + new string('[', limits.MaxDepth - 1) + new string(']', limits.MaxDepth - 1) + "]";
        var packet = PacketText.DecodeJson("2" + payload, limits);

        Assert.True(PacketParser.MessagePack.CreateDecoder(limits).Decode(PacketParser.MessagePack.Encode(packet), isBinary: true, out var again));

        Assert.Equal(payload, PacketText.Text(again.Payload));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketLimits { MaxDepth = PacketLimits.DeepestNesting + 1 });
    }

    [Fact]
    public void A_text_packet_is_decoded_and_encoded_without_allocation()
    {
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);
        ReadOnlyMemory<byte>[] messages =
        [
            PacketText.Utf8("""2/custom,12["message",1,"two",{"three":[3]}]"""),
            PacketText.Utf8("""2["\u0061bc","escaped name"]"""),
            PacketText.Utf8("3[1,2,3,4,5,6,7,8,9,10,11,12]"),
            PacketText.Utf8("0{}"),
            PacketText.Utf8("1/custom,"),
        ];
        var output = new ArrayBufferWriter<byte>(1024);

        Assert.Equal(0, Allocation.Least(Convert));

        void Convert()
        {
            foreach (var message in messages)
            {
                decoder.Decode(message, isBinary: false, out var packet);
                output.ResetWrittenCount();
                PacketParser.Json.Encoder.Encode(packet, output);
            }
        }
    }

    [Fact]
    public void Attachments_with_a_packet_that_cannot_have_them_are_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => PacketParser.Json.Encode(PacketText.Make(PacketType.Connect, payload: "{}", attachments: "01")));

    [Fact]
    public void A_packet_that_says_nothing_is_a_CONNECT_without_id()
    {
        Assert.Equal(-1, default(Packet).Id);
        Assert.Equal("0", Encoding.UTF8.GetString(PacketParser.Json.Encode(default)));
    }
}
