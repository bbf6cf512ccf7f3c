using System.Net;
using System.Text.Json;

namespace SocketIO.Server.Tests;

/// <summary>Sessions of clients before 0.7 that lose their transport and come back with their id.</summary>
[Trait("Feature", "G-10")]
public sealed class PlainReturnTests
{
    private static readonly string[] Transports = ["websocket", "flashsocket", "xhr-multipart", "htmlfile", "xhr-polling", "jsonp-polling"];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var from in Transports)
            {
                foreach (var to in Transports)
                {
                    pairs.Add(from, to);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    [Trait("Feature", "J-35")]
    [Trait("Feature", "G-05")]
    public async Task What_was_sent_meanwhile_is_there_once_and_in_order_by_whichever_transport_it_returns(string from, string to)
    {
        await using var node = await StartAsync();
        var id = await BeginAndLoseAsync(node, from);

        for (var number = 0; number < 10; number++)
        {
            node.Io.Send($"n{number}");
        }

        node.Time.Advance(TimeSpan.FromSeconds(9));
        using var returned = await ListenAsync(node, to, id);
        await returned.ReadUntilAsync("n9");
        node.Io.Send("after");
        var text = await returned.ReadUntilAsync("after");

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], Enumerable.Range(0, 10).OrderBy(number => text.IndexOf($"n{number}", StringComparison.Ordinal)));
        Assert.Equal(10, text.Split("~m~2~m~n").Length - 1);
        Assert.DoesNotContain("~m~20~m~", text, StringComparison.Ordinal);
        Assert.Equal(to, Assert.Single(node.Io.Engine.Connections).Transport);
        Assert.Equal(["connection"], node.Told);
    }

    [Theory]
    [InlineData("websocket", "xhr-polling")]
    [InlineData("xhr-multipart", "websocket")]
    [Trait("Feature", "E-18")]
    public async Task An_earlier_client_may_return_as_well(string from, string to)
    {
        await using var node = await StartAsync(Generations.Version02);
        var id = await BeginAndLoseAsync(node, from);
        node.Io.Send("one");

        using var returned = await ListenAsync(node, to, id);

        Assert.Contains("""{"messages":["one"]}""", await returned.ReadUntilAsync("one"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("websocket", "xhr-polling")]
    [InlineData("xhr-polling", "websocket")]
    [Trait("Feature", "G-33")]
    public async Task A_client_of_the_development_may_return_as_well(string from, string to)
    {
        await using var node = await StartAsync(Generations.Development07);
        var id = await BeginAndLoseAsync(node, from);
        node.Io.Send("one");

        using var returned = await ListenAsync(node, to, id);

        Assert.Contains("1:4::one,", await returned.ReadUntilAsync("one"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("xhr-multipart")]
    [InlineData("htmlfile")]
    [InlineData("xhr-polling")]
    [Trait("Feature", "E-14")]
    public async Task One_time_out_for_all_transports_is_how_long_a_session_and_its_messages_wait_for_the_client(string transport)
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version02, static options =>
        {
            options.Version06.CloseTimeouts.Clear();
            options.Version06.ReconnectTimeout = TimeSpan.FromSeconds(8);
        });
        var id = await BeginAndLoseAsync(node, transport);
        node.Io.Send("kept");

        node.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(["connection"], node.Told);
        Assert.Equal("""{"messages":["kept"]}""", (await node.GetAsync($"/socket.io/xhr-polling/{id}/1")).Body);
        node.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(["connection"], node.Told);
        node.Time.Advance(TimeSpan.FromSeconds(2));

        await node.UntilToldAsync("disconnect transport close");
        Assert.Equal(["connection", "disconnect transport close"], node.Told);
    }

    [Fact]
    [Trait("Feature", "G-14")]
    public async Task Who_does_not_return_in_time_is_gone_and_what_waited_with_it()
    {
        await using var node = await StartAsync();
        var id = await BeginAndLoseAsync(node, "websocket");
        node.Io.Send("one");

        node.Time.Advance(TimeSpan.FromSeconds(10.1));

        await node.UntilToldAsync("disconnect transport close");
        Assert.Equal(["connection", "disconnect transport close"], node.Told);
        await node.GetInVainAsync($"/socket.io/xhr-polling/{id}/1");
    }

    [Fact]
    public async Task A_client_that_returns_before_its_loss_was_noticed_takes_the_place_of_the_transport_before()
    {
        await using var node = await StartAsync();
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        var id = (await socket.ReceiveAsync())![8..];

        var poll = node.GetAsync($"/socket.io/xhr-polling/{id}/1");
        await node.UntilPolledAsync(id);
        node.Io.Send("one");

        Assert.Equal("~m~3~m~one", (await poll).Body);
        Assert.Equal("ok", (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~3~m~new")).Body);
        Assert.Equal(["connection", "message \"new\""], node.Told);
    }

    [Fact]
    [Trait("Feature", "G-11")]
    public async Task A_full_queue_is_an_error_to_the_sender_and_a_gap_in_a_broadcast_and_the_rest_is_there()
    {
        Socket? server = null;
        await using var node = await LegacyNode.StartAsync(
            Generations.Version06,
            static options => options.Version06.QueueLength = 3,
            socket => server = socket);
        var id = await node.BeginPollingAsync();

        server!.Send("1");
        node.Io.Send("2");
        server.Send("3");
        Assert.Contains("QueueLength", Assert.Throws<QueueFullException>(() => server.Send("4")).Message, StringComparison.Ordinal);
        node.Io.Send("5");
        server.Volatile.Emit("message", "6");

        Assert.Equal("~m~1~m~1~m~1~m~2~m~1~m~3", (await node.GetAsync($"/socket.io/xhr-polling/{id}/1")).Body);
        server.Send("7");
        Assert.Equal("~m~1~m~7", (await node.GetAsync($"/socket.io/xhr-polling/{id}/2")).Body);
        Assert.Equal(["connection"], node.Told);
    }

    [Fact]
    [Trait("Feature", "G-12")]
    [Trait("Feature", "G-13")]
    public async Task Nothing_is_sent_to_who_has_gone_and_a_second_end_is_none()
    {
        Socket? server = null;
        await using var node = await LegacyNode.StartAsync(Generations.Version06, onConnection: socket => server = socket);
        var id = await node.BeginPollingAsync();

        server!.Disconnect();
        server.Disconnect();
        server.Send("nobody");

        Assert.False(server.IsConnected);
        await Assert.ThrowsAsync<SocketDisconnectedException>(() => server.EmitWithAckAsync<int>("question"));
        Assert.Equal(["connection", "disconnect server namespace disconnect"], node.Told);
        Assert.Equal("", (await node.GetAsync($"/socket.io/xhr-polling/{id}/1")).Body);
        await node.GetInVainAsync($"/socket.io/xhr-polling/{id}/2");
    }

    [Fact]
    [Trait("Feature", "G-15")]
    public async Task Heartbeats_by_polling_are_answered_by_posts_where_they_are_on()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Version06, static options => options.Version06.HeartbeatsWhilePolling = true);
        var id = await node.BeginPollingAsync();
        var poll = node.GetAsync($"/socket.io/xhr-polling/{id}/1");
        await node.UntilPolledAsync(id);
        node.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal("~m~4~m~~h~1", (await poll).Body);
        Assert.Equal("ok", (await node.PostAsync($"/socket.io/xhr-polling/{id}/send", "~m~4~m~~h~1")).Body);

        poll = node.GetAsync($"/socket.io/xhr-polling/{id}/2");
        await node.UntilPolledAsync(id);
        node.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal("~m~4~m~~h~2", (await poll).Body);
        poll = node.GetAsync($"/socket.io/xhr-polling/{id}/3");
        await node.UntilPolledAsync(id);
        node.Time.Advance(TimeSpan.FromSeconds(8.1));
        Assert.Equal("", (await poll).Body);
        await Patience.Until(() => Assert.Single(node.Io.Engine.Connections).IsAbsent);
        node.Time.Advance(TimeSpan.FromSeconds(10.1));
        await node.UntilToldAsync("disconnect ping timeout");
        Assert.Equal(["connection", "disconnect ping timeout"], node.Told);
    }

    private static Task<LegacyNode> StartAsync(Generations generations = Generations.Version06) =>
        LegacyNode.StartAsync(generations, static options =>
        {
            // All transports alike: ten seconds.
            options.Version06.CloseTimeouts.Clear();
        });

    /// <summary>Begins a session that loses its transport at once, and gives its id.</summary>
    private static async Task<string> BeginAndLoseAsync(LegacyNode node, string transport)
    {
        using (var listener = await ListenAsync(node, transport, ""))
        {
            await listener.ReadUntilAsync(listener.HasEnded ? "" : Assert.Single(node.Io.Engine.Connections).Id);
        }

        await Patience.Until(() => Assert.Single(node.Io.Engine.Connections) is { CurrentTransport.CanWrite: false } connection
            && (connection.IsAbsent || transport.EndsWith("polling", StringComparison.Ordinal)));
        await node.UntilToldAsync("connection");
        return Assert.Single(node.Io.Engine.Connections).Id;
    }

    private static async Task<Listener> ListenAsync(LegacyNode node, string transport, string id) => transport switch
    {
        "websocket" or "flashsocket" => new Listener(await node.OpenWebSocketAsync($"/socket.io/{transport}{(id.Length > 0 ? "/" : "")}{id}")),
        "xhr-multipart" or "htmlfile" => new Listener(await node.OpenStreamAsync($"/socket.io/{transport}/{id}/1")),
        _ => await Listener.PollAsync(node, transport, id),
    };

    /// <summary>What a client hears by whichever transport.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly LegacyWebSocket? _socket;
        private readonly LegacyStream? _stream;
        private Func<Task<string>>? _poll;
        private string _heard = "";

        public Listener(LegacyWebSocket socket) => _socket = socket;

        public Listener(LegacyStream stream) => _stream = stream;

        private Listener(string heard, Func<Task<string>>? poll) => (_heard, _poll) = (heard, poll);

        public bool HasEnded => _socket is null && _stream is null;

        public static async Task<Listener> PollAsync(LegacyNode node, string transport, string id)
        {
            async Task<string> Poll()
            {
                var body = (await node.GetAsync($"/socket.io/{transport}/{id}/1/0")).Body;
                return transport == "jsonp-polling" ? JsonSerializer.Deserialize<string>(body[(body.IndexOf('(', StringComparison.Ordinal) + 1)..body.LastIndexOf(')')])! : body;
            }

            return new Listener(await Poll(), Poll);
        }

        public async Task<string> ReadUntilAsync(string text)
        {
            if (_stream is not null)
            {
                return await _stream.ReadUntilAsync(text);
            }

            while (!_heard.Contains(text, StringComparison.Ordinal))
            {
                _heard += _socket is not null ? await _socket.ReceiveAsync() : await _poll!();
            }

            return _heard;
        }

        public void Dispose()
        {
            _poll = null;
            _socket?.Abort();
            _socket?.Dispose();
            _stream?.Dispose();
        }
    }
}
