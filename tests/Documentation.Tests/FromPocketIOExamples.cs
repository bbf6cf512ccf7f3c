using System.Collections.Concurrent;
using System.Text;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class FromPocketIOExamples
{
    [Fact]
    [Trait("Feature", "K-04")]
    public async Task An_echo()
    {
        await using var server = await ExampleServer.StartAsync(
            io =>
            {
                // docs: pocketio-echo
                io.OnConnection(socket => socket.On("message", (object message) => socket.Send(message)));
                // end
            },
            static options => options.Generations = Generations.Version09);
        using var client = await OldClient.ConnectAsync(server);

        await client.SendAsync("3:::hello");
        Assert.Equal("3:::hello", await client.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-13")]
    [Trait("Feature", "K-15")]
    [Trait("Feature", "K-16")]
    public async Task A_chat_with_rooms()
    {
        await using var server = await ExampleServer.StartAsync(
            io =>
            {
                // docs: pocketio-chat
                var nicknames = new ConcurrentDictionary<string, string>();

                io.OnConnection(socket =>
                {
                    socket.On("user message", async (string message) =>
                    {
                        var nick = socket.Data.Get<string>("nick");
                        switch (message.Split(' ', 3))
                        {
                            case ["/join", var room]:
                                await socket.JoinAsync(room);
                                io.In(room).Emit("user message", nick, "Joined room");
                                break;
                            case ["/leave", var room]:
                                await socket.LeaveAsync(room);
                                io.In(room).Emit("user message", nick, "Left room");
                                break;
                            case ["/room", var room, var text]:
                                io.In(room).Emit("user message", nick, $"[{room}]: {text}");
                                break;
                            default:
                                socket.Broadcast.Emit("user message", nick, message);
                                break;
                        }
                    });

                    socket.On("nickname", (string nick) =>
                    {
                        if (!nicknames.TryAdd(nick, nick))
                        {
                            return true;   // taken
                        }

                        socket.Data["nick"] = nick;
                        socket.Broadcast.Emit("announcement", $"{nick} connected");
                        io.Emit("nicknames", nicknames);
                        return false;
                    });

                    socket.OnDisconnect(_ =>
                    {
                        if (socket.Data.Get<string>("nick") is { } nick && nicknames.TryRemove(nick, out var _))
                        {
                            socket.Broadcast.Emit("announcement", $"{nick} disconnected");
                            socket.Broadcast.Emit("nicknames", nicknames);
                        }
                    });
                });
                // end
            },
            static options => options.Generations = Generations.All);
        using var vti = await OldClient.ConnectAsync(server);
        await using var ada = await server.ConnectAndWaitAsync();

        await vti.SendAsync("""5:1+::{"name":"nickname","args":["vti"]}""");
        Assert.Contains("6:::1+[false]", await vti.PollUntilAsync("nicknames"), StringComparison.Ordinal);
        Assert.Equal("vti connected", (await ada.NextAsync("announcement")).Get<string>());
        await ada.NextAsync("nicknames");
        await vti.SendAsync("""5:2+::{"name":"nickname","args":["vti"]}""", """5:::{"name":"user message","args":["hello all"]}""", """5:::{"name":"user message","args":["/join perl"]}""");
        Assert.Contains("6:::2+[true]", await vti.PollUntilAsync("Joined room"), StringComparison.Ordinal);
        Assert.Equal("hello all", (await ada.NextAsync("user message")).Get<string>(1));

        await ada.EmitAsync("user message", "/room perl to the room");
        Assert.Contains("[perl]: to the room", await vti.PollUntilAsync("to the room"), StringComparison.Ordinal);

        await vti.SendAsync("0::");
        Assert.Equal("vti disconnected", (await ada.NextAsync("announcement")).Get<string>());
    }

    /// <summary>A client 0.9 that polls.</summary>
    private sealed class OldClient(HttpClient http, string url) : IDisposable
    {
        public static async Task<OldClient> ConnectAsync(ExampleServer server)
        {
            var http = server.CreateHttpClient();
            var id = (await http.GetStringAsync("/socket.io/1/")).Split(':')[0];
            var client = new OldClient(http, $"/socket.io/1/xhr-polling/{id}");
            Assert.Equal("1::", await client.PollAsync());
            return client;
        }

        public Task<string> PollAsync() => http.GetStringAsync(url);

        /// <summary>Polls until a text comes, and gives all up to it.</summary>
        public async Task<string> PollUntilAsync(string text)
        {
            var all = "";
            while (!all.Contains(text, StringComparison.Ordinal))
            {
                all += await PollAsync();
            }

            return all;
        }

        public async Task SendAsync(params string[] packets)
        {
            var payload = packets.Length == 1 ? packets[0] : string.Concat(packets.Select(static packet => $"\ufffd{packet.Length}\ufffd{packet}"));
            using var content = new StringContent(payload, Encoding.UTF8, "text/plain");
            using var answer = await http.PostAsync(url, content);
            Assert.Equal("1", await answer.Content.ReadAsStringAsync());
        }

        public void Dispose() => http.Dispose();
    }
}
