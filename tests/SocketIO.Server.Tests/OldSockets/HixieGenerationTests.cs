using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Clients of the time as they were: an old generation over an old WebSocket.</summary>
[Trait("Feature", "X-11")]
[Trait("Feature", "K-29")]
public sealed class HixieGenerationTests
{
    public static TheoryData<string, Generations, WebSocketDrafts> Clients
    {
        get
        {
            var clients = new TheoryData<string, Generations, WebSocketDrafts>();
            foreach (var draft in (WebSocketDrafts[])[WebSocketDrafts.Hixie75, WebSocketDrafts.Hixie76])
            {
                clients.Add("/socket.io/websocket", Generations.Version02, draft);
                clients.Add("/socket.io/websocket", Generations.Version06, draft);
                clients.Add("/socket.io/flashsocket", Generations.Version06, draft);
                clients.Add("/socket.io/websocket", Generations.Development07, draft);
                clients.Add("/socket.io/1/websocket/", Generations.Version09, draft);
                clients.Add("/socket.io/1/flashsocket/", Generations.Version09, draft);
            }

            return clients;
        }
    }

    [Theory]
    [MemberData(nameof(Clients))]
    [Trait("Feature", "J-01")]
    [Trait("Feature", "J-02")]
    public async Task Messages_go_both_ways_in_whatever_pieces_they_come(string path, Generations generation, WebSocketDrafts draft)
    {
        await using var node = await StartAsync(generation);
        using var client = await HixieClient.ConnectAsync(node.Node.Address, draft, await NameSessionAsync(node, path));
        Assert.StartsWith(Greeting(generation), await client.ReadFrameAsync(), StringComparison.Ordinal);
        var frame = HixieClient.Text(Said(generation, "a\ufffd☃"));
        for (var cut = 0; cut <= frame.Length; cut++)
        {
            await client.SendAsync(frame.AsMemory(..cut));
            await client.SendAsync(frame.AsMemory(cut..));
            Assert.Equal(Heard(generation, "a\ufffd☃"), await client.ReadFrameAsync());
        }

        client.Finish();
        await node.UntilToldAsync("disconnect transport close");
    }

    [Theory]
    [InlineData("/socket.io/websocket", Generations.Version02)]
    [InlineData("/socket.io/websocket", Generations.Version06)]
    [InlineData("/socket.io/1/websocket/", Generations.Version09)]
    public async Task The_eight_bytes_may_come_after_the_answer(string path, Generations generation)
    {
        await using var node = await StartAsync(generation);
        using var client = await HixieClient.OpenAsync(node.Node.Address);
        var handshake = HixieClient.Handshake(target: await NameSessionAsync(node, path));
        await client.SendAsync(handshake.AsMemory(..^8));
        Assert.StartsWith("HTTP/1.1 101 WebSocket Protocol Handshake\r\n", await client.ReadHeadersAsync(), StringComparison.Ordinal);
        await client.SendAsync((byte[])[.. handshake.AsSpan(^8..), .. HixieClient.Text(Said(generation, "early"))]);
        Assert.Equal(HixieClient.Digest, await client.ReadAsync(HixieClient.Digest.Length));
        Assert.StartsWith(Greeting(generation), await client.ReadFrameAsync(), StringComparison.Ordinal);
        Assert.Equal(Heard(generation, "early"), await client.ReadFrameAsync());
    }

    [Fact]
    public async Task What_a_generation_refuses_is_refused_over_an_old_WebSocket_too()
    {
        await using var node = await StartAsync(Generations.Current);
        using var client = await HixieClient.OpenAsync(node.Node.Address);
        await client.SendAsync(HixieClient.Handshake(target: "/socket.io/websocket"));
        Assert.StartsWith("HTTP/1.1 4", await client.ReadHeadersAsync(), StringComparison.Ordinal);
    }

    private static Task<LegacyNode> StartAsync(Generations generation) =>
        LegacyNode.StartAsync(generation, static options => options.OldSockets = new(), LegacyNode.Echo);

    // Of 0.7 to 0.9 the session begins with a request of its own.
    private static async Task<string> NameSessionAsync(LegacyNode node, string path) =>
        path.EndsWith('/') ? path + (await node.GetAsync("/socket.io/1/")).Body.Split(':')[0] : path;

    private static string Greeting(Generations generation) => generation switch
    {
        Generations.Version02 => """{"messages":["{\"sessionid\":""",
        Generations.Version06 => "~m~20~m~",
        Generations.Development07 => "3:20:",
        _ => "1::",
    };

    private static string Said(Generations generation, string text) =>
        generation == Generations.Version02 ? $"[\"{text}\"]" : Heard(generation, text);

    private static string Heard(Generations generation, string text) => generation switch
    {
        Generations.Version02 => $$"""{"messages":["{{text}}"]}""",
        Generations.Version06 => $"~m~{text.Length}~m~{text}",
        Generations.Development07 => $"1:{text.Length + 1}::{text},",
        _ => $"3:::{text}",
    };
}
