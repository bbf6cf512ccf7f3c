using System.Buffers;
using System.Net.WebSockets;

namespace SocketIO.Protocol.Tests;

/// <summary>The framework's own WebSocket as the peer, in both roles, with and without compression.</summary>
public class WebSocketInteropTests
{
    private const int Limit = 400_000;

    public static TheoryData<int, bool> Cases
    {
        get
        {
            var cases = new TheoryData<int, bool>();
            foreach (int length in (int[])[0, 1, 2, 125, 126, 127, 4096, 65535, 65536, 300_000])
            {
                cases.Add(length, false);
                cases.Add(length, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_the_framework_sends_is_read(int length, bool deflate)
    {
        foreach (bool isServer in (bool[])[false, true])
        {
            using var stream = new DuplexStream([]);
            using WebSocket peer = Peer(stream, isServer, deflate);
            using var reader = new WebSocketMessageReader(Limit, masked: !isServer, deflate);
            byte[] binary = Frames.Bytes(length);
            byte[] text = Text(length);

            await peer.SendAsync(binary, WebSocketMessageType.Binary, endOfMessage: true, default);
            await peer.SendAsync(text.AsMemory(0, length / 3), WebSocketMessageType.Text, endOfMessage: false, default);
            await peer.SendAsync(text.AsMemory(length / 3), WebSocketMessageType.Text, endOfMessage: true, default);
            await peer.SendAsync(binary, WebSocketMessageType.Binary, endOfMessage: true, default);
            await peer.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", default);

            List<(WebSocketOpcode Opcode, byte[] Payload)> messages = reader.ReadAll(stream.Sent);
            Assert.Equal(
                [WebSocketOpcode.Binary, WebSocketOpcode.Text, WebSocketOpcode.Binary, WebSocketOpcode.Close], messages.Select(message => message.Opcode));
            Assert.Equal(binary, messages[0].Payload);
            Assert.Equal(text, messages[1].Payload);
            Assert.Equal(binary, messages[2].Payload);
            Assert.Equal([0x03, 0xE8, .. "bye"u8], messages[3].Payload);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_is_written_is_read_by_the_framework(int length, bool deflate)
    {
        foreach (bool isServer in (bool[])[false, true])
        {
            byte[] binary = Frames.Bytes(length);
            byte[] text = Text(length);
            using var stream = new DuplexStream(
            [
                .. Frame(WebSocketOpcode.Binary, binary, masked: isServer, deflate), .. Frame(WebSocketOpcode.Text, text, masked: isServer, deflate),
                .. Frame(WebSocketOpcode.Binary, binary, masked: isServer, deflate: false),
                .. Frame(WebSocketOpcode.Close, [0x03, 0xE8, .. "bye"u8], masked: isServer, deflate: false),
            ]);
            using WebSocket peer = Peer(stream, isServer, deflate);

            Assert.Equal((WebSocketMessageType.Binary, Convert.ToHexString(binary)), await ReceiveAsync(peer));
            Assert.Equal((WebSocketMessageType.Text, Convert.ToHexString(text)), await ReceiveAsync(peer));
            Assert.Equal((WebSocketMessageType.Binary, Convert.ToHexString(binary)), await ReceiveAsync(peer));
            Assert.Equal((WebSocketMessageType.Close, ""), await ReceiveAsync(peer));
            Assert.Equal((WebSocketCloseStatus.NormalClosure, "bye"), (peer.CloseStatus, peer.CloseStatusDescription));
        }
    }

    private static byte[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)('a' + (i / 5 % 23)))];

    private static byte[] Frame(WebSocketOpcode opcode, byte[] payload, bool masked, bool deflate)
    {
        if (deflate)
        {
            var output = new ArrayBufferWriter<byte>();
            PerMessageDeflate.Compress(payload, output);
            payload = output.WrittenSpan.ToArray();
        }

        byte[] frame = new byte[WebSocketFrame.MaxHeaderLength + 4 + payload.Length];
        int header = masked
            ? WebSocketFrame.WriteMaskedHeader(frame, opcode, payload.Length, Frames.SampleMask, deflate)
            : WebSocketFrame.WriteHeader(frame, opcode, payload.Length, deflate);
        Span<byte> body = frame.AsSpan(header, payload.Length);
        payload.CopyTo(body);
        WebSocketFrame.Mask(body, masked ? Frames.SampleMask : 0);
        return frame[..(header + payload.Length)];
    }

    private static WebSocket Peer(Stream stream, bool isServer, bool deflate) => WebSocket.CreateFromStream(stream, new WebSocketCreationOptions
    {
        IsServer = isServer,
        DangerousDeflateOptions = deflate ? new WebSocketDeflateOptions { ClientContextTakeover = false, ServerContextTakeover = false } : null,
    });

    private static async Task<(WebSocketMessageType Type, string Payload)> ReceiveAsync(WebSocket peer)
    {
        byte[] buffer = new byte[Limit];
        int length = 0;
        ValueWebSocketReceiveResult result;
        do
        {
            result = await peer.ReceiveAsync(buffer.AsMemory(length), default);
            length += result.Count;
        }
        while (!result.EndOfMessage);

        return (result.MessageType, Convert.ToHexString(buffer, 0, length));
    }

    /// <summary>A connection that has received all it will, and keeps what is sent.</summary>
    private sealed class DuplexStream(byte[] received) : Stream
    {
        private readonly MemoryStream _received = new(received);
        private readonly MemoryStream _sent = new();

        public byte[] Sent => _sent.ToArray();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => _received.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => _sent.Write(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
