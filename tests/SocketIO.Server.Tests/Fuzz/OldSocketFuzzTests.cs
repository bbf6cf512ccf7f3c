using SocketIO.Protocol;

namespace SocketIO.Server.Tests;

/// <summary>Random and mutated handshakes and frames of the drafts before RFC 6455, against a server on a real port.</summary>
[Collection(FuzzCollection.Name)]
[Trait("Feature", "K-29")]
public class OldSocketFuzzTests
{
    private static readonly byte[][] Requests =
    [
        HixieClient.Handshake(WebSocketDrafts.Hixie75),
        HixieClient.Handshake(),
        HixieClient.Handshake(target: "/elsewhere"),
        [.. HixieClient.Handshake(), .. HixieClient.Text("40"), .. HixieClient.Text("420[\"sum\",1,2]"), 0xFF, 0x00],
        HybiTests.Request(8),
        FlashPolicy.Request.ToArray(),
        RawConnection.UpgradeRequest("/socket.io/", ""),
    ];

    private static readonly byte[][] RequestDictionary =
    [
        [.. "\r\n"u8], [.. "\n"u8], [.. "\r"u8], [.. "\0"u8], [.. "\r\n\r\n"u8], [.. ": "u8], [.. " "u8], [.. "Host: b\r\n"u8], [.. "Origin: b\r\n"u8], [0xFF], [.. "Content-Length: 8\r\n"u8],
        [.. "Transfer-Encoding: chunked\r\n"u8], [.. "Sec-WebSocket-Version: 13\r\n"u8], [.. "GET / HTTP/1.1\r\n"u8],
    ];

    private static readonly byte[][] FrameDictionary = [[0x00], [0xFF], [0xFF, 0x00], [0x00, 0xFF], [0x80, 0x05], [0xFF, 0xFF, 0x7F], [0xC3], [0xEF, 0xBF, 0xBD]];

    [Fact]
    public async Task Any_first_request_is_answered_or_its_connection_closed()
    {
        await using var target = await StartAsync();
        await target.RunAsync(500, async random =>
        {
            using var connection = await RawConnection.OpenAsync(target.Address);
            await SendAsync(connection, random, Fuzz.Mutate(random, Requests, RequestDictionary));
            await connection.FinishAsync();
        });

    }

    [Fact]
    public async Task Any_frames_of_an_old_client_are_taken_or_end_its_connection()
    {
        await using var target = await StartAsync();
        await target.RunAsync(500, async random =>
        {
            using var connection = await RawConnection.OpenAsync(target.Address);
            await connection.SendAsync(HixieClient.Handshake(random.Next(2) == 0 ? WebSocketDrafts.Hixie75 : WebSocketDrafts.Hixie76));
            for (var i = random.Next(1, 12); i > 0; i--)
            {
                var packet = Fuzz.Mutate(random, FuzzSamples.Packets, FuzzSamples.PacketDictionary);
                byte[] frame = [0x00, .. packet, 0xFF];
                await SendAsync(connection, random, random.Next(3) == 0 ? Fuzz.Mutate(random, [frame], FrameDictionary) : frame);
            }

            if (random.Next(4) != 0)
            {
                await connection.FinishAsync();
            }
        });
    }

    private static Task<FuzzTarget> StartAsync() => FuzzTarget.StartAsync(static options =>
    {
        options.OldSockets = new();
        options.FlashPolicy = new() { Origins = ["*:*"] };
    });

    private static async Task SendAsync(RawConnection connection, Random random, byte[] bytes)
    {
        var cut = random.Next(4) == 0 ? random.Next(bytes.Length + 1) : bytes.Length;
        await connection.SendAsync(bytes.AsMemory(0, cut));
        await connection.SendAsync(bytes.AsMemory(cut));
    }
}
