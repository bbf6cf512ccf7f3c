using System.Buffers;
using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>The development of 0.7, and wire formats of an application's own.</summary>
[Trait("Feature", "G-33")]
public sealed class DevelopmentTests
{
    [Fact]
    [Trait("Feature", "G-31")]
    [Trait("Feature", "G-38")]
    public async Task Packets_go_both_ways_and_may_be_cut_anywhere()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Development07, onConnection: static socket =>
        {
            LegacyNode.Echo(socket);
            socket.Send("hello ü☃😀");
            socket.Send(new { a = 1, s = "☃" });
        });
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");

        var greetings = await socket.ReceiveAsync(3);
        Assert.Matches("^3:20:.{20},$", greetings[0]);
        Assert.Equal(["1:11::hello ü☃😀,", "1:18:j\n:{\"a\":1,\"s\":\"☃\"},"], greetings[1..]);

        await socket.SendAsync("1:11::plain é☃😀,1:16:j\n:{\"b\"");
        await socket.SendAsync(":[2,\"é\"]},2:1:1,1:1::,");
        Assert.Equal(["1:11::plain é☃😀,", "1:16:j\n:{\"b\":[2,\"é\"]},", "1:1::,"], await socket.ReceiveAsync(3));
        Assert.Equal(["connection", "message \"plain é☃😀\"", "message {\"b\":[2,\"é\"]}", "message \"\""], node.Told);

        node.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal("2:1:1,", await socket.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "G-39")]
    public async Task The_end_is_said_by_either_side()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Development07, onConnection: static socket => socket.On("message", () => socket.Disconnect()));
        using var first = await node.OpenWebSocketAsync("/socket.io/websocket");
        await first.ReceiveAsync();
        await first.SendAsync("0:0:,");
        await node.UntilToldAsync("disconnect client namespace disconnect");

        using var second = await node.OpenWebSocketAsync("/socket.io/websocket");
        await second.ReceiveAsync();
        await second.SendAsync("1:1::,");
        Assert.Equal("0:0:,", await second.ReceiveAsync());
        Assert.Null(await second.ReceiveAsync());
    }

    [Fact]
    [Trait("Feature", "G-37")]
    [Trait("Feature", "G-35")]
    public async Task A_realm_is_a_namespace_that_is_joined_by_sending_to_it()
    {
        List<string?> annotations = [];
        await using var node = await LegacyNode.StartAsync(Generations.Development07);
        node.Io.Engine.Connection += connection => connection.PacketReceived += packet =>
            annotations.Add(AnnotatedMessage.Parse(packet.Data.Span).Annotations.GetValueOrDefault("foo"));
        node.Io.Of("/chat").Use(static async (_, next) =>
        {
            await Task.Yield();
            await next();
        });
        node.Io.Of("/chat").OnConnection(socket =>
        {
            node.Tell("chat");
            socket.On("message", (string text) =>
            {
                node.Tell("chat " + text);
                socket.Send(text.ToUpperInvariant());
            });
        });
        using var socket = await node.OpenWebSocketAsync("/socket.io/websocket");
        await socket.ReceiveAsync();

        await socket.SendAsync("1:10:r:chat\n:hi,1:4::too,1:21:r:chat\nfoo:bar\n:again,1:12:r:none\n:lost,");

        Assert.Equal(["1:10:r:chat\n:HI,", "1:13:r:chat\n:AGAIN,"], await socket.ReceiveAsync(2));
        Assert.Equal(["connection", "chat", "chat hi", "message \"too\"", "chat again"], node.Told);
        Assert.Equal([null, null, "bar", null], annotations);
        node.Io.Of("/chat").Send("all");
        Assert.Equal("1:11:r:chat\n:all,", await socket.ReceiveAsync());
    }

    [Fact]
    public async Task It_polls_by_scripts_as_its_servers_did()
    {
        await using var node = await LegacyNode.StartAsync(Generations.Development07);
        var greeting = await node.GetAsync("/socket.io/jsonp-polling//1/3");
        Assert.Matches(@"^io\.JSONP\[3\]\._\(""3:20:.{20},""\)$", greeting.Body);
        var form = new StringContent("data=1%3A18%3Aj%0D%0A%3A%7B%22a%22%3A1%2C%22s%22%3A%22%E2%98%83%22%7D%2C", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");

        Assert.Equal("ok", (await node.AskAsync(HttpMethod.Post, $"/socket.io/jsonp-polling/{greeting.Body[20..40]}/1/3", form)).Body);

        Assert.Equal(["connection", "message {\"a\":1,\"s\":\"☃\"}"], node.Told);
    }

    [Theory]
    [InlineData("/socket.io/websocket")]
    [InlineData("/socket.io/xhr-polling//1")]
    [Trait("Feature", "G-30")]
    public async Task A_format_of_the_applications_own_takes_the_place_of_all(string path)
    {
        await using var node = await LegacyNode.StartAsync(
            Generations.Version06,
            static options => options.Version06.Format = new LegacyFormat(static () => new LineCodec(), PlainMessageParser.Marked),
            LegacyNode.Echo);
        if (path.EndsWith("websocket", StringComparison.Ordinal))
        {
            using var socket = await node.OpenWebSocketAsync(path);
            Assert.Matches("^.{20}\n$", await socket.ReceiveAsync());
            await socket.SendAsync("a\nb\n");
            Assert.Equal(["a\n", "b\n"], await socket.ReceiveAsync(2));
        }
        else
        {
            var greeting = await node.GetAsync(path);
            Assert.Matches("^.{20}\n$", greeting.Body);
            await node.PostAsync($"/socket.io/xhr-polling/{greeting.Body[..20]}/send", "a\nb\n");
            Assert.Equal("a\nb\n", (await node.GetAsync($"/socket.io/xhr-polling/{greeting.Body[..20]}/1")).Body);
        }

        Assert.Equal(["connection", "message \"a\"", "message \"b\""], node.Told.Take(3));
    }

    /// <summary>A message a line.</summary>
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
            int end;
            while ((end = unit.Span.IndexOf((byte)'\n')) >= 0)
            {
                packets.Add(new EnginePacket(EnginePacketType.Message, unit[..end]));
                unit = unit[(end + 1)..];
            }
        }
    }
}
