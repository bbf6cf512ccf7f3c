namespace SocketIO.Protocol.Tests;

public class WebSocketHandshakeTests
{
    [Fact]
    public void The_key_of_the_RFC_gets_the_answer_of_the_RFC() =>
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketHandshake.ComputeAccept("dGhlIHNhbXBsZSBub25jZQ=="));

    [Theory]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", true)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA==", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("dGhlIHNhbXBsZSBub25j", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZWE=", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZWFh", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ== ", false)]
    [InlineData("dGhlIHNhbXBsZSBub25j    ", false)]
    [InlineData("dGhlIHNhbXBsZSBub2*jZQ==", false)]
    [InlineData("dGhlIHNhbXBsZSBub2\u00e9jZQ==", false)]
    [InlineData("dGhlIHNhbXBsZS1ub25jZQ=", false)]
    public void A_key_is_valid_when_it_is_the_base64_form_of_16_bytes(string? key, bool valid) =>
        Assert.Equal(valid, WebSocketHandshake.IsValidKey(key));

    [Fact]
    public void An_invalid_key_gets_no_answer() =>
        Assert.Throws<ArgumentException>(() => WebSocketHandshake.ComputeAccept("too short"));
}
