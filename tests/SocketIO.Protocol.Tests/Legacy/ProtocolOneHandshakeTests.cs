using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

public class ProtocolOneHandshakeTests
{
    [Theory]
    [InlineData(60_000, 25_000, "nFtstbPQIpvBraOIWQdg:60:25:websocket,xhr-polling")]
    [InlineData(14_001, 500, "nFtstbPQIpvBraOIWQdg:15:1:websocket,xhr-polling")]
    [InlineData(null, 60_000, "nFtstbPQIpvBraOIWQdg::60:websocket,xhr-polling")]
    [InlineData(60_000, null, "nFtstbPQIpvBraOIWQdg:60::websocket,xhr-polling")]
    public void It_is_a_line_of_id_times_in_seconds_and_transports(int? heartbeat, int? close, string line)
    {
        var output = new ArrayBufferWriter<byte>();

        ProtocolOneHandshake.Write(output, "nFtstbPQIpvBraOIWQdg", Milliseconds(heartbeat), Milliseconds(close), ["websocket", "xhr-polling"]);

        Assert.Equal(line, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private static TimeSpan? Milliseconds(int? time) => time is { } some ? TimeSpan.FromMilliseconds(some) : null;
}
