using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Messages, events and acknowledgements between the one application and clients 0.7 to 0.9.</summary>
public sealed class ProtocolOneEventTests
{
    [Fact]
    [Trait("Feature", "K-04")]
    [Trait("Feature", "K-06")]
    public async Task Texts_json_and_events_reach_their_handlers()
    {
        var heard = new List<string>();
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket =>
        {
            socket.On("message", (JsonElement message) => heard.Add($"message {message.GetRawText()}"));
            socket.On("username", (string name, int age, JsonElement rest) => heard.Add($"username {name} {age} {rest.GetRawText()}"));
            socket.On("bare", () => heard.Add("bare"));
        });
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync("3:::text", "4:::{\"a\":[1]}", "4:::\"a string\"", """5:::{"name":"username","args":["vti",33,{"x":null}]}""", """5:::{"name":"bare"}""", """5:::{"args":[],"name":"bare"}""");

        Assert.Equal(["message \"text\"", "message {\"a\":[1]}", "message \"a string\"", "username vti 33 {\"x\":null}", "bare", "bare"], heard);
    }

    [Fact]
    [Trait("Feature", "K-05")]
    [Trait("Feature", "K-06")]
    public async Task What_the_server_sends_has_the_types_of_the_time()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: static socket =>
        {
            socket.Send("text");
            socket.Send(new { buffer = Array.Empty<string>() });
            socket.Emit("username", "vti");
            socket.Emit("bare");
            socket.Send("two", "arguments");
        });
        var session = await ProtocolOneSession.ConnectAsync(node);

        Assert.Equal(
            ["3:::text", """4:::{"buffer":[]}""", """5:::{"name":"username","args":["vti"]}""", """5:::{"name":"bare"}""", """5:::{"name":"message","args":["two","arguments"]}"""],
            await session.PollAsync());
    }

    [Fact]
    [Trait("Feature", "X-13")]
    public async Task Texts_with_line_breaks_go_as_json_which_every_client_can_read()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync("3:::line1\nline2", "3:::a\u2028b", """5:::{"name":"message","args":["x\ny"]}""");

        Assert.Equal(["""4:::"line1\nline2" """.Trim(), """4:::"a\u2028b" """.Trim(), """4:::"x\ny" """.Trim()], await session.PollAsync());
    }

    [Theory]
    [Trait("Feature", "X-13")]
    [InlineData("1::")]
    [InlineData("1")]
    [InlineData("1::/")]
    [InlineData("1::?x=1")]
    public async Task A_stray_connect_is_not_a_new_connection(string stray)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync(stray, "3:::x");

        Assert.Equal(["3:::x"], await session.PollAsync());
        Assert.Equal(["connection", "message \"x\""], node.Told);
    }

    [Fact]
    public async Task Events_of_reserved_names_are_passed_over()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: LegacyNode.Echo);
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync("""5:::{"name":"disconnect","args":["booted"]}""", """5:1+::{"name":"connect"}""", "8::", "3:::x");

        Assert.Equal(["3:::x"], await session.PollAsync());
        Assert.Equal(["connection", "message \"x\""], node.Told);
    }

    [Fact]
    [Trait("Feature", "X-04")]
    public async Task A_plain_id_is_acknowledged_at_once_and_the_handler_has_nothing_to_answer()
    {
        var answerable = new List<string>();
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket =>
        {
            socket.OnAny(packet => answerable.Add($"{packet.Name} {packet.Ack is not null}"));
            socket.On("sum", static (int a, int b) => a + b);
            socket.Emit("before");
        });
        node.Io.Of("/chat");
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync("3:1::a", "4:2::[1]", """5:3::{"name":"sum","args":[1,2]}""", """5:4::{"name":"nobody"}""", "3:5:/chat:c", "3:::d", """5:6+::{"name":"sum","args":[3,4]}""");

        Assert.Equal(["""5:::{"name":"before"}""", "6:::1", "6:::2", "6:::3", "6:::4", "6::/chat:5", "6:::6+[7]"], await session.PollAsync());
        Assert.Equal(["message False", "message False", "sum False", "nobody False", "message False", "sum True"], answerable);
    }

    [Fact]
    [Trait("Feature", "K-11")]
    [Trait("Feature", "X-04")]
    public async Task An_id_with_a_plus_is_answered_by_the_handler_once_with_any_values_or_none()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: static socket =>
        {
            socket.On("sum", static (int a, int b) => a + b);
            socket.On("pair", static (Ack ack) =>
            {
                ack.Send("got", new { a = 1 });
                ack.Send("again");
            });
            socket.On("empty", static (Ack ack) => ack.Send());
            socket.On("silent", static (Ack _) => { });
        });
        var session = await ProtocolOneSession.ConnectAsync(node);

        await session.SendAsync(
            """5:1+::{"name":"sum","args":[1,2]}""", """5:2+::{"name":"pair"}""", """5:3+::{"name":"empty"}""", """5:4+::{"name":"silent"}""", """5:::{"name":"sum","args":[3,4]}""",
            """5:12345678901+::{"name":"sum","args":[5,6]}""");

        Assert.Equal(["6:::1+[3]", """6:::2+["got",{"a":1}]""", "6:::3", "6:::12345678901+[11]"], await session.PollAsync());
    }

    [Fact]
    [Trait("Feature", "K-10")]
    [Trait("Feature", "X-04")]
    public async Task The_server_asks_with_a_plain_id_for_a_message_and_with_a_plus_for_an_event()
    {
        var answers = new List<string>();
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket =>
        {
            _ = Await("message", socket.SendWithAckAsync("foo"));
            _ = Await("json", socket.SendWithAckAsync(new { a = 1 }));
            _ = AwaitValue("question", socket.EmitWithAckAsync<string>("question", 1));
            _ = AwaitValue("asked", socket.EmitWithAckAsync<string>("message", "bar"));

            async Task Await(string name, Task task)
            {
                await task;
                answers.Add(name);
            }

            async Task AwaitValue(string name, Task<string?> task) => answers.Add($"{name} {await task ?? "nothing"}");
        });
        var session = await ProtocolOneSession.ConnectAsync(node);
        Assert.Equal(["3:1::foo", """4:2::{"a":1}""", """5:3+::{"name":"question","args":[1]}""", "3:4+::bar"], await session.PollAsync());

        await session.SendAsync("6:::2", "6:::1", "6:::4+[\"yes\",2]", "6:::3");
        await session.SendAsync("6:::1", "6:::0", "6:::99", "6:::99999999999999999999");

        await Patience.Until(() => answers.Count == 4);
        Assert.Equal(["asked yes", "json", "message", "question nothing"], answers.Order());
        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    [Trait("Feature", "K-10")]
    public async Task A_client_that_does_not_acknowledge_is_waited_for_no_longer_than_asked()
    {
        Socket? socket = null;
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: connected => socket = connected);
        var session = await ProtocolOneSession.ConnectAsync(node);

        var asked = socket!.Timeout(TimeSpan.FromSeconds(5)).SendWithAckAsync("foo");
        var left = socket.SendWithAckAsync("bar");
        Assert.Equal(["3:1::foo", "3:2::bar"], await session.PollAsync());
        node.Time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<AckTimeoutException>(() => Patience.Within(asked));
        await session.SendAsync("0::");
        await Assert.ThrowsAsync<SocketDisconnectedException>(() => Patience.Within(left));
    }

    [Fact]
    [Trait("Feature", "K-20")]
    [Trait("Feature", "X-03")]
    public async Task Volatile_messages_are_dropped_where_no_transport_is_open()
    {
        Socket? socket = null;
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: connected =>
        {
            socket = connected;
            connected.Volatile.Emit("vol", 0);
        });
        var session = await ProtocolOneSession.ConnectAsync(node);
        socket!.Volatile.Emit("vol", 1);
        node.Io.Volatile.Emit("vol", 2);
        socket.Emit("kept");
        Assert.Equal(["""5:::{"name":"kept"}"""], await session.PollAsync());

        var poll = session.PollAsync();
        await session.UntilPolledAsync();
        socket.Volatile.Emit("vol", 3);
        Assert.Equal(["""5:::{"name":"vol","args":[3]}"""], await poll);
    }

    [Fact]
    public async Task Binary_values_are_refused_to_who_sends_them_and_a_broadcast_goes_on_without()
    {
        Socket? old = null;
        await using var node = await LegacyNode.StartAsync(onConnection: socket => old ??= socket);
        var session = await ProtocolOneSession.ConnectAsync(node);
        await using var current = await node.Node.ConnectAsync().ContinueWith(static task => task.Result.Client, TaskScheduler.Default);

        var refused = Assert.Throws<PacketNotSupportedException>(() => old!.Emit("bytes", new byte[] { 1 }));
        node.Io.Emit("bytes", new byte[] { 1 });
        node.Io.Emit("text", "x");

        Assert.Contains("0.7 to 0.9", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["""5:::{"name":"text","args":["x"]}"""], await session.PollAsync());
    }

    [Fact]
    public async Task A_client_that_floods_is_made_to_wait_for_its_answers()
    {
        var release = new TaskCompletionSource();
        await using var node = await LegacyNode.StartAsync(Generations.Version09, onConnection: socket => socket.On("slow", async () =>
        {
            using (socket.Connection.PauseReading())
            {
                await release.Task;
            }
        }));
        var session = await ProtocolOneSession.ConnectAsync(node);

        var post = session.PostAsync("""5:::{"name":"slow"}""", "3:::after");
        await Patience.Until(() => node.Io.Engine.Connections.Single().IsReadingPaused);
        Assert.DoesNotContain("message \"after\"", node.Told);
        release.SetResult();

        Assert.Equal("1", (await post).Body);
        Assert.Contains("message \"after\"", node.Told);
    }
}
