using System.Net.WebSockets;
using System.Text;

namespace SocketIO.Client.Tests;

/// <summary>Whatever a server sends, a client goes on or ends, and says why.</summary>
public class HostileServerTests
{
    private static readonly byte[][] Samples =
    [
        .. new[]
        {
            """0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000}""", """40{"sid":"socket"}""", """44{"message":"no"}""",
            "2", "3probe", "6", "41", "42[\"event\",1,{\"a\":[\"b\"]}]", "420[\"event\"]", "430[1]", "452-[\"event\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
            "461-0[{\"_placeholder\":true,\"num\":0}]", "bAAEC", "~m~5~m~hello", "~m~4~m~~h~1", "~m~10~m~~j~{\"x\":1}", "1:6::hello,", "1:10:j\n:{\"x\":1},", "2:1:1,", "3:2:id,", "0:0:,",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] Dictionary =
        [.. new[] { "~m~", "~h~", "~j~", ":", ",", "\"", "[", "]", "{", "}", "\\u", "\\ud800", "-", "999999999999", "{\"_placeholder\":true,\"num\":7}", "/other," }.Select(Encoding.UTF8.GetBytes)];

    public static TheoryData<string> Protocols { get; } = [nameof(ClientProtocol.Current), nameof(ClientProtocol.Version06), nameof(ClientProtocol.Development07)];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task No_message_brings_a_client_out_of_step(string protocol)
    {
        await using var server = await ScriptedServer.StartAsync();
        await Testing.Fuzz.RoundsAsync(60, async random =>
        {
            var (client, connection) = await ConnectAsync(server, protocol);
            await using (client)
            {
                client.On("event", static (int number, JsonHolder holder) => holder.A.Length + number).OnError(static _ => { });
                try
                {
                    for (var i = 0; i < 30 && client.IsConnected; i++)
                    {
                        var message = Testing.Fuzz.Mutate(random, Samples, Dictionary);
                        await connection.SendAsync(message, random.Next(8) == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text);
                    }
                }
                catch (WebSocketException)
                {
                    // The client has closed it.
                }

                connection.Abort();
                var end = await Patience.Within(client.Completion);
                Assert.Contains(end.Reason, new[]
                {
                    DisconnectReasons.ParseError, DisconnectReasons.ServerDisconnect, DisconnectReasons.TransportClose, DisconnectReasons.TransportError,
                });
            }
        });
    }

    private static Task<(SocketIOClient Client, ScriptedConnection Connection)> ConnectAsync(ScriptedServer server, string protocol) => protocol switch
    {
        nameof(ClientProtocol.Version06) => server.ConnectAsync(ClientProtocol.Version06, "~m~2~m~id"),
        nameof(ClientProtocol.Development07) => server.ConnectAsync(ClientProtocol.Development07, "3:2:id,"),
        _ => server.ConnectAsync(),
    };

    private sealed record JsonHolder(string[] A);
}
