using System.Buffers;
using System.Text.Json;
using SocketIO.Protocol;
using SocketIO.Server;

namespace SocketIO.Client.Tests;

/// <summary>The protocols before 0.7, against this project's own server.</summary>
[Trait("Feature", "G-40")]
public class PlainServerTests
{
    /// <summary>What the server serves, and what the client speaks. Of 0.2 and 0.6 together the server does not know at first which it has before it.</summary>
    public static TheoryData<Generations, string> Served { get; } = new()
    {
        { Generations.Version06, nameof(ClientProtocol.Version06) },
        { Generations.All, nameof(ClientProtocol.Version06) },
        { Generations.Current | Generations.Development07, nameof(ClientProtocol.Development07) },
    };

    [Theory]
    [MemberData(nameof(Served))]
    public async Task A_client_is_known_by_its_sessions_id(Generations generations, string protocol)
    {
        var sockets = new Happenings<Socket>();
        await using var server = await LiveServer.StartAsync(sockets.Add, options => options.Generations = generations);

        await using var client = await server.ConnectAsync(options: Speaks(protocol));

        var socket = await sockets.NextAsync();
        Assert.Equal(socket.Connection.Id, client.SessionId);
        Assert.Equal("websocket", socket.Connection.Transport);
    }

    [Theory]
    [MemberData(nameof(Served))]
    public async Task Messages_and_events_go_both_ways(Generations generations, string protocol)
    {
        var messages = new Happenings<string>();
        var news = new Happenings<(int, string)>();
        await using var server = await LiveServer.StartAsync(
            static socket =>
            {
                socket.On("message", (JsonElement message) => socket.Send(message));
                socket.On("news", (int number, string text) => socket.Emit("news", number + 1, text));
            },
            options => options.Generations = generations);
        await using var client = await server.ConnectAsync(
            client => client.OnMessage((JsonElement message) => messages.Add(message.GetRawText())).On("news", (int number, string text) => news.Add((number, text))),
            Speaks(protocol));

        client.Send("plain é☃😀", new { A = new[] { 1, 2 } });
        client.Send("");
        client.Send("~h~1");
        client.Emit("news", 1, "ü");

        Assert.Equal("\"plain é☃😀\"", await messages.NextAsync());
        Assert.Equal("""{"a":[1,2]}""", await messages.NextAsync());
        Assert.Equal("\"\"", await messages.NextAsync());
        Assert.Equal("\"~h~1\"", await messages.NextAsync());
        Assert.Equal((2, "ü"), await news.NextAsync());
    }

