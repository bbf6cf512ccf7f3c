using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class EngineHandshakeTests
{
    [Fact]
    public void It_has_the_members_of_the_reference_in_their_order()
    {
        var output = new ArrayBufferWriter<byte>();

        EngineHandshake.Write(output, "lv_VI97HAXpY6yYWAAAC", ["websocket"], TimeSpan.FromSeconds(25), TimeSpan.FromSeconds(20), 1_000_000);

        Assert.Equal(
            """{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""",
            Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Older_revisions_leave_the_greatest_payload_out()
    {
        var output = new ArrayBufferWriter<byte>();

        EngineHandshake.Write(output, "a", [], TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200), null);

        Assert.Equal("""{"sid":"a","upgrades":[],"pingInterval":300,"pingTimeout":200}""", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        var output = new ArrayBufferWriter<byte>();
        EngineHandshake.Write(output, "a", ["websocket", "webtransport"], TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200), 5);

        var handshake = EngineHandshake.Parse(output.WrittenMemory);

        Assert.Equal("a", handshake.SessionId);
        Assert.Equal(["websocket", "webtransport"], handshake.Upgrades);
        Assert.Equal(TimeSpan.FromMilliseconds(300), handshake.PingInterval);
        Assert.Equal(TimeSpan.FromMilliseconds(200), handshake.PingTimeout);
        Assert.Equal(5, handshake.MaxPayload);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"sid":1,"upgrades":[],"pingInterval":1,"pingTimeout":1}""")]
    [InlineData("""{"sid":null,"upgrades":[],"pingInterval":1,"pingTimeout":1}""")]
    [InlineData("""{"sid":"a","upgrades":{},"pingInterval":1,"pingTimeout":1}""")]
    [InlineData("""{"sid":"a","upgrades":[null],"pingInterval":1,"pingTimeout":1}""")]
    [InlineData("""{"sid":"a","upgrades":[],"pingInterval":-1,"pingTimeout":1}""")]
    [InlineData("""{"sid":"a","upgrades":[],"pingInterval":1.5,"pingTimeout":1}""")]
    [InlineData("""{"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":99999999999}""")]
    [InlineData("""{"sid":"a","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":"x"}""")]
    public void A_malformed_one_is_refused(string json) =>
        Assert.Throws<EngineFormatException>(() => EngineHandshake.Parse(Encoding.UTF8.GetBytes(json)));
}
