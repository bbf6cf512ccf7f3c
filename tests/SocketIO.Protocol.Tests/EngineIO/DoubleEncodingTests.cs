using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>Text that clients 1.0.0-pre3 to 1.7.4 encode twice in places, told from text that is encoded once.</summary>
[Trait("Feature", "X-08")]
public class DoubleEncodingTests
{
    // In turn: what arrives, what it means. "Ã©" is "é" encoded twice, "CAFÉ®" can be read as "CAFɮ" encoded twice.
    [Theory]
    [InlineData(3, "é", "é", "☃", "☃")]
    [InlineData(3, "Ã©", "é", "â\u0098\u0083", "☃", "ð\u009f\u0098\u0080", "😀")]
    [InlineData(3, "☃", "☃", "Ã©", "Ã©")]
    [InlineData(3, "😀", "😀", "Ã©", "Ã©")]
    [InlineData(3, "é", "é", "Ã©", "Ã©")]
    [InlineData(3, "Ã©☃", "Ã©☃", "Ã©", "Ã©")]
    [InlineData(3, "Ã©é", "Ã©é", "Ã©", "Ã©")]
    [InlineData(3, "plain", "plain", "Ã©", "é")]
    [InlineData(3, "CAFÉ®", "CAF\u026e", "CAFÉ", "CAFÉ", "CAFÉ®", "CAFÉ®")]
    [InlineData(2, "Ã©", "é", "plain", "plain", "â\u0098\u0083", "☃")]
    [InlineData(2, "☃", "☃", "Ã©", "Ã©")]
    [InlineData(2, "Ã©", "é", "é", "é", "Ã©", "Ã©")]
    public void A_session_learns_whether_its_client_encodes_twice(int revision, params string[] texts)
    {
        var byMessages = new EngineCodecV3(revision, isBase64Only: false);
        var byPayloads = new EngineCodecV3(revision, isBase64Only: true);

        foreach (var turn in texts.Chunk(2))
        {
            Assert.Equal(turn[1], Message(byMessages, turn[0]));
            Assert.Equal(turn[1], Payload(byPayloads, turn[0]));
        }
    }

    [Fact]
    public void Of_a_client_that_encodes_payloads_twice_websocket_text_may_be_plain()
    {
        // Clients 1.1 to 1.7 after an upgrade.
        var codec = new EngineCodecV3(3, isBase64Only: false);

        Assert.Equal("é", Payload(codec, "Ã©"));
        Assert.Equal("é", Message(codec, "é"));
        Assert.Equal("Ã©", Message(codec, "Ã©"));
        Assert.Equal("é", Payload(codec, "Ã©"));
    }

    [Fact]
    public void A_client_whose_payloads_are_plain_encodes_no_message_twice()
    {
        var codec = new EngineCodecV3(3, isBase64Only: false);

        Assert.Equal("é", Payload(codec, "é"));

        Assert.Equal("Ã©", Message(codec, "Ã©"));
    }

    [Theory]
    [InlineData(3, "7:4é☃😀xx", "34c3a9e29883f09f98807878")]
    [InlineData(2, "12:4Ã©â\u0098\u0083ð\u009f\u0098\u0080xx", "34c383c2a9c3a2c298c283c3b0c29fc298c2807878")]
    public void Before_anything_is_known_text_goes_out_as_most_clients_of_the_revision_read_it(int revision, string payload, string message)
    {
        var codec = new EngineCodecV3(revision, isBase64Only: true);

        Assert.Equal(payload, Encode(codec, "é☃😀xx"));
        Assert.Equal(message, EncodeMessage(codec, "é☃😀xx"));
    }

    [Fact]
    public void Payloads_go_out_as_those_of_the_client_come_in()
    {
        var codec = new EngineCodecV3(3, isBase64Only: false);

        Payload(codec, "Ã©");
        Assert.Equal("3:4Ã©", Encode(codec, "é"));

        Payload(codec, "☃");
        Assert.Equal("2:4é", Encode(codec, "é"));
    }

