using SocketIO.Protocol;
using SocketIO.Server;

namespace SocketIO.Client.Tests;

public class HeartbeatTests
{
    [Fact]
    public async Task A_client_that_answers_pings_stays()
    {
        var time = new ManualTimeProvider();
        var pongs = new Happenings<bool>();
        await using var server = await LiveServer.StartAsync(
            socket =>
            {
                socket.Connection.PacketReceived += packet =>
                {
                    if (packet.Type == EnginePacketType.Pong)
                    {
                        pongs.Add(true);
                    }
                };
                socket.On("was that seen?", static () => true);
            },
            time: time);
        await using var client = await server.ConnectAsync();

        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(25));
            await pongs.NextAsync();
            Assert.True(await Patience.Within(client.EmitWithAckAsync<bool>("was that seen?")));
        }

        Assert.True(client.IsConnected);
    }

    [Fact]
    public async Task A_server_that_is_silent_for_longer_than_it_said_is_lost()
    {
        var time = new ManualTimeProvider();
        await using var server = await ScriptedServer.StartAsync();
        var (client, connection) = await server.ConnectAsync(new SocketIOClientOptions { TimeProvider = time });
        time.Advance(TimeSpan.FromSeconds(44));
        await connection.SendAsync("2");
        Assert.Equal("3", await connection.ReceiveAsync());
        time.Advance(TimeSpan.FromSeconds(44));
        Assert.True(client.IsConnected);

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("close 1000", await connection.ReceiveAsync());
        await connection.CloseAsync();
        Assert.Equal(DisconnectReasons.PingTimeout, (await Patience.Within(client.Completion)).Reason);
    }

    [Fact]
    public async Task A_ping_is_answered_with_its_own_data()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (_, connection) = await server.ConnectAsync();

        await connection.SendAsync("2probe");

        Assert.Equal("3probe", await connection.ReceiveAsync());
        connection.Abort();
    }
}
