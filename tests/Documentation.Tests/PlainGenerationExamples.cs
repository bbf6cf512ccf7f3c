using System.Buffers;
using System.Net.Http.Json;
using System.Text;
using SocketIO.Protocol;
using SocketIO.Server;

namespace Documentation.Tests;

/// <summary>The chats of the founding systems, with a client of their time and one of today.</summary>
public sealed class PlainGenerationExamples
{
    [Fact]
    [Trait("Feature", "J-26")]
    public async Task The_chat_of_juggernaut()
    {
        await using var server = await ExampleServer.StartAsync(
            io =>
            {
                // docs: juggernaut-chat
                var buffer = new Queue<object>();
                var guests = 0;
                io.OnConnection(socket =>
                {
                    var name = $"guest {Interlocked.Increment(ref guests)}";
                    lock (buffer)
                    {
                        socket.Send(new { buffer = buffer.ToArray() });
                    }

                    socket.Broadcast.Send(new { announcement = $"{name} connected" });
                    socket.On("message", (string text) =>
                    {
                        var message = new { message = new[] { name, text } };
                        lock (buffer)
                        {
                            buffer.Enqueue(message);
                            if (buffer.Count > 15)
                            {
                                buffer.Dequeue();
                            }
                        }

                        socket.Broadcast.Send(message);
                    });
                    socket.OnDisconnect(_ => socket.Broadcast.Send(new { announcement = $"{name} disconnected" }));
                });
                // end
            },
            static options => options.Generations = Generations.All);
        await using var today = await server.ConnectAndWaitAsync();
        Assert.Equal("""{"buffer":[]}""", (await today.NextAsync("message")).Args[0].GetRawText());

        using var old = server.CreateHttpClient();
        var id = (await old.GetStringAsync("/socket.io/xhr-polling//1"))[8..];
        Assert.Equal("""~m~16~m~~j~{"buffer":[]}""", await old.GetStringAsync($"/socket.io/xhr-polling/{id}/2"));
        Assert.Equal("guest 2 connected", (await today.NextAsync("message")).Args[0].GetProperty("announcement").GetString());
        await old.PostAsync($"/socket.io/xhr-polling/{id}/send", new FormUrlEncodedContent([KeyValuePair.Create("data", "~m~5~m~hello")]));
        Assert.Equal("""["guest 2","hello"]""", (await today.NextAsync("message")).Args[0].GetProperty("message").GetRawText());
        await today.EmitAsync("message", "hi");
        Assert.EndsWith("""~j~{"message":["guest 1","hi"]}""", await old.GetStringAsync($"/socket.io/xhr-polling/{id}/3"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "G-06")]
    public async Task The_chat_of_go_socket_io()
    {
        await using var server = await ExampleServer.StartAsync(
            io =>
            {
                // docs: go-socket-io-chat
                var buffer = new List<object>();
                var count = 0;
                io.OnConnection(socket =>
                {
                    var name = $"{Interlocked.Increment(ref count)}[{socket.Connection.Transport}]";
                    lock (buffer)
                    {
                        socket.Send(new { buffer = buffer.ToArray() });
                    }

                    io.Send(new { announcement = $"connected: {name}" });
                    socket.On("message", (string text) =>
                    {
                        var message = new { message = new[] { name, text } };
                        lock (buffer)
                        {
                            buffer.Add(message);
                        }

                        io.Send(message);
                    });
                    socket.OnDisconnect(_ => io.Send(new { announcement = $"disconnected: {name}" }));
                });
                // end
            },
            static options => options.Generations = Generations.Current | Generations.Development07);
        await using var today = await server.ConnectAndWaitAsync();
        await today.NextAsync("message");
        Assert.Equal("connected: 1[websocket]", (await today.NextAsync("message")).Args[0].GetProperty("announcement").GetString());

        using var old = server.CreateHttpClient();
        var id = (await old.GetStringAsync("/socket.io/xhr-polling//1"))[5..25];
        await old.PostAsync($"/socket.io/xhr-polling/{id}/send", new FormUrlEncodedContent([KeyValuePair.Create("data", "1:6::hello,")]));
        Assert.Equal("connected: 2[xhr-polling]", (await today.NextAsync("message")).Args[0].GetProperty("announcement").GetString());
        Assert.Equal("""["2[xhr-polling]","hello"]""", (await today.NextAsync("message")).Args[0].GetProperty("message").GetRawText());
        Assert.EndsWith("""{"message":["2[xhr-polling]","hello"]},""", await old.GetStringAsync($"/socket.io/xhr-polling/{id}/2"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Feature", "G-30")]
    public async Task A_format_of_ones_own()
    {
        await using var server = await ExampleServer.StartAsync(
            io => io.OnConnection(static socket => socket.On("message", (string text) => socket.Send(text.ToUpperInvariant()))),
            options =>
            {
                // docs: generations-format
                options.Generations = Generations.Version06;
                options.Version06.Format = new LegacyFormat(() => new LineCodec(), PlainMessageParser.Marked);
                // end
            });
        using var http = server.CreateHttpClient();
        var id = (await http.GetStringAsync("/socket.io/xhr-polling//1")).TrimEnd();

        await http.PostAsync($"/socket.io/xhr-polling/{id}/send", new FormUrlEncodedContent([KeyValuePair.Create("data", "a\nb\n")]));

        Assert.Equal("A\nB\n", await http.GetStringAsync($"/socket.io/xhr-polling/{id}/2"));
    }

    [Fact]
    [Trait("Feature", "J-35")]
    public async Task A_client_that_comes_back()
    {
        await using var server = await ExampleServer.StartAsync(
            _ => { },
            options =>
            {
                options.Generations = Generations.All;

                // docs: generations-return
                options.Version06.CloseTimeouts["websocket"] = TimeSpan.FromSeconds(30);   // clients may come back for so long
                options.Version06.QueueLength = 100;                                       // and so much waits for them
                // end
            });
        using var http = server.CreateHttpClient();
        Assert.StartsWith("~m~", await http.GetStringAsync("/socket.io/xhr-polling//1"), StringComparison.Ordinal);
    }

    // docs: generations-codec
    /// <summary>Every message is a line.</summary>
    private sealed class LineCodec : UnitCodec
    {
        // The session's id and messages; no heartbeats, and no packet for the end.
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
            while (!unit.IsEmpty)
            {
                var end = unit.Span.IndexOf((byte)'\n');
                if (end < 0)
                {
                    throw new EngineFormatException("A line ends with a line feed.");
                }

                packets.Add(new EnginePacket(EnginePacketType.Message, unit[..end]));
                unit = unit[(end + 1)..];
            }
        }
    }
    // end
}
