using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class JsonPacketV4Tests
{
    public static TheoryData<string, string, string, long, string, string, string[]> OldParsers
    {
        get
        {
            var data = new TheoryData<string, string, string, long, string, string, string[]>();
            foreach (var vector in Vectors.Read<EncodedPacket>("old-parsers.json"))
            {
                data.Add(vector.Parser, vector.Type, vector.Namespace, vector.Id, vector.Payload, vector.Text, vector.Attachments);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OldParsers))]
    public void A_client_gets_what_its_own_parser_writes(string parser, string type, string ns, long id, string payload, string text, string[] attachments)
    {
        var encoder = PacketParser.JsonV4.Encoder;
        if (parser.StartsWith("2.1.5", StringComparison.Ordinal))
        {
            var decoder = PacketParser.JsonV4.CreateDecoder(PacketLimits.Default);
            decoder.Decode(PacketText.Utf8("30-0[]"), isBinary: false, out _);
            encoder = decoder.Encoder!;
        }

        var output = new ArrayBufferWriter<byte>();
        encoder.Encode(PacketText.Make(Enum.Parse<PacketType>(type), ns, id, payload, attachments), output);

        // Before 2.x the comma was left out where nothing follows.
        var comma = ns.Length > 0 && text.EndsWith(ns, StringComparison.Ordinal) ? "," : "";
        Assert.Equal(text + comma, Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.True(encoder.SendsAttachments);
        Assert.False(encoder.IsBinary);
    }

    [Theory]
    [MemberData(nameof(OldParsers))]
    public void What_its_parser_writes_is_understood(string parser, string type, string ns, long id, string payload, string text, string[] attachments)
    {
        var packet = Decode(text, attachments);

        Assert.Equal(PacketText.Describe(PacketText.Make(Enum.Parse<PacketType>(type), ns, id, payload, attachments)), PacketText.Describe(packet));
        Assert.NotEmpty(parser);
    }

    [Theory]
    [InlineData("0", "Connect /")]
    [InlineData("0/", "Connect /")]
    [InlineData("0/,", "Connect /")]
    [InlineData("0/chat", "Connect /chat")]
    [InlineData("0/chat,", "Connect /chat")]
    [InlineData("0/chat?token=1", "Connect /chat?token=1")]
    [InlineData("0/chat?token=a%20b,", "Connect /chat?token=a%20b")]
    [InlineData("0/?x=1", "Connect /?x=1")]
    [InlineData("1", "Disconnect /")]
    [InlineData("1/chat", "Disconnect /chat")]
    [InlineData("1/chat,", "Disconnect /chat")]
    [InlineData("2[\"é☃😀\"]", "Event / [\"é☃😀\"]")]
    [InlineData("2[\"\\u00e9\\ud83d\\ude00\"]", "Event / [\"\\u00e9\\ud83d\\ude00\"]")]
    [InlineData("20[\"a\"]", "Event / #0 [\"a\"]")]
    [InlineData("2/chat,12[\"a\",{\"b\":null}]", "Event /chat #12 [\"a\",{\"b\":null}]")]
    [InlineData("2[1]", "Event / [1]")]
    [InlineData("2", "Event /")]
    [InlineData("3", "Ack /")]
    [InlineData("3[]", "Ack / []")]
    [InlineData("312[1,2]", "Ack / #12 [1,2]")]
    [InlineData("3/chat,0[\"x\"]", "Ack /chat #0 [\"x\"]")]
    [InlineData("30-0[\"got\",1]", "Ack / #0 [\"got\",1]")]
    [InlineData("30-/chat,0[\"x\"]", "Ack /chat #0 [\"x\"]")]
    [InlineData("30-[]", "Ack / []")]
    [InlineData("00-0[]", null)]
    [InlineData("3000-7[]", "Ack / #7 []")]
    [InlineData("4\"text\"", "ConnectError / \"text\"")]
    [InlineData("4/chat,\"Invalid namespace\"", "ConnectError /chat \"Invalid namespace\"")]
    [InlineData("4{\"code\":1}", "ConnectError / {\"code\":1}")]
    [InlineData("4[1,null]", "ConnectError / [1,null]")]
    [InlineData("4null", "ConnectError / null")]
    [InlineData("4true", "ConnectError / true")]
    [InlineData("4-1.5", "ConnectError / -1.5")]
    [InlineData("4", "ConnectError /")]
    [InlineData("50-[\"a\"]", "Event / [\"a\"]")]
    [InlineData("50-/chat,3[\"a\"]", "Event /chat #3 [\"a\"]")]
    [InlineData("60-1[]", "Ack / #1 []")]
    [InlineData("", null)]
    [InlineData("7", null)]
    [InlineData("x", null)]
    [InlineData("0\"x\"", null)]
    [InlineData("1[]", null)]
    [InlineData("2{}", null)]
    [InlineData("2[]", null)]
    [InlineData("2[true]", null)]
    [InlineData("2[\"a\"", null)]
    [InlineData("2[\"a\"]x", null)]
    [InlineData("2[\"disconnect\"]", null)]
    [InlineData("20-0[\"a\"]", null)]
    [InlineData("3{}", null)]
    [InlineData("3-0[]", null)]
    [InlineData("30-0{}", null)]
    [InlineData("30-0-0[]", null)]
    [InlineData("311-0[]", null)]
    [InlineData("399999999999999999999-0[]", null)]
    [InlineData("4x", null)]
    [InlineData("4\"a\"\"b\"", null)]
    [InlineData("5[\"a\"]", null)]
    [InlineData("5-[\"a\"]", null)]
    [InlineData("511-[\"a\"]", null)]
    [InlineData("6", null)]
    public void Text_is_understood_or_refused(string text, string? expected)
    {
        if (expected is null)
        {
            Assert.Throws<PacketFormatException>(() => Decode(text));
        }
        else
        {
            Assert.Equal(expected, PacketText.Describe(Decode(text)));
        }
    }

    [Theory]
    [InlineData("31-1[{\"_placeholder\":true,\"num\":0}]", "Ack / #1 [{\"_placeholder\":true,\"num\":0}] <09>", "09")]
    [InlineData("32-/chat,1[{\"_placeholder\":true,\"num\":1}]", "Ack /chat #1 [{\"_placeholder\":true,\"num\":1}] <> <0a0b>", "", "0a0b")]
    [InlineData("61-1[{\"_placeholder\":true,\"num\":0}]", "Ack / #1 [{\"_placeholder\":true,\"num\":0}] <09>", "09")]
    [InlineData("51-/chat,[\"b\",{\"_placeholder\":true,\"num\":0}]", "Event /chat [\"b\",{\"_placeholder\":true,\"num\":0}] <ff>", "ff")]
    public void Binary_values_come_after_the_packet_that_counts_them(string text, string expected, params string[] attachments) =>
        Assert.Equal(expected, PacketText.Describe(Decode(text, attachments)));

    [Theory]
    [InlineData("31-1[{\"_placeholder\":true,\"num\":1}]")]
    [InlineData("32-1[{\"_placeholder\":true,\"num\":-1}]")]
    public void A_placeholder_in_a_counted_ack_has_an_attachment(string text) =>
        Assert.Throws<PacketFormatException>(() => Decode(text));

    [Fact]
    public void Counts_where_current_clients_have_none_are_refused_from_those() =>
        Assert.All(["30-0[]", "50-[\"a\"]", "4true"], text => Assert.Throws<PacketFormatException>(() => PacketText.DecodeJson(text)));

    [Theory]
    [InlineData("Connect", "", -1, "{\"sid\":\"x\",\"pid\":\"y\"}", "0")]
    [InlineData("Connect", "/chat", -1, "{\"sid\":\"x\"}", "0/chat,")]
    [InlineData("Connect", "/", -1, "", "0")]
    [InlineData("Disconnect", "", -1, "", "1")]
    [InlineData("Event", "", -1, "[\"é☃😀\",\"\u007f\u0080~ \"]", "2[\"\\u00e9\\u2603\\ud83d\\ude00\",\"\\u007f\\u0080~ \"]")]
    [InlineData("Event", "/chat", 7, "[\"a\",{\"ключ\":1}]", "2/chat,7[\"a\",{\"\\u043a\\u043b\\u044e\\u0447\":1}]")]
    [InlineData("Event", "", -1, "[\"\uffff\u2028\ud83d\ude00\"]", "2[\"\\uffff\\u2028\\ud83d\\ude00\"]")]
    [InlineData("Ack", "", 3, "[]", "33[]")]
    [InlineData("ConnectError", "", -1, "{\"message\":\"nein é\"}", "4\"nein \\u00e9\"")]
    [InlineData("ConnectError", "/chat", -1, "{\"message\":\"Invalid namespace\"}", "4/chat,\"Invalid namespace\"")]
    [InlineData("ConnectError", "", -1, "{\"message\":\"m\",\"data\":{\"code\":\"E☃\"}}", "4{\"code\":\"E\\u2603\"}")]
    [InlineData("ConnectError", "", -1, "{ \"data\" : [1, 2] , \"message\":\"m\"}", "4[1, 2]")]
    [InlineData("ConnectError", "", -1, "{\"data\":true,\"message\":\"m\"}", "4true")]
    [InlineData("ConnectError", "", -1, "{\"data\":\"d\",\"message\":\"m\"}", "4\"d\"")]
    [InlineData("ConnectError", "", -1, "{\"data\":-1.5,\"message\":\"m\"}", "4-1.5")]
    [InlineData("ConnectError", "", -1, "{\"data\":{},\"message\":\"m\"}", "4{}")]
    [InlineData("ConnectError", "", -1, "{\"message\":\"m\",\"data\":null}", "4\"m\"")]
    [InlineData("ConnectError", "", -1, "{\"message\":\"m\",\"data\":false}", "4\"m\"")]
    [InlineData("ConnectError", "", -1, "{\"message\":\"m\",\"data\":0.0}", "4\"m\"")]
    [InlineData("ConnectError", "", -1, "{\"message\":\"m\",\"data\":\"\"}", "4\"m\"")]
    [InlineData("ConnectError", "", -1, "{\"message\":\"m\",\"data\":1,\"data\":0}", "4\"m\"")]
    [InlineData("ConnectError", "", -1, "{\"message\":\"\"}", "4\"\"")]
    [InlineData("ConnectError", "", -1, "{\"x\":{\"message\":\"inner\",\"data\":1}}", "4{\"x\":{\"message\":\"inner\",\"data\":1}}")]
    [InlineData("ConnectError", "", -1, "\"text\"", "4\"text\"")]
    [InlineData("ConnectError", "", -1, "", "4")]
    public void Packets_are_written_for_old_clients(string type, string ns, long id, string payload, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(PacketParser.JsonV4.Encode(PacketText.Make(Enum.Parse<PacketType>(type), ns, id, payload))));

    [Fact]
    public void An_error_that_is_no_JSON_is_a_mistake_of_the_application() =>
        Assert.Throws<PacketFormatException>(() => PacketParser.JsonV4.Encode(PacketText.Make(PacketType.ConnectError, payload: "{\"message\":")));

    [Fact]
    public void What_is_not_UTF_8_goes_out_as_replacement_characters()
    {
        var packet = new Packet(PacketType.Event, payload: new byte[] { (byte)'[', (byte)'"', 0xff, 0xc3, (byte)'"', (byte)']' });

        Assert.Equal("2[\"\\ufffd\\ufffd\"]", Encoding.UTF8.GetString(PacketParser.JsonV4.Encode(packet)));
    }

    [Fact]
    public void Only_a_client_whose_acks_are_counted_gets_counted_acks()
    {
        var ack = PacketText.Make(PacketType.Ack, id: 1, payload: "[{\"_placeholder\":true,\"num\":0}]", attachments: "01");
        var decoder = PacketParser.JsonV4.CreateDecoder(PacketLimits.Default);
        var others = PacketParser.JsonV4.CreateDecoder(PacketLimits.Default);

        others.Decode(PacketText.Utf8("30[]"), isBinary: false, out _);
        decoder.Decode(PacketText.Utf8("2[\"a\"]"), isBinary: false, out _);
        Assert.Null(decoder.Encoder);
        decoder.Decode(PacketText.Utf8("31-0[]"), isBinary: false, out _);

        Assert.Null(others.Encoder);
        Assert.Equal("31-1[{\"_placeholder\":true,\"num\":0}]", Encode(decoder.Encoder!, ack));
        Assert.Equal("30-/chat,2[3]", Encode(decoder.Encoder!, PacketText.Make(PacketType.Ack, "/chat", 2, "[3]")));
        Assert.Equal("51-1[{\"_placeholder\":true,\"num\":0}]", Encode(decoder.Encoder!, PacketText.Make(PacketType.Event, id: 1, payload: "[{\"_placeholder\":true,\"num\":0}]", attachments: "01")));
        Assert.Equal("2[\"a\"]", Encode(decoder.Encoder!, PacketText.Make(PacketType.Event, payload: "[\"a\"]")));
        Assert.Null(PacketParser.Json.CreateDecoder(PacketLimits.Default).Encoder);
    }

    [Theory]
    [InlineData(1, 'é', 6)]
    [InlineData(255, '☃', 6)]
    [InlineData(256, 'é', 6)]
    [InlineData(1000, '\u007f', 6)]
    [InlineData(100_000, '☃', 6)]
    [InlineData(100_000, 'a', 1)]
    public void Long_text_is_escaped_whole(int count, char character, int bytesEach)
    {
        var text = new string(character, count);

        var encoded = Encoding.UTF8.GetString(PacketParser.JsonV4.Encode(PacketText.Make(PacketType.Event, payload: $"[\"{text}\"]")));

        Assert.Equal(count * bytesEach + 5, encoded.Length);
        Assert.Equal(text, System.Text.Json.Nodes.JsonNode.Parse(encoded[1..])![0]!.GetValue<string>());
    }

    [Fact]
    public void A_text_packet_is_decoded_and_encoded_without_allocation()
    {
        var decoder = PacketParser.JsonV4.CreateDecoder(PacketLimits.Default);
        ReadOnlyMemory<byte>[] messages =
        [
            PacketText.Utf8("""2/chat,12["message",1,"two é☃😀",{"three":[3]}]"""),
            PacketText.Utf8("30-0[1,2]"),
            PacketText.Utf8("0/chat?token=1"),
            PacketText.Utf8("4{\"message\":\"no\"}"),
            PacketText.Utf8("1/chat"),
        ];
        var output = new ArrayBufferWriter<byte>(1024);

        Assert.Equal(0, Allocation.Least(Convert));

        void Convert()
        {
            foreach (var message in messages)
            {
                decoder.Decode(message, isBinary: false, out var packet);
                output.ResetWrittenCount();
                PacketParser.JsonV4.Encoder.Encode(packet, output);
            }
        }
    }

    private static Packet Decode(string text, params string[] attachments)
    {
        var decoder = PacketParser.JsonV4.CreateDecoder(PacketLimits.Default);
        var complete = decoder.Decode(PacketText.Utf8(text), isBinary: false, out var packet);
        foreach (var attachment in attachments)
        {
            Assert.False(complete);
            Assert.True(decoder.IsWaitingForAttachments);
            complete = decoder.Decode(Convert.FromHexString(attachment), isBinary: true, out packet);
        }

        Assert.True(complete);
        return packet;
    }

    private static string Encode(PacketEncoder encoder, in Packet packet)
    {
        var output = new ArrayBufferWriter<byte>();
        encoder.Encode(packet, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private sealed record EncodedPacket(string Parser, string Type, string Namespace, long Id, string Payload, string Text, string[] Attachments);
}
