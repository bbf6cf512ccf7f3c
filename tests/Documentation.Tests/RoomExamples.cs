using SocketIO.Server;

namespace Documentation.Tests;

public sealed class RoomExamples
{
    [Fact]
    public async Task Rooms_are_joined_sent_to_and_left()
    {
        await using var server = await ExampleServer.StartAsync(io =>
        {
            // docs: rooms
            io.OnConnection(socket =>
            {
                socket.On("join", async (string room) => await socket.JoinAsync(room));
                socket.On("leave", async (string room) => await socket.LeaveAsync(room));
                socket.On("say", (string room, string text) => socket.To(room).Emit("said", text));   // others in the room
                socket.On("all", (string room, string text) => io.To(room).Emit("said", text));       // the sender too
            });
            // end
        });
        await using var ada = await server.ConnectAsync();
        await using var grace = await server.ConnectAsync();
        await ada.EmitAsync("join", "lobby");
        await ada.EmitAsync("all", "lobby", "ready");
        await ada.NextAsync("said");
        await grace.EmitAsync("join", "lobby");
        await grace.EmitAsync("say", "lobby", "hello");
        await grace.EmitAsync("all", "lobby", "bye");
        Assert.Equal("hello", (await ada.NextAsync("said")).Get<string>());
        Assert.Equal("bye", (await ada.NextAsync("said")).Get<string>());
        Assert.Equal("bye", (await grace.NextAsync("said")).Get<string>());
    }

    [Fact]
    public async Task Broadcasts_are_narrowed()
    {
        await using var server = await ExampleServer.StartAsync(io => io.OnConnection(socket => socket.On("go", async (string id) =>
        {
            await socket.JoinAsync("red", "blue");

            // docs: broadcasting
            io.Emit("news", 1);                              // everybody in the main namespace
            socket.Broadcast.Emit("news", 2);                // everybody but this socket
            io.To("red", "blue").Emit("news", 3);            // who is in any of the rooms, once
            io.To("red").Except("blue").Emit("news", 4);     // who is in one and not in the other
            io.To(id).Emit("news", 5);                       // one socket: its id is a room
            io.Local.Emit("news", 6);                        // sockets of this node only
            io.Volatile.Emit("position", 7);                 // whoever can take it right now
            io.Compress(false).Emit("image", new byte[] { 8 });   // not worth compressing
            // end

            socket.Emit("end");
        })));
        await using var ada = await server.ConnectAsync();
        await using var grace = await server.ConnectAsync();
        await ada.EmitAsync("go", grace.Id);
        var adas = await NewsUntilAsync(ada, "end");
        var graces = await NewsUntilAsync(grace, "image");
        Assert.Equal([1, 3, 6], adas);
        Assert.Equal([1, 2, 5, 6], graces);
    }

    [Fact]
    public async Task A_socket_knows_its_rooms_until_it_has_gone()
    {
        var left = new TaskCompletionSource<string[]>();
        await using var server = await ExampleServer.StartAsync(io =>
        {
            io.OnConnection(socket => socket.OnDisconnecting(_ => left.SetResult([.. socket.Rooms])));

            // docs: rooms-leaving
            io.OnConnection(async socket =>
            {
                await socket.JoinAsync("lobby");
                socket.OnDisconnecting(_ =>
                {
                    foreach (var room in socket.Rooms)
                    {
                        socket.To(room).Emit("left", socket.Id);
                    }
                });
            });
            // end
        });
        await using var client = await server.ConnectAndWaitAsync();
        await client.DisconnectAsync();
        Assert.Equal(new[] { client.Id, "lobby" }.Order(), (await left.Task).Order());
    }

    private static async Task<int[]> NewsUntilAsync(TestClient client, string last)
    {
        var numbers = new List<int>();
        while (await client.NextAsync() is var next && next.Name != last)
        {
            if (next.Name == "news")
            {
                numbers.Add(next.Get<int>());
            }
        }

        return [.. numbers];
    }
}
