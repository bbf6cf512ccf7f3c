using System.Text.Json;

namespace SocketIO.Server.Tests;

/// <summary>Namespaces, events and answers of clients 1.0 to 2.5.</summary>
public sealed class EngineIO3NamespaceTests : IAsyncLifetime
{
    private Node _node = null!;

    public async Task InitializeAsync() =>
        _node = await Node.StartAsync(static options => options.Generations = Generations.Current | Generations.EngineIO3);

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Socket_ids_are_those_that_clients_work_out_for_themselves()
    {
        _node.Io.Of("/chat");
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("40/chat,");
        Assert.Equal(["40/chat,"], await client.PollAsync());
        Assert.Equal(client.Id, Assert.Single(_node.Io.Sockets.Sockets).Key);
        Assert.Equal("/chat#" + client.Id, Assert.Single(_node.Io.Of("/chat").Sockets).Key);
        _node.Io.Of("/chat").To("/chat#" + client.Id).Emit("you");
        Assert.Equal(["""42/chat,["you"]"""], await client.PollAsync());
    }

    [Theory]
    [InlineData("40/chat")]
    [InlineData("40/chat,")]
    public async Task A_namespace_is_asked_for_with_or_without_the_comma(string connect)
    {
        _node.Io.Of("/chat").OnConnection(static socket => socket.On("hi", () => "there"));
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync(connect, """42/chat,7["hi"]""");
        Assert.Equal(["40/chat,", """43/chat,7["there"]"""], await client.PollForAsync("""43/chat,7["there"]"""));
    }

    [Fact]
    public async Task The_query_of_a_namespace_is_the_handshakes_query_and_auth()
    {
        var handshake = new TaskCompletionSource<Handshake>();
        _node.Io.Of("/chat").OnConnection(socket => handshake.SetResult(socket.Handshake));
        using var client = await OldPolling.OpenAsync(_node, "EIO=3&transport=polling&b64=1&who=request&room=lobby");
        await client.SendAsync("40/chat?token=a%20b&who=namespace&empty=");
        Assert.Equal(["40/chat,"], await client.PollAsync());
        var got = await Patience.Within(handshake.Task);
        Assert.Equal("a b", got.GetQuery("token"));
        Assert.Equal("namespace", got.GetQuery("who"));
        Assert.Equal("lobby", got.GetQuery("room"));
        Assert.Equal("", got.GetQuery("empty"));
        Assert.Equal("3", got.GetQuery("EIO"));
        Assert.Equal("""{"token":"a b","who":"namespace","empty":""}""", got.Auth.GetRawText());
    }

    [Fact]
    public async Task The_main_namespace_has_the_requests_query_and_no_auth()
    {
        using var client = await OldPolling.OpenAsync(_node, "EIO=3&transport=polling&b64=1&token=abc");
        var handshake = _node.Io.Sockets.Sockets[client.Id].Handshake;
        Assert.Equal("abc", handshake.GetQuery("token"));
        Assert.Equal("{}", handshake.Auth.GetRawText());
    }

    [Fact]
    public async Task An_unknown_namespace_is_refused_in_words()
    {
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("40/nowhere");
        Assert.Equal(["44/nowhere,\"Invalid namespace\""], await client.PollAsync());
        Assert.Equal(1, _node.Io.Engine.ClientsCount);
    }

    [Theory]
    [InlineData("no entry", null, "\"no entry\"")]
    [InlineData("é☃", null, """ "\u00e9\u2603" """)]
    [InlineData("no entry", """{"code":7}""", """{"code":7}""")]
    [InlineData("no entry", "\"details\"", "\"details\"")]
    public async Task A_middleware_that_refuses_is_an_error_with_its_data_or_else_its_words(string message, string? details, string error)
    {
        object? data = details is null ? null : JsonElement.Parse(details);
        _node.Io.Of("/chat").Use((_, _) => throw new ConnectRefusedException(message, data));
        _node.Io.Use((_, next) => next());
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("40/chat");
        Assert.Equal(["44/chat," + error.Trim()], await client.PollAsync());
    }

    [Fact]
    public async Task A_client_that_the_main_namespace_refuses_hears_why_and_is_not_in_it()
    {
        _node.Io.Use(static (_, _) => throw new ConnectRefusedException("members only"));
        using var client = await OldPolling.OpenAsync(_node);
        Assert.Equal("44\"members only\"", Assert.Single(client.Greeting[1..]));
        Assert.Empty(_node.Io.Sockets.Sockets);
    }

    [Fact]
    public async Task Other_namespaces_wait_for_the_main_one()
    {
        var gate = new TaskCompletionSource();
        _node.Io.Use(async (_, next) =>
        {
            await gate.Task;
            await next();
        });
        _node.Io.Of("/chat");
        using var client = await OldPolling.OpenAsync(_node);
        Assert.Empty(client.Greeting[1..]);
        await client.SendAsync("40/chat");
        Assert.Empty(_node.Io.Of("/chat").Sockets);
        gate.SetResult();
        Assert.Equal(["40", "40/chat,"], await client.PollForAsync("40/chat,"));
    }

