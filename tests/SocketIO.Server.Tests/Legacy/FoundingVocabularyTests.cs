using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>What the servers of 2010 and 2011 offered to an application, in the words of this one.</summary>
public sealed class FoundingVocabularyTests
{
    [Fact]
    [Trait("Feature", "J-10")]
    [Trait("Feature", "J-11")]
    [Trait("Feature", "E-08")]
    [Trait("Feature", "E-09")]
    [Trait("Feature", "G-03")]
    public async Task The_server_takes_its_own_requests_and_leaves_the_others_to_the_application()
    {
        await using var node = await LegacyNode.StartAsync(map: static app =>
        {
            app.MapGet("/", static () => "index");
            app.MapGet("/socket.io/extra", static () => "extra");
            app.MapSocketIO();
        });

        Assert.Equal("index", (await node.GetAsync("/")).Body);
        Assert.Equal("extra", (await node.GetAsync("/socket.io/extra")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await node.GetAsync("/websocket")).Status);
        await node.BeginPollingAsync();
    }

    [Fact]
    [Trait("Feature", "J-18")]
    [Trait("Feature", "E-05")]
    [Trait("Feature", "E-13")]
    [Trait("Feature", "G-23")]
    public async Task The_resource_may_have_another_name_and_the_old_one_is_the_applications()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.Path = "/live", map: static app =>
        {
            app.MapGet("/socket.io/xhr-polling/1", static () => "the application's");
            app.MapSocketIO();
        });

        Assert.StartsWith("~m~20~m~", (await node.GetAsync("/live/xhr-polling//1")).Body, StringComparison.Ordinal);
        Assert.Equal("the application's", (await node.GetAsync("/socket.io/xhr-polling/1")).Body);
    }

    [Fact]
    [Trait("Feature", "J-12")]
    [Trait("Feature", "J-13")]
    [Trait("Feature", "J-27")]
    [Trait("Feature", "J-28")]
    [Trait("Feature", "E-11")]
    [Trait("Feature", "E-15")]
    [Trait("Feature", "G-07")]
    [Trait("Feature", "G-09")]
    public async Task Clients_are_found_by_their_sessions_ids_and_lead_to_their_server()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.Version06.PollDuration = TimeSpan.FromSeconds(7));
        var id = await node.BeginPollingAsync();

        var socket = node.Io.Sockets.Sockets[id];

        Assert.Same(node.Io, socket.Server);
        Assert.Equal(TimeSpan.FromSeconds(7), socket.Server.Options.Version06.PollDuration);
        Assert.True(socket.IsConnected);
        Assert.Equal((id, "xhr-polling", "127.0.0.1", 1), (socket.Connection.Id, socket.Connection.Transport, socket.Connection.RemoteAddress, socket.Connection.Attachments));
        node.Io.Send("hi");
        await node.GetAsync($"/socket.io/xhr-polling/{id}/1");
        Assert.Equal(2, socket.Connection.Attachments);

        socket.Disconnect();
        Assert.False(node.Io.Sockets.Sockets.ContainsKey(id));
        Assert.False(socket.IsConnected);
    }

    [Fact]
    [Trait("Feature", "E-10")]
    public async Task Who_has_gone_is_not_among_the_clients_and_nobody_takes_the_place()
    {
        await using var node = await LegacyNode.StartAsync();
        string[] ids = [await node.BeginPollingAsync(), await node.BeginPollingAsync(), await node.BeginPollingAsync()];
        var before = node.Io.Sockets.Sockets.Values.ToArray();

        node.Io.Sockets.Sockets[ids[1]].Disconnect();

        Assert.Equal(ids.Order(), before.Select(static socket => socket.Id).Order());
        Assert.Equal(new[] { ids[0], ids[2] }.Order(), node.Io.Sockets.Sockets.Values.Select(static socket => socket.Id).Order());
        Assert.DoesNotContain(null, node.Io.Sockets.Sockets.Values);
        Assert.Null(node.Io.Sockets.Sockets.GetValueOrDefault(ids[1]));
        Assert.NotEqual(ids[1], await node.BeginPollingAsync());
        Assert.Null(node.Io.Sockets.Sockets.GetValueOrDefault(ids[1]));
    }

    [Fact]
    [Trait("Feature", "J-14")]
    [Trait("Feature", "J-15")]
    [Trait("Feature", "J-26")]
    [Trait("Feature", "E-12")]
    [Trait("Feature", "G-04")]
    public async Task Listeners_may_be_added_and_removed()
    {
        await using var node = await LegacyNode.StartAsync();
        Action<string> heard = text => node.Tell("heard " + text);
        node.Io.OnConnection(static socket => socket.Data["seen"] = true);
        node.Io.OnConnection(socket => socket.On("message", heard));
        var id = await node.BeginPollingAsync();
        var socket = node.Io.Sockets.Sockets[id];

        await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~3~m~one");
        socket.Off("message", heard);
        await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~3~m~two");

        Assert.True(socket.Data.Get<bool>("seen"));
        Assert.Equal(["connection", "message \"one\"", "heard one", "message \"two\""], node.Told);
    }

    [Fact]
    [Trait("Feature", "J-16")]
    [Trait("Feature", "J-17")]
    [Trait("Feature", "J-32")]
    [Trait("Feature", "E-12")]
    [Trait("Feature", "E-16")]
    [Trait("Feature", "G-06")]
    public async Task A_broadcast_reaches_all_or_all_but_some_or_all_but_the_sender()
    {
        await using var node = await LegacyNode.StartAsync();
        string[] ids = [await node.BeginPollingAsync(), await node.BeginPollingAsync(), await node.BeginPollingAsync()];

        node.Io.Send("all");
        node.Io.Except(ids[0]).Send("not the first");
        node.Io.Except(ids[0], ids[1]).Send("the third");
        node.Io.Sockets.Sockets[ids[2]].Broadcast.Send("from the third");

        Assert.Equal(["all", "from the third"], await PollAsync(node, ids[0]));
        Assert.Equal(["all", "not the first", "from the third"], await PollAsync(node, ids[1]));
        Assert.Equal(["all", "not the first", "the third"], await PollAsync(node, ids[2]));
    }

    [Fact]
    [Trait("Feature", "J-29")]
    [Trait("Feature", "J-30")]
    [Trait("Feature", "J-31")]
    [Trait("Feature", "G-08")]
    public async Task Texts_objects_numbers_and_several_messages_at_once_are_sent()
    {
        await using var node = await LegacyNode.StartAsync();
        var id = await node.BeginPollingAsync();
        var socket = node.Io.Sockets.Sockets[id];

        socket.Send("text");
        socket.Send(new { a = 1 });
        socket.Send(5);
        socket.Send("one", "two");
        socket.Send((object)new[] { 1, 2 });

        Assert.Equal("~m~4~m~text~m~10~m~~j~{\"a\":1}~m~1~m~5~m~3~m~one~m~3~m~two~m~8~m~~j~[1,2]", (await node.GetAsync($"/socket.io/xhr-polling/{id}/1")).Body);
    }

    [Theory]
    [InlineData("~m~37~m~~j~{\"name\":\"sum\",\"args\":[1,2,\"x\",[]]}")]
    [InlineData("[\"{\\\"name\\\":\\\"sum\\\",\\\"args\\\":[1,2,\\\"x\\\",[]]}\"]")]
    public async Task Other_events_are_messages_of_a_name_and_arguments(string unit)
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket => socket.On("sum", (int a, int b, string text, JsonElement list) =>
            socket.Emit("total", a + b, text, list)));
        var isEarliest = unit[0] == '[';
        var greeting = await node.GetAsync(isEarliest ? "/socket.io/xhr-polling" : "/socket.io/xhr-polling//1");
        var id = node.Io.Engine.Connections.Single().Id;
        Assert.Contains(id, greeting.Body, StringComparison.Ordinal);

        await node.PostAsync($"/socket.io/xhr-polling/{id}/send", unit);

        Assert.Equal(
            isEarliest ? """{"messages":["{\"name\":\"total\",\"args\":[3,\"x\",[]]}"]}""" : """~m~37~m~~j~{"name":"total","args":[3,"x",[]]}""",
            (await node.GetAsync($"/socket.io/xhr-polling/{id}/1")).Body);
    }

    [Fact]
    [Trait("Feature", "G-42")]
    public async Task What_the_generation_has_no_form_for_is_an_error_to_the_sender_and_passed_over_in_a_broadcast()
    {
        await using var node = await LegacyNode.StartAsync();
        var id = await node.BeginPollingAsync();
        var socket = node.Io.Sockets.Sockets[id];

        Assert.Contains("binary", Assert.Throws<PacketNotSupportedException>(() => socket.Emit("picture", new byte[3])).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<PacketNotSupportedException>(() => socket.EmitWithAckAsync<int>("question"));
        Assert.Throws<PacketNotSupportedException>(() => socket.Connection.Send(new byte[3]));
        node.Io.Emit("picture", new byte[3]);
        node.Io.Send("after");

        Assert.Equal(["after"], await PollAsync(node, id));
        Assert.True(socket.IsConnected);
    }

    [Fact]
    public async Task A_room_is_a_room_whatever_the_generation()
    {
        await using var node = await LegacyNode.StartAsync(onConnection: static socket => socket.On("message", (string room) => socket.JoinAsync(room)));
        var current = await node.Node.ConnectAsync();
        await current.EmitAsync("message", "lobby");
        using var either = await node.OpenWebSocketAsync("/socket.io/websocket");
        await either.ReceiveAsync(4);
        await either.SendAsync("[\"lobby\"]");
        var later = await node.BeginPollingAsync();
        await node.PostAsync($"/socket.io/xhr-polling/{later}/send", "~m~5~m~lobby");
        var outside = await node.BeginPollingAsync();
        await Patience.Until(() => node.Io.Sockets.Adapter.Rooms.TryGetValue("lobby", out var members) && members.Count == 3);

        node.Io.To("lobby").Emit("message", new { n = 1 });
        node.Io.Send("end");

        Assert.Equal("{\"n\":1}", (await current.NextAsync()).Args[0].GetRawText());
        Assert.Equal(["""{"messages":["{\"n\":1}"]}""", """{"messages":["end"]}"""], await either.ReceiveAsync(2));
        Assert.Equal(["~j~{\"n\":1}", "end"], await PollAsync(node, later));
        Assert.Equal(["end"], await PollAsync(node, outside));
    }

    [Fact]
    public async Task Who_the_main_namespace_refuses_is_disconnected()
    {
        await using var node = await LegacyNode.StartAsync();
        node.Io.Use(static (_, _) => throw new ConnectRefusedException("nobody"));
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");

        while (await socket.ReceiveAsync() is { } message)
        {
            Assert.DoesNotContain("nobody", message, StringComparison.Ordinal);
        }

        Assert.Empty(node.Told);
    }

    [Fact]
    public async Task What_a_client_sends_while_it_is_let_in_waits_and_arrives_in_order()
    {
        await using var node = await LegacyNode.StartAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Io.Use(async (_, next) =>
        {
            await gate.Task;
            await next();
        });
        var id = await node.BeginPollingAsync();

        var posting = node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~3~m~one~m~3~m~two");
        Assert.Empty(node.Told);
        gate.SetResult();

        Assert.Equal("ok", (await posting).Body);
        Assert.Equal(["connection", "message \"one\"", "message \"two\""], node.Told);
    }

    [Fact]
    [Trait("Feature", "J-21")]
    [Trait("Feature", "G-24")]
    public async Task The_log_is_the_applications()
    {
        var log = new RecordingLogProvider();
        await using var node = await Node.StartAsync(
            static options => options.Generations = Generations.All,
            builder => builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        using var http = node.CreateHttpClient();

        await http.GetStringAsync("/socket.io/xhr-polling//1");

        Assert.Contains(log.Lines, static line => line.EndsWith("opened on xhr-polling", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Feature", "G-29")]
    public async Task The_application_may_make_ids_as_it_likes()
    {
        await using var node = await LegacyNode.StartAsync(configure: static options => options.GenerateId = static _ =>
            ValueTask.FromResult(System.Security.Cryptography.RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 16)));

        Assert.Matches("^~m~16~m~[0-9A-Za-z]{16}$", (await node.GetAsync("/socket.io/xhr-polling//1")).Body);
    }

    [Theory]
    [InlineData("~m~3~m~abc")]
    [InlineData("~h~1")]
    [InlineData("~j~{\"a\":1}")]
    [InlineData("a\r\nb\nc\u2028\u2029\uFFFD😀<script>&amp;\u0000\t\"\\")]
    [InlineData("<?xml version=\"1.0\"?><a/>")]
    [InlineData("{\"json\":[\"text\"]}")]
    [Trait("Feature", "J-38")]
    [Trait("Feature", "J-41")]
    [Trait("Feature", "E-20")]
    public async Task Texts_reach_clients_unaltered(string text)
    {
        await using var node = await LegacyNode.StartAsync();
        var later = await node.BeginPollingAsync();
        var script = (await node.GetAsync("/socket.io/jsonp-polling//1/0")).Body[23..43];
        await node.GetAsync("/socket.io/xhr-polling");
        var earliest = node.Io.Engine.Connections.Select(static connection => connection.Id).Single(id => id != later && id != script);

        node.Io.Send(text);

        Assert.Equal([text], (await PollAsync(node, later)).Select(Unmark));
        var call = (await node.GetAsync($"/socket.io/jsonp-polling/{script}/1/0")).Body;
        var unit = JsonSerializer.Deserialize<string>(call["io.JSONP[0]._(".Length..^2])!;
        Assert.Equal([text], Decode(System.Text.Encoding.UTF8.GetBytes(unit)).Select(Unmark));
        using var envelope = JsonDocument.Parse((await node.GetAsync($"/socket.io/xhr-polling/{earliest}")).Body);
        Assert.Equal(text, envelope.RootElement.GetProperty("messages")[0].GetString());

        // As client 0.6 reads it.
        static string Unmark(string message) => message.StartsWith("~j~\"", StringComparison.Ordinal) ? JsonSerializer.Deserialize<string>(message[3..])! : message;
    }

    private sealed class RecordingLogProvider : ILoggerProvider, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    private static async Task<string[]> PollAsync(LegacyNode node, string id) =>
        [.. Decode(System.Text.Encoding.UTF8.GetBytes((await node.GetAsync($"/socket.io/xhr-polling/{id}/1")).Body))];

    private static IEnumerable<string> Decode(byte[] unit)
    {
        var packets = new List<EnginePacket>();
        new LengthFramedCodec().DecodePayload(unit, isBinary: false, packets);
        return packets.Select(static packet => System.Text.Encoding.UTF8.GetString(packet.Data.Span));
    }
}