    [Theory]
    [MemberData(nameof(Served))]
    public async Task A_client_that_answers_heartbeats_stays(Generations generations, string protocol)
    {
        var time = new ManualTimeProvider();
        var pongs = new Happenings<bool>();
        var echoes = new Happenings<int>();
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
                socket.On("echo", (int number) => socket.Emit("echo", number));
            },
            options => options.Generations = generations,
            time);
        await using var client = await server.ConnectAsync(client => client.On("echo", echoes.Add), Speaks(protocol));

        // A server that does not know whom it has before it asks by a heartbeat: with the first the client has got it, with the second the server its answer.
        await EchoAsync(1);
        await EchoAsync(2);
        while (!pongs.IsEmpty)
        {
            await pongs.NextAsync();
        }

        for (var i = 3; i < 8; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await pongs.NextAsync();
            await EchoAsync(i);
        }

        // The server has dealt with all that came before.
        async Task EchoAsync(int number)
        {
            client.Emit("echo", number);
            Assert.Equal(number, await echoes.NextAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Served))]
    public async Task Each_side_hears_the_other_close(Generations generations, string protocol)
    {
        var ends = new Happenings<string>();
        await using var server = await LiveServer.StartAsync(
            socket =>
            {
                socket.OnDisconnect(end => ends.Add(end.Reason));
                socket.On("message", (string _) => { socket.Disconnect(); });
            },
            options => options.Generations = generations);
        await using var client = await server.ConnectAsync(options: Speaks(protocol));
        await Patience.Within(client.CloseAsync());
        Assert.Equal(CloseReasons.TransportClose, await ends.NextAsync());

        await Patience.Within(client.ConnectAsync());
        client.Send("bye");

        Assert.Equal(DisconnectReasons.TransportClose, (await Patience.Within(client.Completion)).Reason);
        Assert.Equal(CloseReasons.ServerNamespaceDisconnect, await ends.NextAsync());
    }

    [Fact]
    public async Task Clients_of_several_generations_hear_each_other()
    {
        var heard = new Happenings<string>();
        await using var server = await LiveServer.StartAsync(
            static socket => socket.On("message", (string text) => socket.Broadcast.Send(text)),
            static options => options.Generations = Generations.All);
        await using var current = await server.ConnectAsync(client => client.OnMessage((string text) => heard.Add("current: " + text)));
        await using var old = await server.ConnectAsync(client => client.OnMessage((string text) => heard.Add("0.6: " + text)), Speaks(nameof(ClientProtocol.Version06)));

        current.Send("hi, old one");
        Assert.Equal("0.6: hi, old one", await heard.NextAsync());
        old.Send("hi, young one");
        Assert.Equal("current: hi, young one", await heard.NextAsync());
    }

    [Fact]
    public async Task A_generation_that_is_not_served_is_refused()
    {
        await using var server = await LiveServer.StartAsync(static (Socket _) => { });
        await using var client = new SocketIOClient(server.Url, Speaks(nameof(ClientProtocol.Version06)));

        var error = await Assert.ThrowsAsync<ConnectException>(() => Patience.Within(client.ConnectAsync()));

        Assert.Contains("answers with status 400", error.Message);
    }

    [Fact]
    [Trait("Feature", "G-30")]
    public async Task A_format_of_ones_own_is_plugged_in_at_both_ends()
    {
        var messages = new Happenings<string>();
        await using var server = await LiveServer.StartAsync(
            static socket => socket.On("message", (string text) => socket.Send(text + "!", "and more")),
            static options =>
            {
                options.Generations = Generations.Version06;
                options.Version06.Format = new LegacyFormat(static () => new LineCodec(), PlainMessageParser.Marked);
            });
        await using var client = await server.ConnectAsync(
            client => client.OnMessage(messages.Add),
            new SocketIOClientOptions { Protocol = ClientProtocol.WithCodec(static () => new LineCodec(), PlainMessageParser.Marked) });

        client.Send("hello");

        Assert.Equal(server.IO.Engine.Connections.Single().Id, client.SessionId);
        Assert.Equal("hello!", await messages.NextAsync());
        Assert.Equal("and more", await messages.NextAsync());
    }

    private static SocketIOClientOptions Speaks(string protocol) => new()
    {
        Protocol = protocol == nameof(ClientProtocol.Version06) ? ClientProtocol.Version06 : ClientProtocol.Development07,
    };

    /// <summary>A message a line, whichever end it is at.</summary>
    private sealed class LineCodec : UnitCodec
    {
        public override bool Has(EnginePacketType type) => type is EnginePacketType.Open or EnginePacketType.Message;

        public override int GetMessageLength(in EnginePacket packet) => packet.Data.Length + 1;

        public override void EncodeMessage(in EnginePacket packet, IBufferWriter<byte> output)
        {
            EnsureSupported(packet);
            output.Write(packet.Data.Span);
            output.Write("\n"u8);
        }

        protected override void DecodeUnit(ReadOnlyMemory<byte> unit, List<EnginePacket> packets)
        {
            for (int end; (end = unit.Span.IndexOf((byte)'\n')) >= 0; unit = unit[(end + 1)..])
            {
                packets.Add(new EnginePacket(EnginePacketType.Message, unit[..end]));
            }
        }
    }
}
