using System.Buffers;
using System.Text;

namespace SocketIO.Protocol.Tests;

/// <summary>Damaged handshakes and frames of the drafts, in random pieces.</summary>
[Trait("Feature", "K-29")]
public class HixieFuzzTests
{
    private static readonly byte[][] Requests =
    [
        [.. "GET /socket.io/websocket HTTP/1.1\r\nHost: a:80\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nOrigin: http://x\r\nWebSocket-Protocol: p\r\n\r\n"u8],
        [
            .. "GET /socket.io/websocket HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n"u8,
            .. "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nSec-WebSocket-Protocol: p\r\nOrigin: http://x\r\nHost: a:80\r\n\r\n^n:ds[4U"u8,
        ],
        [
            .. "GET /?EIO=4 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"u8,
            .. "Sec-WebSocket-Origin: http://x\r\nSec-WebSocket-Version: 8\r\n\r\n"u8,
        ],
    ];

    private static readonly byte[][] RequestDictionary =
    [
        [.. "\r\n"u8], [.. "\r"u8], [.. "\n"u8], [.. "\0"u8], [.. ": "u8], [.. " "u8], [.. "\r\n\r\n"u8], [.. "Origin: evil\r\n"u8], [.. "Host: evil\r\n"u8], [.. "99999999999"u8], [0xFF], [0xC3, 0xA9],
        [.. "Sec-WebSocket-Version: 8\r\n"u8], [.. "Content-Length: 5\r\n"u8],
    ];

    [Fact]
    public void Any_request_is_left_alone_or_gives_one_upgrade_and_one_answer() => Fuzz.Rounds(30_000, random =>
    {
        byte[] bytes = Fuzz.Mutate(random, Requests, RequestDictionary);
        ReadOnlySequence<byte> input = Frames.Segmented(Pieces(random, bytes));
        WebSocketDraftRequest? request;
        try
        {
            OperationStatus status = WebSocketDraftRequest.TryRead(in input, WebSocketDrafts.All, out request);
            Assert.Equal(status == OperationStatus.Done, request is not null);
        }
        catch (WebSocketProtocolException)
        {
            return;
        }

        if (request is null)
        {
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        request.WriteUpgrade(output);
        AssertOneBlock(output.WrittenSpan);
        if (request.Draft != WebSocketDrafts.Hybi)
        {
            output.ResetWrittenCount();
            request.WriteAnswer(output, isSecure: true);
            AssertOneBlock(output.WrittenSpan);
            // What a client of the time would take for the end of a line.
            string answer = Encoding.Latin1.GetString(output.WrittenSpan);
            Assert.InRange(answer.Split('\n').Length, 6, 8);
            Assert.Equal(answer.Split('\n').Length, answer.Split("\r\n").Length);
            Assert.All(answer, static character => Assert.True(character is '\r' or '\n' or (>= ' ' and <= '~')));
        }
    });

    [Fact]
    public void Any_bytes_become_frames_or_end_the_connection() => Fuzz.Rounds(30_000, random =>
    {
        byte[] bytes = Fuzz.Mutate(random, [[], HixieFrameTests.Text("42[\"a\",\"☃\"]"), [.. HixieFrameTests.Text(""), .. HixieFrameTests.Text("x")]], [[0x00], [0xFF], [0xFF, 0x00], [0x80, 0xFF, 0x7F], [0xC3]]);
        var reader = new HixieFrameReader();
        using var messages = new WebSocketMessageReader(1 << random.Next(1, 12));
        try
        {
            foreach (byte[] piece in Pieces(random, bytes))
            {
                var input = new ReadOnlySequence<byte>(piece);
                var output = new ArrayBufferWriter<byte>();
                bool closed = reader.Translate(ref input, output);
                Assert.True(closed || input.IsEmpty);
                var frames = new ReadOnlySequence<byte>(output.WrittenMemory);
                Assert.All(messages.ReadAll(ref frames), static message => Assert.Contains(message.Opcode, (WebSocketOpcode[])[WebSocketOpcode.Text, WebSocketOpcode.Close]));
                Assert.True(frames.IsEmpty);
            }
        }
        catch (WebSocketProtocolException exception)
        {
            Assert.Contains(exception.CloseCode, (ushort[])[1002, 1007, 1009]);
        }
    });

    [Fact]
    public void Whatever_a_server_frames_becomes_whole_text_frames_or_ends_the_connection() => Fuzz.Rounds(30_000, random =>
    {
        byte[] bytes = Fuzz.Mutate(
            random,
            [
                Frames.Unmasked(WebSocketOpcode.Text, "42[\"a\"]"u8),
                [.. Frames.Unmasked(WebSocketOpcode.Ping, "p"u8), .. Frames.Unmasked(WebSocketOpcode.Binary, [0xFF, 0x00]), .. Frames.Unmasked(WebSocketOpcode.Text, new byte[130])],
                [.. Frames.Unmasked(WebSocketOpcode.Text, ""u8), .. Frames.Unmasked(WebSocketOpcode.Close, [3, 232])],
            ],
            [[0x01, 0x01, 0x61], [0x80, 0x00], [0xFF], [0x89, 0x00], [0x82, 0x01, 0x00]]);
        var writer = new HixieFrameWriter(WebSocketDrafts.Hixie76);
        var output = new ArrayBufferWriter<byte>();
        byte[] rest = [];
        bool closed = false;
        try
        {
            foreach (byte[] piece in Pieces(random, bytes))
            {
                ReadOnlySequence<byte> input = Frames.Segmented(rest, piece);
                closed = writer.Translate(ref input, output);
                rest = input.ToArray();
                Assert.True(closed || rest.Length < 14 + 125);
            }
        }
        catch (WebSocketProtocolException)
        {
            closed = false;
        }

        AssertHixieFrames(output.WrittenSpan, closed);
    });

    private static IEnumerable<byte[]> Pieces(Random random, byte[] bytes)
    {
        int largest = 1 << random.Next(9);
        for (int position = 0; position < bytes.Length;)
        {
            int count = Math.Min(random.Next(largest + 1), bytes.Length - position);
            yield return bytes[position..(position + count)];
            position += count;
        }
    }

    private static void AssertOneBlock(ReadOnlySpan<byte> block)
    {
        Assert.Equal(block.Length - 4, block.IndexOf("\r\n\r\n"u8));
        Assert.Equal(block.Count((byte)'\n'), block.Count("\r\n"u8));
    }

    private static void AssertHixieFrames(ReadOnlySpan<byte> bytes, bool closed)
    {
        if (closed)
        {
            Assert.True(bytes.EndsWith((ReadOnlySpan<byte>)[0xFF, 0x00]));
            bytes = bytes[..^2];
        }

        while (!bytes.IsEmpty)
        {
            Assert.Equal(0x00, bytes[0]);
            int end = bytes.IndexOf((byte)0xFF);
            bytes = end < 0 ? default : bytes[(end + 1)..];
        }
    }
}