    [Fact]
    public void Who_encodes_messages_twice_is_answered_so_in_payloads_too()
    {
        var codec = new EngineCodecV3(3, isBase64Only: false);

        Message(codec, "Ã©");

        Assert.Equal("3:4Ã©", Encode(codec, "é"));
    }

    [Fact]
    public void The_first_previews_which_encode_nothing_twice_are_found_out_by_either_transport()
    {
        var byMessages = new EngineCodecV3(2, isBase64Only: true);
        var byPayloads = new EngineCodecV3(2, isBase64Only: true);

        Message(byMessages, "☃");
        Payload(byPayloads, "☃");

        Assert.Equal("Ã©", Payload(byMessages, "Ã©"));
        Assert.Equal("Ã©", Message(byPayloads, "Ã©"));
        Assert.Equal("2:4é", Encode(byMessages, "é"));
    }

    [Fact]
    public void Text_in_a_binary_payload_is_encoded_once_by_all_clients()
    {
        var codec = new EngineCodecV3(2, isBase64Only: false);
        var packets = new List<EnginePacket>();

        codec.DecodePayload(Convert.FromHexString("0005ff34c383c2a9"), isBinary: true, packets);

        Assert.Equal(["message Ã©"], packets.Select(EnginePacketText.Describe));
        var output = new ArrayBufferWriter<byte>();
        Assert.True(codec.EncodePayload([packets[0], EnginePacketText.Parse("message <01>")], output));
        Assert.Equal("0005ff34c383c2a90102ff0401", Convert.ToHexStringLower(output.WrittenSpan));
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_a_replacement_character_and_is_no_sign_of_plain_text()
    {
        var codec = new EngineCodecV3(3, isBase64Only: false);
        var packets = new List<EnginePacket>();

        // The encoders of clients 1.0 to 1.7 write the half pair \ud83d as the bytes ed a0 bd.
        Assert.Equal("a\ufffdb", Payload(codec, "aí\u00a0½b"));
        Assert.Equal("é", Payload(codec, "Ã©"));
        codec.DecodePayload(Convert.FromHexString("0005ff3461eda0bd"), isBinary: true, packets);
        Assert.Equal(["message a\ufffd"], packets.Select(EnginePacketText.Describe));
    }

    [Theory]
    [InlineData("34ff")]
    [InlineData("34c3")]
    public void What_is_no_text_at_all_is_left_to_the_layer_above_and_says_nothing(string hex)
    {
        var codec = new EngineCodecV3(3, isBase64Only: false);

        Assert.Equal(hex[2..], Convert.ToHexStringLower(codec.DecodeMessage(Convert.FromHexString(hex), isBinary: false).Data.Span));

        Assert.Equal("é", Message(codec, "Ã©"));
    }

    private static string Message(EngineCodecV3 codec, string text) =>
        Encoding.UTF8.GetString(codec.DecodeMessage(Encoding.UTF8.GetBytes("4" + text), isBinary: false).Data.Span);

    private static string Payload(EngineCodecV3 codec, string text)
    {
        var packets = new List<EnginePacket>();
        codec.DecodePayload(Encoding.UTF8.GetBytes($"{text.Length + 1}:4{text}"), isBinary: false, packets);
        return Encoding.UTF8.GetString(Assert.Single(packets).Data.Span);
    }

    private static string Encode(EngineCodecV3 codec, string text)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(codec.EncodePayload([new EnginePacket(EnginePacketType.Message, Encoding.UTF8.GetBytes(text))], output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string EncodeMessage(EngineCodecV3 codec, string text)
    {
        var packet = new EnginePacket(EnginePacketType.Message, Encoding.UTF8.GetBytes(text));
        var output = new ArrayBufferWriter<byte>();
        codec.EncodeMessage(packet, output);
        Assert.Equal(output.WrittenCount, codec.GetMessageLength(packet));
        return Convert.ToHexStringLower(output.WrittenSpan);
    }
}
