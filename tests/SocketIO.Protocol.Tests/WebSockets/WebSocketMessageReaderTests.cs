using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class WebSocketMessageReaderTests
{
    public static TheoryData<int> Lengths => [0, 1, 2, 3, 4, 7, 125, 126, 127, 1000, 4095, 4096, 4097, 65535, 65536, 100_000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_message_of_any_length_arrives(int length)
    {
        byte[] payload = Frames.Bytes(length);
        using var reader = new WebSocketMessageReader(100_000);

        (WebSocketOpcode opcode, byte[] received) = Assert.Single(reader.ReadAll(Frames.Masked(WebSocketOpcode.Binary, payload)));

        Assert.Equal(WebSocketOpcode.Binary, opcode);
        Assert.Equal(payload, received);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_message_of_any_length_from_a_server_arrives(int length)
    {
        byte[] payload = Frames.Bytes(length);
        using var reader = new WebSocketMessageReader(100_000, masked: false);

        Assert.Equal(payload, Assert.Single(reader.ReadAll(Frames.Unmasked(WebSocketOpcode.Binary, payload))).Payload);
    }

    [Theory]
    [InlineData("818537fa213d7f9f4d5158", true, WebSocketOpcode.Text, "Hello")]
    [InlineData("810548656c6c6f", false, WebSocketOpcode.Text, "Hello")]
    [InlineData("010348656c80026c6f", false, WebSocketOpcode.Text, "Hello")]
    [InlineData("890548656c6c6f", false, WebSocketOpcode.Ping, "Hello")]
    [InlineData("8a8537fa213d7f9f4d5158", true, WebSocketOpcode.Pong, "Hello")]
    public void The_samples_of_the_RFC_are_understood(string frames, bool masked, WebSocketOpcode opcode, string text)
    {
        using var reader = new WebSocketMessageReader(100, masked);

        (WebSocketOpcode Opcode, byte[] Payload) message = Assert.Single(reader.ReadAll(Convert.FromHexString(frames)));

        Assert.Equal((opcode, text), (message.Opcode, Encoding.UTF8.GetString(message.Payload)));
    }

    [Fact]
    public void Several_messages_in_one_buffer_arrive_in_order()
    {
        using var reader = new WebSocketMessageReader(100);

        Assert.Equal(
            ["one", "", "three"],
            reader.ReadAll(Frames.Masked(WebSocketOpcode.Text, "one"), Frames.Masked(WebSocketOpcode.Text, ""), Frames.Masked(WebSocketOpcode.Text, "three"))
                .Select(message => Encoding.UTF8.GetString(message.Payload)));
    }

    [Fact]
    public void Fragments_make_one_message_and_a_ping_between_them_comes_at_once()
    {
        using var reader = new WebSocketMessageReader(100);

        Assert.Empty(reader.ReadAll(Frames.Masked(WebSocketOpcode.Text, "eins ", final: false)));
        Assert.Equal(WebSocketOpcode.Ping, Assert.Single(reader.ReadAll(Frames.Masked(WebSocketOpcode.Ping, "?"))).Opcode);
        Assert.Empty(reader.ReadAll(Frames.Masked(WebSocketOpcode.Continuation, "zwei", final: false)));
        Assert.Empty(reader.ReadAll(Frames.Masked(WebSocketOpcode.Continuation, "", final: false)));

        (WebSocketOpcode opcode, byte[] payload) = Assert.Single(reader.ReadAll(Frames.Masked(WebSocketOpcode.Continuation, " drei")));
        Assert.Equal((WebSocketOpcode.Text, "eins zwei drei"), (opcode, Encoding.UTF8.GetString(payload)));
    }

    [Fact]
    public void A_character_may_be_split_between_fragments()
    {
        byte[] text = Encoding.UTF8.GetBytes("€");
        using var reader = new WebSocketMessageReader(100);

        Assert.Equal(
            text,
            Assert.Single(reader.ReadAll(
                Frames.Masked(WebSocketOpcode.Text, text.AsSpan(0, 1), final: false), Frames.Masked(WebSocketOpcode.Continuation, text.AsSpan(1)))).Payload);
    }

    [Theory]
    [InlineData("")]
    [InlineData("03e8")]
    [InlineData("03e9")]
    [InlineData("03eb")]
    [InlineData("03ef")]
    [InlineData("03f6")]
    [InlineData("0bb8")]
    [InlineData("1387")]
    [InlineData("03e8e282ac")]
    public void A_proper_close_frame_is_surfaced(string payload)
    {
        byte[] bytes = Convert.FromHexString(payload);
        using var reader = new WebSocketMessageReader(100);

        (WebSocketOpcode opcode, byte[] received) = Assert.Single(reader.ReadAll(Frames.Masked(WebSocketOpcode.Close, bytes)));

        Assert.Equal(WebSocketOpcode.Close, opcode);
        Assert.Equal(bytes, received);
    }
}
