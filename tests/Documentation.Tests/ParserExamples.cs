using System.Buffers;
using System.IO.Compression;
using System.Net.WebSockets;
using System.Text;
using SocketIO.Protocol;
using SocketIO.Server;

namespace Documentation.Tests;

public sealed class ParserExamples
{
    [Fact]
    public async Task Packets_can_be_MessagePack()
    {
        await using var server = await ExampleServer.StartAsync(
            io => io.OnConnection(socket => socket.On("sum", (int a, int b) => a + b)),
            options =>
            {
                // docs: parsers-messagepack
                options.Parser = PacketParser.MessagePack;
                // end
            });

        Assert.Equal("[3]", await SumAsync(server, PacketParser.MessagePack));
    }

    [Fact]
    public async Task Packets_can_be_of_ones_own_form()
    {
        await using var server = await ExampleServer.StartAsync(
            io => io.OnConnection(socket => socket.On("sum", (int a, int b) => a + b)),
            options =>
            {
                // docs: parsers-own-option
                options.Parser = new BrotliParser();
                // end
            });

        Assert.Equal("[3]", await SumAsync(server, new BrotliParser()));
    }

    private static async Task<string> SumAsync(ExampleServer server, PacketParser parser)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(server.Url.Replace("http:", "ws:") + "/socket.io/?EIO=4&transport=websocket"), default);
        var buffer = new byte[4096];
        await socket.ReceiveAsync(buffer, default);
        await SendAsync(new Packet(PacketType.Connect));
        await socket.ReceiveAsync(buffer, default);
        await SendAsync(new Packet(PacketType.Event, id: 0, payload: """["sum",1,2]"""u8.ToArray()));
        var answer = await socket.ReceiveAsync(buffer, default);
        Assert.True(parser.CreateDecoder(PacketLimits.Default).Decode(buffer.AsMemory(0, answer.Count), isBinary: true, out var packet));
        Assert.Equal(PacketType.Ack, packet.Type);
        return Encoding.UTF8.GetString(packet.Payload.Span);

        Task SendAsync(Packet sent)
        {
            var output = new ArrayBufferWriter<byte>();
            parser.Encoder.Encode(sent, output);
            return socket.SendAsync(output.WrittenMemory, WebSocketMessageType.Binary, true, default).AsTask();
        }
    }

    // docs: parsers-own
    /// <summary>MessagePack, compressed as a whole.</summary>
    private sealed class BrotliParser : PacketParser
    {
        public override PacketEncoder Encoder { get; } = new BrotliEncoder();

        public override PacketDecoder CreateDecoder(PacketLimits limits) => new BrotliDecoder(MessagePack.CreateDecoder(limits));

        private sealed class BrotliEncoder : PacketEncoder
        {
            public override bool IsBinary => true;

            public override bool SendsAttachments => false;

            public override void Encode(in Packet packet, IBufferWriter<byte> output)
            {
                var plain = new ArrayBufferWriter<byte>();
                MessagePack.Encoder.Encode(packet, plain);
                var target = output.GetSpan(System.IO.Compression.BrotliEncoder.GetMaxCompressedLength(plain.WrittenCount));
                System.IO.Compression.BrotliEncoder.TryCompress(plain.WrittenSpan, target, out var written, quality: 4, window: 16);
                output.Advance(written);
            }
        }

        private sealed class BrotliDecoder(PacketDecoder inner) : PacketDecoder
        {
            private const int Largest = 1_000_000;

            public override bool Decode(ReadOnlyMemory<byte> data, bool isBinary, out Packet packet)
            {
                var plain = new byte[Largest];
                if (!isBinary || !System.IO.Compression.BrotliDecoder.TryDecompress(data.Span, plain, out var length))
                {
                    throw new PacketFormatException($"Expected a Brotli stream of at most {Largest} bytes.");
                }

                return inner.Decode(plain.AsMemory(0, length), isBinary: true, out packet);
            }
        }
    }
    // end
}