    [Fact]
    public async Task A_connection_handler_that_goes_on_keeps_no_other_namespace_waiting()
    {
        _node.Io.OnConnection(static _ => new TaskCompletionSource().Task);
        _node.Io.Of("/chat");
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("40/chat");
        Assert.Equal(["40/chat,"], await client.PollAsync());
    }

    [Fact]
    public async Task Who_asks_again_for_a_namespace_stays_in_it()
    {
        _node.Io.Of("/chat");
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("40/chat");
        Assert.Equal(["40/chat,"], await client.PollAsync());
        await client.SendAsync("40", "40/chat", "40/chat?again=1", "2");
        Assert.Equal(["3"], await client.PollAsync());
        Assert.Single(_node.Io.Of("/chat").Sockets);
    }

    [Fact]
    public async Task What_is_for_a_namespace_that_the_client_is_not_in_is_dropped()
    {
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("""42/chat,["lost"]""", "41/chat,", "2");
        Assert.Equal(["3"], await client.PollAsync());
    }

    [Fact]
    public async Task Too_many_namespaces_end_the_connection()
    {
        await using var node = await Node.StartAsync(static options =>
        {
            options.Generations = Generations.EngineIO3;
            options.MaxNamespacesPerConnection = 2;
        });
        foreach (var name in new[] { "/a", "/b" })
        {
            node.Io.Of(name);
        }

        using var client = await OldPolling.OpenAsync(node);
        await client.SendAsync("40/a");
        Assert.Equal(["40/a,"], await client.PollAsync());
        await client.SendAsync("40/b");
        Assert.Equal(["1"], await client.PollAsync());
    }

    [Fact]
    public async Task Events_and_answers_go_both_ways()
    {
        var answer = new TaskCompletionSource<int>();
        _node.Io.OnConnection(socket =>
        {
            socket.On("sum", static (int a, int b) => a + b);
            socket.On("ask", async () => answer.SetResult(await socket.EmitWithAckAsync<int>("question", "?")));
        });
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("""420["sum",19,23]""");
        Assert.Equal(["430[42]"], await client.PollAsync());
        await client.SendAsync("""42["ask"]""");
        Assert.Equal(["""420["question","?"]"""], await client.PollAsync());
        await client.SendAsync("430[7]");
        Assert.Equal(7, await Patience.Within(answer.Task));
    }

    [Fact]
    public async Task A_binary_answer_has_a_type_of_its_own()
    {
        _node.Io.OnConnection(static socket => socket.On("bytes", static () => new byte[] { 1, 2, 3 }));
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("""425["bytes"]""");
        Assert.Equal(["""461-5[{"_placeholder":true,"num":0}]""", "b4AQID"], await client.PollAsync());
    }

    [Fact]
    [Trait("Feature", "X-09")]
    public async Task A_client_that_counts_in_its_answers_gets_answers_that_count()
    {
        // 1.0.0-pre2 to 1.0.2: they read no other form, and are known by their first answer.
        _node.Io.OnConnection(static socket =>
        {
            socket.On("hello", static () => "plain");
            socket.On("ask", async () => await socket.EmitWithAckAsync("question"));
        });
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("""42["ask"]""");
        Assert.Equal(["""420["question"]"""], await client.PollAsync());
        await client.SendAsync("""430-0["got"]""", """421["hello"]""");
        Assert.Equal(["""430-1["plain"]"""], await client.PollAsync());
    }

    [Fact]
    [Trait("Feature", "X-08")]
    public async Task All_text_is_ascii_that_every_old_parser_reads()
    {
        using var client = await OldPolling.OpenAsync(_node);
        _node.Io.Emit("é", "☃😀\u007f");
        Assert.Equal(["""42["\u00e9","\u2603\uD83D\uDE00\u007F"]"""], await client.PollAsync());
    }

    [Fact]
    public async Task The_server_disconnects_a_client_from_a_namespace_or_altogether()
    {
        _node.Io.Of("/chat");
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("40/chat");
        Assert.Equal(["40/chat,"], await client.PollAsync());
        _node.Io.Of("/chat").Sockets["/chat#" + client.Id].Disconnect();
        Assert.Equal(["41/chat,"], await client.PollAsync());
        _node.Io.Sockets.Sockets[client.Id].Disconnect(close: true);
        Assert.Equal(["41", "1"], await client.PollForAsync("1"));
    }

    [Fact]
    public async Task A_client_that_leaves_the_main_namespace_says_so()
    {
        var reason = new TaskCompletionSource<string>();
        _node.Io.OnConnection(socket => socket.OnDisconnect(end => reason.SetResult(end.Reason)));
        using var client = await OldPolling.OpenAsync(_node);
        await client.SendAsync("41");
        Assert.Equal(CloseReasons.ClientNamespaceDisconnect, await Patience.Within(reason.Task));
        Assert.Equal(1, _node.Io.Engine.ClientsCount);
    }
}
