namespace SocketIO.Server.Tests;

/// <summary>Namespaces of clients 0.7 to 0.9, which call them endpoints.</summary>
[Trait("Feature", "K-19")]
public sealed class ProtocolOneNamespaceTests
{
    [Fact]
    [Trait("Feature", "X-02")]
    public async Task A_client_asks_to_join_and_hears_it_and_talks_there()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        node.Io.Of("/chat").OnConnection(socket =>
        {
            node.Tell("connection /chat");
            socket.Send("welcome to chat");
            socket.Emit("nsev", new { n = 1 });
            socket.On("message", (string text) => socket.Send($"echo {text}"));
            socket.On("sum", static (int a, int b) => a + b);
        });
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync("3::/chat:too early", "1::/chat");
        Assert.Equal(["1::/chat", "3::/chat:welcome to chat", """5::/chat:{"name":"nsev","args":[{"n":1}]}"""], await PollAllAsync(session, 3));

        await session.SendAsync("3::/chat:in nsp", """5:1+:/chat:{"name":"sum","args":[1,2]}""", "3:2:/chat:plain", "3::/nowhere:lost");
        Assert.Equal(["3::/chat:echo in nsp", "6::/chat:1+[3]", "6::/chat:2", "3::/chat:echo plain"], await session.PollAsync());
        Assert.Equal(["connection", "connection /chat"], node.Told);
    }

    [Theory]
    [Trait("Feature", "X-02")]
    [InlineData("1::/chat?token=ab&x=1")]
    [InlineData("1::/chat:?token=ab&x=1")]
    [InlineData("1::/chat:token=ab&x=1")]
    public async Task The_query_of_a_namespace_reaches_the_application_in_either_form(string connect)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        node.Io.Of("/chat").OnConnection(socket => node.Tell($"{socket.Handshake.GetQuery("token")} {socket.Handshake.GetQuery("x")} {socket.Handshake.Auth.GetProperty("token").GetString()}"));
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync(connect);

        Assert.Equal(["1::/chat"], await session.PollForAsync("1::/chat"));
        Assert.Equal("ab 1 ab", node.Told[^1]);
    }

    [Theory]
    [Trait("Feature", "X-02")]
    [InlineData("/secret")]
    [InlineData("/unknown")]
    public async Task Who_is_refused_or_asks_for_what_is_not_there_hears_unauthorized_and_stays(string name)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        node.Io.Of("/secret").Use(static (_, _) => throw new ConnectRefusedException("not for you", new { code = 7 }));
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync($"1::{name}");

        Assert.Equal([$"7::{name}:2"], await session.PollForAsync($"7::{name}:2"));
        await session.SendAsync($"3::{name}:lost", "3:::still here");
        Assert.Equal(["3:::still here"], await session.PollAsync());
    }

    [Fact]
    public async Task A_client_leaves_one_namespace_and_keeps_the_others_and_may_come_back()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        node.Io.Of("/chat").OnConnection(socket =>
        {
            node.Tell("connection /chat");
            socket.OnDisconnect(end => node.Tell($"disconnect /chat {end.Reason}"));
        });
        var session = await ProtocolOneSession.ConnectAsync(node);
        await session.SendAsync("1::/chat");
        await session.PollForAsync("1::/chat");

        await session.SendAsync("0::/chat", "3::/chat:lost", "3:::still here");

        Assert.Equal(["3:::still here"], await session.PollAsync());
        await session.SendAsync("1::/chat");
        Assert.Equal(["1::/chat"], await session.PollForAsync("1::/chat"));
        Assert.Equal(["connection", "connection /chat", "disconnect /chat client namespace disconnect", "message \"still here\"", "connection /chat"], node.Told);
    }

    [Fact]
    public async Task The_server_takes_a_client_out_of_one_namespace()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        node.Io.Of("/chat").OnConnection(static socket => socket.On("kick me", () => socket.Disconnect()));
        var session = await ProtocolOneSession.ConnectAsync(node);
        await session.SendAsync("1::/chat");
        await session.PollForAsync("1::/chat");

        await session.SendAsync("""5::/chat:{"name":"kick me"}""", "3:::still here");

        Assert.Equal(["0::/chat", "3:::still here"], await session.PollAsync());
    }

    [Fact]
    public async Task A_goodbye_ends_all_namespaces_and_is_said_once()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        node.Io.Of("/chat").OnConnection(socket => socket.OnDisconnect(end => node.Tell($"disconnect /chat {end.Reason}")));
        var session = await ProtocolOneSession.ShakeHandsAsync(node);
        using var socket = await session.OpenWebSocketAsync();
        await socket.SendAsync("1::/chat");
        Assert.Equal(["1::", "1::/chat"], await socket.ReceiveAsync(2));

        node.Io.Of("/chat").Sockets.Values.Single().Disconnect(close: true);

        Assert.Equal(["0::", "closed"], await socket.ReceiveAsync(2));
        Assert.Contains("disconnect /chat server namespace disconnect", node.Told);
        Assert.Contains("disconnect server namespace disconnect", node.Told);
    }

    [Fact]
    public async Task Who_is_refused_in_the_main_namespace_hears_it_there()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09);
        node.Io.Use(static (_, _) => throw new ConnectRefusedException("not for you"));
        var session = await ProtocolOneSession.ShakeHandsAsync(node);

        Assert.Contains("7:::2", await session.PollForAsync("7:::2"));
        Assert.Empty(node.Told);
    }

    [Fact]
    public async Task Namespaces_of_one_connection_are_bounded()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, options => options.MaxNamespacesPerConnection = 2);
        node.Io.Of("/a");
        node.Io.Of("/b");
        var session = await ProtocolOneSession.ConnectAsync(node);
        await session.SendAsync("1::/a");
        await session.PollForAsync("1::/a");

        await session.SendAsync("1::/b");

        Assert.Equal(["7:::1+0"], await session.PollForAsync("7:::1+0"));
    }

    private static async Task<List<string>> PollAllAsync(ProtocolOneSession session, int count)
    {
        var packets = new List<string>();
        while (packets.Count < count)
        {
            packets.AddRange(await session.PollAsync());
        }

        return packets;
    }
}
