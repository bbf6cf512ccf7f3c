using SocketIO.Server;

namespace Documentation.Tests;

public sealed class SocketsInBulkExamples
{
    [Fact]
    public async Task Sockets_are_fetched_moved_and_disconnected()
    {
        await using var server = await ExampleServer.StartAsync(io => io.OnConnection(socket => socket.On("go", async () =>
        {
            socket.Data["name"] = "Ada";

            // docs: sockets
            foreach (var other in await io.FetchSocketsAsync())
            {
                Console.WriteLine($"{other.Id}: {other.Data.Get<string>("name")}, {other.Handshake.Address}, in {other.Rooms.Count} rooms");
            }

            await io.SocketsJoinAsync("everybody");                    // all sockets join a room
            await io.In("everybody").SocketsLeaveAsync("waiting");     // members of one leave another
            await io.In(socket.Id).SocketsJoinAsync("vip", "front");   // one socket, by its id
            await io.In("everybody").Except("vip").DisconnectSocketsAsync(close: true);
            // end

            return socket.Rooms.Count;
        })));
        await using var other = await server.ConnectAsync();
        await using var ada = await server.ConnectAsync();
        Assert.Equal(4, await ada.EmitWithAckAsync<int>("go"));
        Assert.Equal("io server disconnect", await other.Closed);
    }

    [Fact]
    public async Task A_fetched_socket_is_asked()
    {
        await using var server = await ExampleServer.StartAsync(io => io.OnConnection(socket => socket.On("go", async () =>
        {
            // docs: sockets-remote
            var sockets = await io.In("experts").FetchSocketsAsync();
            var answer = sockets.Count == 0
                ? "nobody is there"
                : await sockets[0].EmitWithAckAsync<string>(TimeSpan.FromSeconds(5), "question", "Why?");
            // end

            return answer;
        })));
        await using var client = (await server.ConnectAsync()).Answer("question", static _ => "Because.");
        Assert.Equal("nobody is there", await client.EmitWithAckAsync<string>("go"));
        await server.IO.Sockets.Sockets[client.Id].JoinAsync("experts");
        Assert.Equal("Because.", await client.EmitWithAckAsync<string>("go"));
    }
}
